"""Tools for what runs: serve an export on this computer, use it, measure it, stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.exports import WhichExport, chosen_export, known_exports
from luthier.tools.effects import Effect
from luthier.tools.language import _, mark
from luthier.tools.questions import Approval
from luthier.tools.views import Callout, View

if TYPE_CHECKING:
    from luthier.tools.hosting.model import Server


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
            "exports": known_exports(
                [one for one in exports if one.train_job == context.facts.train_job]
            ),
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
        chosen_export(context, arguments).id,
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

    export = chosen_export(context, arguments)
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
    """Show programs that use the server, or the tuned model at its provider."""
    from luthier.tools.hosting.choice import snippets_elsewhere, snippets_for
    from luthier.tools.hosting.serving import find_server

    endpoint = (context.facts.training or {}).get("endpoint")
    if endpoint and not arguments.server:
        url = str(endpoint["base_url"])
        found = snippets_elsewhere(context.workspace, context.facts.train_job)
    else:
        server = find_server(context.workspace, arguments.server)
        url, found = f"{server.url}/v1", snippets_for(context.workspace, server)
    views = tuple(
        Callout(headline=name, lines=tuple(text.splitlines())) for name, text in found.items()
    )
    return Outcome(_("Programs that use {url}.", url=url), views=views, data={"url": url})


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


def _served(server: Server) -> dict[str, Any]:
    return {"id": server.id, "url": server.url, "title": server.title}


class ServerLog(WhichServer):
    """The end of a server's log."""

    lines: int = Field(default=20, ge=1, le=200, description="so many lines from its end")


def show_server_log(context: ToolContext, arguments: ServerLog) -> Outcome:
    """Show what a server wrote down last."""
    from luthier.tools.hosting.serving import find_server, read_log

    server = find_server(context.workspace, arguments.server)
    text = read_log(server, arguments.lines)
    return Outcome(
        _("The last lines of the log of {title}.", title=server.title),
        views=(
            Callout(
                headline=_("Log of {title}", title=server.title),
                lines=tuple(text.splitlines()) or (_("Nothing was written yet."),),
            ),
        ),
        data={"log": text, "file": server.log},
    )


TOOLS = (
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
        description="Show programs (curl, Python, JavaScript) that use the running server, or the "
        "tuned model at its provider.",
        arguments=WhichServer,
        run=show_snippets,
        effect=Effect.READS,
        label=mark("Writing programs that use it"),
    ),
    Tool(
        name="show_server_log",
        description="Show the end of a running server's log.",
        arguments=ServerLog,
        run=show_server_log,
        effect=Effect.READS,
        label=mark("Reading the server's log"),
    ),
    Tool(
        name="check_server",
        description="Put the held-out rows to the running server and compare with the tuned model.",
        arguments=WhichServer,
        run=check_hosting,
        effect=Effect.READS,
        label=mark("Comparing the server with the tuned model"),
    ),
)
