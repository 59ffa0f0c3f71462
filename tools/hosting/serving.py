"""Models that answer on this computer: started, listed with speed and memory, stopped, removed."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path

import psutil

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json
from luthier.tools.hosting.model import SERVER_FILE, Export, Server
from luthier.tools.hosting.store import get_export, need_files
from luthier.tools.hosting.tuned import find_tuned
from luthier.tools.jobs import supervisor
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.model import Job, JobState, ProgressEvent
from luthier.tools.jobs.store import get_job, list_jobs
from luthier.tools.language import _
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace

START_SECONDS = 900.0
BARE_BYTES = 750_000_000
"""What a process with torch and transformers takes beside the weights: 1.0 GB with 270 MB of them."""
STOP_SECONDS = 60.0
_POLL = 0.1


def start_server(
    workspace: Workspace,
    export_id: str,
    *,
    session_id: str,
    idempotency_key: str,
    port: int = 0,
    progress: Progress = silent,
) -> Server:
    """Serve an export and wait until it answers; the process outlives whoever called.

    Raises:
        LuthierError: there is no such export, the port is taken (``host.port_in_use``), or what the
            server's own start raises.
    """
    export = get_export(workspace, export_id)
    need_free(port)
    job = supervisor.launch(
        workspace,
        kind="serve",
        session_id=session_id,
        title=_("Serving {name} ({title})", name=export.name, title=export.title),
        payload={"export_id": export.id, "port": port},
        idempotency_key=idempotency_key,
    )
    return wait_until_ready(workspace, job.id, progress)


def need_servable(workspace: Workspace, export: Export) -> None:
    """Make sure that an export can be served and is not yet: a second server takes the memory again.

    Raises:
        LuthierError: it is (``host.already``), or it has no files here (``host.no_files``).
    """
    need_files(export)
    for server in list_servers(workspace):
        if server.export_id == export.id:
            raise LuthierError(
                _("{title} is being served already.", title=export.title),
                why=_("It answers at {url}.", url=f"{server.url}/v1"),
                remedy=_("Use it there; “show me the snippets” has programs, `/chat` talks to it."),
                code="host.already",
            )


def is_free(port: int) -> bool:
    """Whether a server on this computer could listen at this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def need_free(port: int) -> None:
    """Make sure that a wanted port can be had; 0 wants any.

    Raises:
        LuthierError: another program has it, or the system gives it to nobody (``host.port_in_use``).
    """
    if port and not is_free(port):
        raise LuthierError(
            _("Port {port} cannot be had.", port=port),
            why=_("Another program uses it, or the system keeps it for itself."),
            remedy=_(
                "Choose another one from 1024 to 65535, or name none: then a free one is taken."
            ),
            code="host.port_in_use",
        )


def expected_memory(workspace: Workspace, export: Export) -> int:
    """About what a server of this export takes, in bytes: as measured, else weights of two bytes."""
    if export.parity and export.parity.memory_bytes:
        return export.parity.memory_bytes
    tuned = find_tuned(workspace, export.train_job, weights=False)
    return BARE_BYTES + 2 * tuned.reference.parameters


def wait_until_ready(workspace: Workspace, job_id: str, progress: Progress = silent) -> Server:
    """Wait until the server of a job answers.

    Raises:
        LuthierError: it ended instead (its own words), or it takes too long (``host.slow``).
    """
    reader = EventReader(get_job(workspace, job_id).folder)
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        job = supervisor.reconcile_job(workspace, get_job(workspace, job_id))
        for event in reader.read_new():
            if isinstance(event, ProgressEvent):
                progress(event.label, event.done, event.total)
        server = read_server(job)
        if server:
            return server
        if job.status.state.is_final or job.status.state is JobState.PAUSED:
            raise LuthierError.from_dict(
                job.status.error or {"what": _("The server was stopped before it was ready.")}
            )
        time.sleep(_POLL)
    raise LuthierError(
        _("The server is still not ready."),
        remedy=_("See its log with `luthier host log`, or stop it with `luthier host stop`."),
        code="host.slow",
    )


def read_server(job: Job) -> Server | None:
    """The server that a job holds, with what it takes in memory now; None while it does not answer."""
    found = read_json(Path(job.folder) / "output" / SERVER_FILE)
    if job.status.state is not JobState.RUNNING or not found:
        return None
    server = Server.model_validate(found)
    with suppress(psutil.Error):
        now = int(psutil.Process(server.pid).memory_info().rss)
        return server.model_copy(update={"memory_bytes": now})
    return None


def list_servers(workspace: Workspace, session_id: str | None = None) -> list[Server]:
    """The servers that answer now, newest first."""
    jobs = [job for job in list_jobs(workspace, session_id) if job.spec.kind == "serve"]
    settled = (
        job if job.status.state.is_final else supervisor.reconcile_job(workspace, job)
        for job in jobs
    )
    found = [read_server(job) for job in settled]
    return [server for server in found if server is not None]


def find_server(workspace: Workspace, part: str = "", session_id: str | None = None) -> Server:
    """The running server whose id, export or name fits; the only one where nothing is named.

    Where several fit, the one that ``session_id`` started is meant.

    Raises:
        LuthierError: none runs (``host.none``), or several fit (``host.ambiguous``).
    """
    running = list_servers(workspace)
    wanted = part.strip().upper()
    found = [
        server
        for server in running
        if not wanted
        or server.id.endswith(wanted)
        or server.id.startswith(wanted)
        or server.export_id.endswith(wanted)
        or server.model.upper() == wanted
    ]
    if len(found) > 1 and session_id:
        own = {server.id for server in list_servers(workspace, session_id)}
        found = [server for server in found if server.id in own] or found
    if len(found) == 1:
        return found[0]
    if found:
        names = "; ".join(f"{one.id[-6:]} ({one.title}, {one.url})" for one in found)
        raise LuthierError(
            _("{number} servers run that you could mean.", number=len(found)),
            remedy=_("Say which, by the end of its id: {names}.", names=names),
            code="host.ambiguous",
        )
    raise LuthierError(
        _("No server is running.") if not running else _("No server is called so."),
        remedy=_(
            "“Serve it”, or `luthier host start`, starts one; `luthier host` lists what runs."
        ),
        code="host.none",
    )


def stop_server(workspace: Workspace, server: Server) -> None:
    """Stop a server and wait until its process is gone.

    Raises:
        LuthierError: it does not end (``host.not_stopped``).
    """
    supervisor.request_cancel(workspace, server.id)
    end = time.monotonic() + STOP_SECONDS
    while time.monotonic() < end:
        job = supervisor.reconcile_job(workspace, get_job(workspace, server.id))
        if job.status.state.is_final:
            return
        time.sleep(_POLL)
    raise LuthierError(
        _("The server does not end."),
        remedy=_("End the process {pid} by hand.", pid=server.pid),
        code="host.not_stopped",
    )


def read_key(server: Server) -> str:
    """The key that requests must give.

    Raises:
        LuthierError: its file is gone.
    """
    try:
        return Path(server.key_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise LuthierError(
            _("The key of this server cannot be read."),
            why=str(error.strerror or error),
            remedy=_("Stop the server and start it again; that makes a new key."),
            place=server.key_file,
            code="host.no_key",
        ) from error


def read_log(server: Server, lines: int = 40) -> str:
    """The last lines of a server's log."""
    text = Path(server.log).read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])
