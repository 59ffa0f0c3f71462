"""Worker functions that behave in every way a worker can, without any model."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json, write_json
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.model import MetricsEvent

STEPS = 2000
STEP_SECONDS = 0.02


def run(context: JobContext) -> dict[str, Any]:
    """Do what ``payload["do"]`` says."""
    return _ACTIONS[context.spec.payload.get("do", "succeed")](context)


def _succeed(context: JobContext) -> dict[str, Any]:
    context.progress("rows", 1, 2)
    context.progress("rows", 2, 2)
    return {"answer": 42, "environment": dict(os.environ), "nice": os.nice(0)}


def _count(context: JobContext) -> dict[str, Any]:
    """Count to ``until`` with a checkpoint at every step; goes on from the newest one.

    With ``held`` it does not end before somebody makes the file ``let-go`` in the job's folder.
    """
    until = int(context.spec.payload.get("until", STEPS))
    held = bool(context.spec.payload.get("held"))
    checkpoint = context.output / "checkpoint.json"
    begun = step = int((read_json(checkpoint) or {"step": 0})["step"])
    context.notice(f"begin at {begun}")
    while step < until or (held and not (context.folder / "let-go").exists()):
        context.honour_stop()
        time.sleep(STEP_SECONDS)
        step += 1
        write_json(checkpoint, {"step": step})
        context.emit(
            MetricsEvent(
                at=time.time(),
                step=step,
                total_steps=until,
                epoch=3 * step / until,
                total_epochs=3,
                loss=1 / step,
                validation_loss=1.5 / step if step % 10 == 0 else None,
                tokens_per_second=100,
                seconds_left=(until - step) * STEP_SECONDS,
            )
        )
    return {"steps": step, "begun": begun}


def _die(context: JobContext) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def _die_once(context: JobContext) -> dict[str, Any]:
    marker = context.output / "died"
    if not marker.exists():
        marker.touch()
        with (context.folder / "events.jsonl").open("a") as events:
            events.write('{"type":"progress","at":1,"lab')
        _die(context)
    return {"attempt": context.attempt}


def _refuse(context: JobContext) -> dict[str, Any]:
    raise LuthierError("The well is dry.", remedy="Dig another.", code="test.dry")


def _break(context: JobContext) -> dict[str, Any]:
    raise ZeroDivisionError("secret detail")


def _exit(context: JobContext) -> dict[str, Any]:
    os._exit(3)


def _ignore(context: JobContext) -> dict[str, Any]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    context.notice("ignoring")
    while True:
        time.sleep(0.05)


_ACTIONS = {
    "succeed": _succeed,
    "count": _count,
    "die": _die,
    "die_once": _die_once,
    "refuse": _refuse,
    "break": _break,
    "exit": _exit,
    "ignore": _ignore,
}
