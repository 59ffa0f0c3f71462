"""``luthier hosted``: jobs, files and tuned models at OpenAI or a provider that speaks its API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import ask_first, json_option, print_json, say, show, the_workspace

if TYPE_CHECKING:
    from luthier.tools.training.hosted.profiles import Account

Function = TypeVar("Function", bound=Callable[..., Any])


def _provider_options(function: Function) -> Function:
    function = click.option(
        "--base-url", metavar="URL", default="", help="Its address, where it is no known provider."
    )(function)
    return click.option(
        "--provider",
        metavar="NAME",
        default="",
        help="openai (default), azure, nebius, together or other.",
    )(function)


def _account(provider: str, base_url: str) -> Account:
    from luthier.tools.training.backends import backend_of
    from luthier.tools.training.hosted_plan import HostedPlan

    backend = backend_of("azure" if provider.casefold() == "azure" else "openai")
    return backend.account(HostedPlan(provider=provider, base_url=base_url))


@click.group(short_help="Jobs, files and models at OpenAI and its likes.")
def hosted() -> None:
    """What is at OpenAI, or at a provider that speaks its API: jobs, files, tuned models.

    Jobs of other programs are shown, too. Keys come from the environment (OPENAI_API_KEY ...) or the
    keyring and are never stored elsewhere.
    """


@hosted.command("jobs")
@_provider_options
@json_option
def jobs_command(provider: str, base_url: str, as_json: bool) -> None:
    """List the newest fine-tuning jobs of the account."""
    from luthier.tools.training.hosted.errands import jobs_there
    from luthier.tools.training.hosted.listing import jobs_table

    there = _account(provider, base_url)
    found = jobs_there(there)
    show([jobs_table(found, there.profile.label)], found, as_json=as_json)


@hosted.command("files")
@_provider_options
@json_option
def files_command(provider: str, base_url: str, as_json: bool) -> None:
    """List the newest files for fine-tuning."""
    from luthier.tools.training.hosted.errands import files_there
    from luthier.tools.training.hosted.listing import files_table

    there = _account(provider, base_url)
    found = files_there(there)
    show([files_table(found, there.profile.label)], found, as_json=as_json)


@hosted.command("models")
@_provider_options
@json_option
def models_command(provider: str, base_url: str, as_json: bool) -> None:
    """List the tuned models that came of the newest jobs."""
    from luthier.tools.training.hosted.errands import jobs_there
    from luthier.tools.training.hosted.listing import models_table

    there = _account(provider, base_url)
    found = [job for job in jobs_there(there) if job.tuned_model]
    show([models_table(found, there.profile.label)], found, as_json=as_json)


@hosted.command("cancel")
@click.argument("job_id", metavar="JOB")
@_provider_options
@click.option("--yes", is_flag=True, help="Cancel without asking.")
@json_option
def cancel_command(job_id: str, provider: str, base_url: str, yes: bool, as_json: bool) -> None:
    """Cancel a job there by its own id, such as ftjob-abc. What was trained so far is lost."""
    from luthier.tools.training.hosted.errands import cancel_there

    if not yes:
        ask_first(_("Cancel {name} at the provider?", name=job_id))
    found = cancel_there(_account(provider, base_url), job_id)
    if as_json:
        print_json(found)
    else:
        say(_("{name} is being cancelled.", name=job_id))


@hosted.command("delete")
@click.argument("names", metavar="ID...", nargs=-1, required=True)
@_provider_options
@click.option("--yes", is_flag=True, help="Delete without asking.")
@json_option
def delete_command(
    names: tuple[str, ...], provider: str, base_url: str, yes: bool, as_json: bool
) -> None:
    """Delete files (file-...) or tuned models (ft:...) there. This cannot be undone."""
    from luthier.tools.training.hosted.errands import delete_there

    if not yes:
        ask_first(_("Delete {names} at the provider for good?", names=", ".join(names)))
    for name in names:
        delete_there(_account(provider, base_url), name)
        say(_("{name} is deleted.", name=name))
    if as_json:
        print_json({"deleted": names})


@hosted.command("adopt")
@click.argument("job_id", metavar="JOB")
@click.argument("plan_file", metavar="PLAN.yaml", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def adopt_command(job_id: str, plan_file: Path, as_json: bool) -> None:
    """Follow a job that was started elsewhere; PLAN.yaml names the provider and the test rows."""
    from luthier.tools.identifiers import new_id
    from luthier.tools.jobs.supervisor import launch
    from luthier.tools.run import prepare_plan
    from luthier.tools.training.backends import backend_of
    from luthier.tools.training.hosted.errands import refuse_known
    from luthier.tools.training.plan_file import load_plan

    workspace = the_workspace()
    refuse_known(workspace, job_id)
    plan = load_plan(plan_file)
    plan.backend = plan.backend if backend_of(plan.backend).remote else "openai"
    backend = backend_of(plan.backend)
    plan = prepare_plan(workspace, plan)
    job = launch(
        workspace,
        kind="train",
        session_id=f"adopt-{new_id()}",
        title=_("Following {name}", name=job_id),
        payload={"plan": plan.model_dump(mode="json"), "adopt": job_id},
        idempotency_key=f"adopt:{job_id}",
        keys=backend.key_variables(plan),
        remote=True,
    )
    if as_json:
        print_json(job)
    else:
        say(_("Job {id} follows it: luthier jobs follow {id}", id=job.id))


@hosted.command("key")
@_provider_options
@json_option
def key_command(provider: str, base_url: str, as_json: bool) -> None:
    """Put the provider's key into the system keyring. It is typed unseen, or piped in."""
    from luthier.tools.endpoints.keys import store_key

    endpoint = _account(provider, base_url).server
    key = click.prompt(_("Key for {host}", host=endpoint.host), hide_input=True, err=True)
    store_key(endpoint, key)
    if as_json:
        print_json({"host": endpoint.host, "kept": "keyring"})
    else:
        say(_("The key for {host} is in the keyring.", host=endpoint.host))


@hosted.command("answers")
@click.argument("job_id", metavar="JOB")
@click.argument("name", metavar="NAME")
@json_option
def answers_command(job_id: str, name: str, as_json: bool) -> None:
    """Note that the tuned model of JOB answers as NAME: the endpoint that you started at its provider."""
    from luthier.tools.training.tuned_model import answers_as

    answers_as(the_workspace(), job_id, name)
    if as_json:
        print_json({"job": job_id, "answers_as": name})
    else:
        say(_("The tuned model is asked as {name} from now on.", name=name))


@hosted.command("snippets")
@click.argument("job_id", metavar="JOB")
@click.option("--question", default="Hello", show_default=True, help="What the program asks.")
@json_option
def snippets_command(job_id: str, question: str, as_json: bool) -> None:
    """Print programs that use the tuned model of JOB, one of Luthier's own jobs."""
    from luthier.tools.hosting.choice import snippets_elsewhere

    found = snippets_elsewhere(the_workspace(), job_id, question)
    if as_json:
        print_json(found)
        return
    click.echo("\n".join(f"# {name}\n{text}" for name, text in found.items()))
