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


class ServeExport(WhichExport):
    """An export to serve, and where."""

    port: int = Field(default=0, ge=0, description="up to 65535; 0 takes any free one")


def serve_export(context: ToolContext, arguments: ServeExport) -> Outcome:
    """Serve an export on this computer and wait until it answers."""
    from luthier.tools.hosting.serving import start_server
    from luthier.tools.hosting.views import server_views

    server = start_server(
        context.workspace,
        chosen_export(context, arguments).id,
        session_id=context.session_id,
        idempotency_key=f"{context.session_id}:serve:{context.call_id}",
        port=arguments.port,
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


def approve_serving(context: ToolContext, arguments: ServeExport) -> Approval:
    """What serving means: a process that stays, reachable from this computer alone."""
    from luthier.tools.hosting.serving import expected_memory, need_free, need_servable
    from luthier.tools.wording import size

    export = chosen_export(context, arguments)
    need_servable(context.workspace, export)
    need_free(arguments.port)
    port = ((_("Port"), str(arguments.port)),) if arguments.port else ()
    return Approval(
        tool="serve_export",
        effect=Effect.LONG_JOB,
        title=_("Serve {title} on this computer", title=export.title),
        details=(
            (_("Reachable"), _("from this computer alone (127.0.0.1), with a key")),
            *port,
            (_("Memory"), _("about {size}", size=size(expected_memory(context.workspace, export)))),
            (_("Runs"), _("until you stop it, also when the chat is closed")),
            (_("Price and privacy"), _("free; nothing leaves this computer")),
        ),
    )


class WhichServer(BaseModel):
    """A running server; empty means the only one."""

    server: str = Field(default="", description="id or the end of one, or its export's, as Q8_0")


class StopServers(WhichServer):
    """Servers to stop."""

    everything: bool = Field(default=False, description="all that run on this computer")


def stop_hosting(context: ToolContext, arguments: StopServers) -> Outcome:
    """Stop a server, or all; their exports stay."""
    from luthier.tools.hosting.serving import list_servers, stop_server

    running = list_servers(context.workspace) if arguments.everything else []
    chosen = running or [_found(context, arguments)]
    for server in chosen:
        stop_server(context.workspace, server)
    titles = ", ".join(one.title for one in chosen)
    left = list_servers(context.workspace, context.session_id)
    return Outcome(
        _("Stopped: {titles}.", titles=titles),
        facts={"served": _served(left[0]) if left else None},
        data={"titles": titles, "left": [one.title for one in left]},
    )


def _found(context: ToolContext, arguments: WhichServer) -> Server:
    """The server that is meant; where several fit, the one of this session."""
    from luthier.tools.hosting.serving import find_server

    return find_server(context.workspace, arguments.server, context.session_id)


def show_snippets(context: ToolContext, arguments: WhichServer) -> Outcome:
    """Show programs that use the server, or the tuned model at its provider."""
    from luthier.tools.hosting.choice import snippets_elsewhere, snippets_for

    endpoint = (context.facts.training or {}).get("endpoint")
    if endpoint and not arguments.server:
        url = str(endpoint["base_url"])
        found = snippets_elsewhere(context.workspace, context.facts.train_job)
    else:
        server = _found(context, arguments)
        url, found = f"{server.url}/v1", snippets_for(context.workspace, server)
    views = tuple(
        Callout(headline=name, lines=tuple(text.splitlines())) for name, text in found.items()
    )
    return Outcome(_("Programs that use {url}.", url=url), views=views, data={"url": url})


def check_hosting(context: ToolContext, arguments: WhichServer) -> Outcome:
    """Ask a running server what the tuned model was asked."""
    from luthier.tools.hosting.choice import check_server
    from luthier.tools.hosting.parity import find_problems
    from luthier.tools.hosting.views import parity_table

    server = _found(context, arguments)
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
    from luthier.tools.hosting.serving import read_log

    server = _found(context, arguments)
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
        arguments=ServeExport,
        run=serve_export,
        effect=Effect.LONG_JOB,
        approval=approve_serving,
        label=mark("Starting the server"),
    ),
    Tool(
        name="stop_server",
        description="Stop a server that runs on this computer, or all; their exports stay.",
        arguments=StopServers,
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
