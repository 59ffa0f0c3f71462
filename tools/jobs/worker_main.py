"""A job's worker process: runs the function registered for the job's kind, records how it ended.

Run by the runner as ``python -P -m luthier.tools.jobs.worker_main FOLDER ATTEMPT``. Its word is
``outcome.json``, which holds the attempt so that an older attempt's word is never taken for it.
"""

from __future__ import annotations

import errno
import faulthandler
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic_core import to_jsonable_python

from luthier.tools.errors import LuthierError
from luthier.tools.files import write_json
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.folder import Outcome, read_spec
from luthier.tools.jobs.model import JobKind
from luthier.tools.jobs.workers import WORKERS, import_function
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

NICENESS = 10

RESERVED_BYTES = 64 * 1024

NO_ROOM = (
    "no space left",  # safetensors and tokenizers quote the system
    "quota exceeded",
    "file too large",
    "pytorchstreamwriter",  # torch's writer of checkpoints says no more than that it failed
    "unexpected pos",
)

log = logging.getLogger("luthier.jobs.worker")


def run_job(folder: Path, attempt: int) -> Outcome:
    """Run the job's worker function and write ``result.json`` and ``outcome.json``."""
    spec = read_spec(folder)
    context = JobContext(Workspace(folder.parent.parent), spec, folder, attempt)
    context.listen_for_signals()
    try:
        if not spec.remote:
            context.honour_stop()
        with _alone(folder), _room_for_last_words(folder):
            result = _load(spec.kind)(context)
        write_json(folder / "result.json", to_jsonable_python(result))
        outcome = Outcome(attempt=attempt, state="succeeded")
    except JobStopped as stopped:
        paused = stopped.request == "pause"
        outcome = Outcome(attempt=attempt, state="paused" if paused else "cancelled")
    except LuthierError as error:
        log.warning("failed: %s", error.as_text(), exc_info=True)
        outcome = Outcome(attempt=attempt, state="failed", error=error.as_dict())
    except Exception as error:
        log.exception("the worker broke")
        words = explain(error, folder / "worker.log")
        outcome = Outcome(attempt=attempt, state="failed", error=words.as_dict())
    finally:
        context.close()
    write_json(folder / "outcome.json", outcome.model_dump(mode="json"))
    return outcome


def explain(error: Exception, place: Path) -> LuthierError:
    """Plain words for a failure that no room foresaw; the details are in the log at ``place``."""
    text = str(error).lower()
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text:
        return LuthierError(
            _("The memory of this machine did not suffice."),
            remedy=_(
                "Close other programs, or choose a smaller batch or shorter rows; then resume."
            ),
            place=str(place),
            code="job.out_of_memory",
        )
    if _is_disk_full(error):
        return LuthierError(
            _("The disk is full."),
            remedy=_("Free some space, then resume: it goes on from the newest checkpoint."),
            place=str(place.parent),
            code="job.disk_full",
        )
    return LuthierError(
        _("The work stopped because of a fault in Luthier or one of its libraries."),
        why=_("{name} was raised where nobody expected it.", name=type(error).__name__),
        remedy=_(
            "The log has the details; please send it with a report of the fault. Resuming tries "
            "again."
        ),
        place=str(place),
        code="job.fault",
    )


def _is_disk_full(error: Exception) -> bool:
    """Whether there was no room for a file: the system's word, or that of a library that hides it."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    text = str(error).lower()
    return any(sign in text for sign in NO_ROOM)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second worker out: an old one may live on unseen when its runner was killed."""
    try:
        with FileLock(folder / ".worker.lock", timeout=5):
            yield
    except Timeout as error:
        raise LuthierError(
            _("Another process is still working on this job."),
            remedy=_("Wait until it has ended, then resume."),
            place=str(folder),
            code="job.busy",
        ) from error


@contextmanager
def _room_for_last_words(folder: Path) -> Iterator[None]:
    """Hold some disk space while the work goes on: on a full disk, nobody could say what happened."""
    reserve = folder / ".reserve"
    try:
        reserve.write_bytes(os.urandom(RESERVED_BYTES))
        yield
    finally:
        reserve.unlink(missing_ok=True)


def _load(kind: JobKind) -> Callable[[JobContext], dict[str, Any]]:
    worker: Callable[[JobContext], dict[str, Any]] = import_function(WORKERS[kind])
    return worker


def main(arguments: list[str]) -> None:
    """Run the job in the folder named by the first argument, as the attempt named by the second."""
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    os.nice(NICENESS)
    run_job(Path(arguments[0]), int(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
