"""The worker that serves a model on this computer until it is stopped.

It starts the process that holds the model, puts a few of the held-out rows to it over HTTP as any
program would, writes down where it answers, and then watches it. The key is made here, kept in a
file that only the user may read, and told to nobody.
"""

from __future__ import annotations

import os
import secrets
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json, write_json
from luthier.tools.hosting.backends import Backend, Weights, last_words, running
from luthier.tools.hosting.kinds.asking import LONGEST_CONTEXT
from luthier.tools.hosting.kinds.folder import MODEL
from luthier.tools.hosting.model import SERVER_FILE, Export, Parity, Server
from luthier.tools.hosting.page import write_page
from luthier.tools.hosting.parity import Answers, find_problems, measure_parity
from luthier.tools.hosting.reference import tuned_answers
from luthier.tools.hosting.serving import is_free, need_free
from luthier.tools.hosting.store import get_export, need_files
from luthier.tools.hosting.tuned import Tuned, find_tuned
from luthier.tools.jobs.context import JobContext
from luthier.tools.language import _

KEY_FILE = "key"
LOG = "worker.log"
TRIAL_ROWS = 8
_PAUSE = 0.5
_HEALTH_SECONDS = 120.0
_LETTING_GO_SECONDS = 5.0
"""How long the process of a server that was killed may take to leave its port."""


class ServePayload(BaseModel):
    """Input of the job ``serve``; port 0 takes any free one."""

    export_id: str
    port: int = 0


def run(context: JobContext) -> dict[str, Any]:
    """Serve the export until the job is stopped; it never ends by itself.

    Raises:
        JobStopped: the user stopped it.
        LuthierError: it could not be started, answers otherwise than the tuned model, or ended.
    """
    payload = ServePayload.model_validate(context.spec.payload)
    export = get_export(context.workspace, payload.export_id)
    tuned = find_tuned(context.workspace, export.train_job, weights=False)
    _put_aside(context.output)  # left behind where the machine or this process was ended at once
    key_file = _key_file(context.folder)
    page = write_page(context.output / "page", tuned.name, tuned.system(context.workspace))
    context.progress(_("Loading the model"), 0, 0)
    with running(
        context.workspace,
        weights_of(export, tuned),
        key_file=key_file,
        log=context.folder / LOG,
        port=_free_or_any(context, payload.port),
        page=page,
    ) as backend:
        server = _try_out(context, export, tuned, backend, key_file)
        write_json(context.output / SERVER_FILE, server.model_dump(mode="json"))
        context.progress(_("Answering at {url}", url=server.url), 1, 1)
        try:
            while True:
                context.honour_stop()
                if not backend.is_alive:
                    raise _died(context, backend)
                time.sleep(_PAUSE)
        finally:
            _put_aside(context.output)


def _put_aside(output: Path) -> None:
    """Nothing answers any more; where it did is remembered for the next start."""
    with suppress(FileNotFoundError):
        (output / SERVER_FILE).replace(output / f"last-{SERVER_FILE}")


def weights_of(export: Export, tuned: Tuned) -> Weights:
    """What the export is made of, as something to serve.

    Raises:
        LuthierError: it failed, is not on this computer, or its files are gone.
    """
    path = need_files(export)
    context = min(tuned.reference.context_length, LONGEST_CONTEXT)
    if export.kind == "gguf":
        return Weights(name=tuned.name, context=context, gguf=path)
    if export.kind == "adapter":
        return Weights(name=tuned.name, context=context, model=tuned.reference.id, adapter=path)
    folder = path / MODEL if export.kind == "folder" else path
    return Weights(name=tuned.name, context=context, model=str(folder))


def _key_file(folder: Path) -> Path:
    """The file with the key, made once; a server that is started again keeps its key."""
    path = folder / KEY_FILE
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(24))
    return path


def _free_or_any(context: JobContext, port: int) -> int:
    """The wanted port, or that of the last time, so that addresses stay good.

    Raises:
        LuthierError: another program listens at the wanted one (``host.port_in_use``).
    """
    need_free(port)
    last = read_json(context.output / f"last-{SERVER_FILE}") or {}
    before = str(last.get("url", "")).rpartition(":")[2]
    if port or not before.isdecimal():
        return port
    end = time.monotonic() + _LETTING_GO_SECONDS
    while not is_free(int(before)) and time.monotonic() < end:
        time.sleep(_PAUSE)
    return int(before) if is_free(int(before)) else 0


def _try_out(
    context: JobContext, export: Export, tuned: Tuned, backend: Backend, key_file: Path
) -> Server:
    """Ask the running server what the tuned model was asked, and measure it."""
    client = backend.client(key_file.read_text(encoding="utf-8"))
    if not client.wait_until_healthy(_HEALTH_SECONDS, lambda: backend.is_alive):
        raise _died(context, backend)
    rows = tuned.test_rows(context.workspace, TRIAL_ROWS)
    context.progress(_("Trying it out"), 0, 0)
    expected = tuned_answers(context.workspace, tuned, rows, context.progress)
    plan = tuned.plan.evaluation
    began = time.monotonic()
    answers = [client.answer(row.prompt, plan.max_new_tokens) for row in rows]
    seconds = time.monotonic() - began
    texts = [client.render(row.prompt) for row in rows]
    found = measure_parity(
        rows, tuned.plan.task, plan.metric, expected, Answers(answers, texts, seconds)
    )
    if is_another_model(found):
        raise LuthierError(
            _("The server was not kept running: it answers otherwise than the tuned model."),
            why=find_problems(found)[0],
            remedy=_("Export the model again and serve that."),
            code="host.parity",
        )
    return Server(
        id=context.spec.id,
        export_id=export.id,
        title=f"{tuned.name} ({export.title})",
        backend="llama.cpp" if export.kind == "gguf" else "transformers",
        model=backend.model,
        url=backend.url,
        key_file=str(key_file),
        pid=backend.process.pid,
        log=str(context.folder / LOG),
        tokens_per_second=found.tokens_per_second,
        memory_bytes=backend.memory_bytes,
        identical=found.identical if rows else None,
    )


def is_another_model(found: Parity) -> bool:
    """Whether the few rows show beyond doubt that it is not the tuned model that answers.

    An export has passed on all rows, so single other words among so few are no reason to refuse it.
    """
    if not found.template_same:
        return True
    silent = found.stops == 0 < found.reference_stops
    return found.rows > 0 and (found.alike == 0 or silent)


def _died(context: JobContext, backend: Backend) -> LuthierError:
    code = backend.process.poll() or 0
    why = _("Its last words: {words}", words=last_words(context.folder / LOG))
    if code < 0:
        cause = signal.strsignal(-code) or str(-code)
        why = _(
            "Its process was ended from outside ({cause}), as the system does where memory runs short.",
            cause=cause,
        )
    return LuthierError(
        _("The server has ended without being told to."),
        why=why,
        remedy=_("Start it again; close other programs if memory is short."),
        place=str(context.folder / LOG),
        code="host.died",
    )
