"""The training job of a plan for AutoTrain: its folder, its process, and what it left behind.

AutoTrain keeps no checkpoints of a training without validation, so a job that was cut off begins
again, unless AutoTrain had already finished: then only the checks are made again.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import IO, Any

from luthier.tools.files import read_json, write_json
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.environment import job_environment
from luthier.tools.jobs.model import MetricsEvent
from luthier.tools.jobs.processes import created_at, end_tree, is_alive
from luthier.tools.language import _, mark, plural
from luthier.tools.training.autotrain.environment import (
    environment_folder,
    has_environment,
    missing_environment,
    process_environment,
)
from luthier.tools.training.autotrain.left_behind import refuse_failure, take_adapter
from luthier.tools.training.autotrain.log_lines import Bar, Failure, Stage, Step, read_line
from luthier.tools.training.autotrain.project import (
    CONFIG,
    RESULT,
    Project,
    whole_epochs,
    write_project,
)
from luthier.tools.training.keeping import ADAPTER
from luthier.tools.training.material import load_material
from luthier.tools.training.plan import Plan
from luthier.tools.training.watchdog.losses import Watchdog

FOLDER, CACHE = "autotrain", "cache"
LOG = "autotrain.log"
PROCESS, FINISHED = "autotrain-process.json", "autotrain-finished.json"
_LABELS = {
    "prepare": mark("AutoTrain prepares the data"),
    "load": mark("AutoTrain loads the model"),
    "train": mark("AutoTrain trains"),
    "save": mark("AutoTrain saves the adapter"),
}
_EVENT_SECONDS = 0.5


def run(context: JobContext) -> dict[str, Any]:
    """Train the plan in the payload with AutoTrain, check what it left, and measure its loss.

    Returns:
        The keys of :func:`luthier.tools.training.worker.run_local`, as far as there is something to
        say: ``adapter``, ``base_validation_loss``, ``best_validation_loss``, ``steps``, ``seconds``,
        ``checks``, ``history`` and ``left_out`` (rows that could not be given to AutoTrain).

    Raises:
        JobStopped: it was cancelled, or the system ends; AutoTrain's process is gone.
        LuthierError: AutoTrain is not here, failed, or left a broken adapter; or the watchdog
            stopped it.
    """
    plan = Plan.model_validate(context.spec.payload["plan"])
    if not has_environment(context.workspace):
        raise missing_environment(context.workspace)
    material = load_material(context.workspace, plan, context.progress)
    _end_orphan(context.output)
    result = context.output / FOLDER / RESULT
    found = read_json(context.output / FINISHED)
    if not found or found["fingerprint"] != material.fingerprint or not result.is_dir():
        found = _train(context, plan)
        found["fingerprint"] = material.fingerprint
        write_json(context.output / FINISHED, found)
    adapter = context.output / ADAPTER
    context.progress(_("Checking the saved weights"), 0, 0)
    take_adapter(result, material.reference, plan, adapter)
    measured = _measure(context, plan, adapter)
    shutil.rmtree(context.output / FOLDER)
    return {
        "adapter": str(adapter),
        "best_step": found["steps"],
        "steps": found["steps"],
        "seconds": found["seconds"],
        "tokens_per_second": round(
            material.tokens * whole_epochs(plan) / max(found["seconds"], 1e-9), 1
        ),
        "stopped_early": "",
        "history": found["history"],
        "left_out": found["left_out"],
        "fast": False,
        **measured,
    }


def _train(context: JobContext, plan: Plan) -> dict[str, Any]:
    """Run AutoTrain to its end and return steps, seconds and history."""
    context.progress(_("Writing AutoTrain's folder"), 0, 0)
    project = write_project(context.workspace, plan, context.output / FOLDER, share=True)
    if context.attempt > 1:
        context.notice(
            _("AutoTrain keeps no checkpoints, so the training begins again."), "warning"
        )
    if project.left_out:
        context.notice(
            plural(
                "{n} row is left out: AutoTrain would read control tokens in its text as such.",
                "{n} rows are left out: AutoTrain would read control tokens in their text as such.",
                project.left_out,
            ),
            "warning",
        )
    context.honour_stop()
    listener = _Listener(context, plan)
    began = time.monotonic()
    code = _run_process(context, project, listener)
    log = context.output / LOG
    refuse_failure(listener.failure, project.result, log, code)
    return {
        "steps": listener.done,
        "seconds": round(time.monotonic() - began, 1),
        "history": listener.history,
        "left_out": project.left_out,
    }


def _run_process(context: JobContext, project: Project, listener: _Listener) -> int:
    """AutoTrain's process, its output read line by line; it never outlives this function.

    It stays in the job's process group, so that whoever kills the job kills it, too.
    """
    folder = environment_folder(context.workspace)
    environment = process_environment(
        folder, job_environment(context.workspace), project.folder / CACHE
    )
    command = [str(folder / "bin" / "autotrain"), "--config", CONFIG]
    with (context.output / LOG).open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=project.folder,
            env=environment,
        )
    write_json(context.output / PROCESS, {"pid": process.pid, "started": created_at(process.pid)})
    try:
        with (context.output / LOG).open(encoding="utf-8", errors="replace") as said:
            while process.poll() is None:
                if context.stop_request:
                    raise JobStopped(context.stop_request)
                _hear_all(said, listener)
                time.sleep(0.2)
            _hear_all(said, listener)
            listener.end()
        context.honour_stop()
        return process.returncode
    finally:
        end_tree(process.pid)
        process.wait()
        (context.output / PROCESS).unlink(missing_ok=True)


def _hear_all(said: IO[str], listener: _Listener) -> None:
    while text := said.read(65536):
        listener.hear(text)


def _end_orphan(output: Path) -> None:
    """End what an earlier attempt started, where its worker was killed alone."""
    found = read_json(output / PROCESS)
    if found and is_alive(int(found["pid"]), float(found["started"])):
        end_tree(int(found["pid"]))
    (output / PROCESS).unlink(missing_ok=True)


class _Listener:
    """Turns AutoTrain's output into the job's events, and listens for a failure."""

    def __init__(self, context: JobContext, plan: Plan) -> None:
        self.failure = Failure()
        self.history: list[dict[str, float]] = []
        self.done = self.total = 0
        self._context = context
        self._epochs = whole_epochs(plan)
        self._watchdog = Watchdog(total_steps=10**9, learning_rate=plan.train.learning_rate)
        self._rest = ""
        self._trains = False
        self._began = time.monotonic()
        self._event_at = 0.0

    def hear(self, text: str) -> None:
        """Take in a piece of output; the last line may not be whole yet."""
        *lines, self._rest = (self._rest + text).replace("\r", "\n").split("\n")
        for line in lines:
            self._line(line)

    def end(self) -> None:
        """Nothing more will come."""
        self._line(self._rest)
        self._rest = ""

    def _line(self, line: str) -> None:
        self.failure.hear(line)
        said = read_line(line)
        if isinstance(said, Step):
            self._step(said)
        elif isinstance(said, Bar):
            self._bar(said)
        elif isinstance(said, Stage):
            self._stage(said)

    def _stage(self, stage: Stage) -> None:
        """A new stage of the work."""
        self._trains = stage.name == "train"
        if self._trains:
            self._began = time.monotonic()
        self._context.progress(_(_LABELS[stage.name]), 0, 0)

    def _bar(self, bar: Bar) -> None:
        """A progress bar moved; those before the training are of no interest."""
        if not self._trains:
            return
        self.done, self.total = bar.done, bar.total
        now = time.monotonic()
        if bar.done and now - self._event_at >= _EVENT_SECONDS:
            self._event_at = now
            self._context.progress(_(_LABELS["train"]), bar.done, bar.total, self._seconds_left())

    def _step(self, step: Step) -> None:
        """A step was logged: it is shown, kept, and judged by the watchdog."""
        number = len(self.history) + 1
        self.done = max(self.done, number)
        values = {
            "step": float(number),
            "epoch": step.epoch,
            "loss": step.loss,
            "learning_rate": step.learning_rate,
            "gradient_norm": step.gradient_norm,
        }
        self.history.append({name: value for name, value in values.items() if value is not None})
        self._context.emit(
            MetricsEvent(
                at=time.time(),
                step=number,
                total_steps=max(self.total, number),
                epoch=step.epoch,
                total_epochs=self._epochs,
                loss=step.loss,
                learning_rate=step.learning_rate,
                gradient_norm=step.gradient_norm,
                seconds_left=self._seconds_left(),
            )
        )
        if step.loss is not None:
            self._watchdog.look(number, step.loss, step.gradient_norm)

    def _seconds_left(self) -> float | None:
        if not self.done or not self.total:
            return None
        return (time.monotonic() - self._began) / self.done * (self.total - self.done)


def _measure(context: JobContext, plan: Plan, adapter: Path) -> dict[str, Any]:
    """The checks that every adapter must pass, and the validation loss without and with it.

    Raises:
        LuthierError: it is not finite, all zero, or changes nothing.
    """
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    from luthier.tools.estimate.machine import measure_machine
    from luthier.tools.training.assemble import assemble
    from luthier.tools.training.verify import WEIGHTS, check_effect, check_saved_weights

    checks = check_saved_weights(adapter)
    material = load_material(context.workspace, plan)
    scratch = context.output / "measuring"
    training = assemble(plan, material, measure_machine(context.workspace), scratch)
    context.progress(_("Measuring the validation loss"), 0, 0)
    before = _loss(training, bool(material.validation))
    set_peft_model_state_dict(training.model, load_file(adapter / WEIGHTS))
    row = (material.validation or material.train)[0]
    checks |= check_effect(training.model, row.ids[: row.first_trained])
    after = _loss(training, bool(material.validation))
    shutil.rmtree(scratch, ignore_errors=True)
    return {"base_validation_loss": before, "best_validation_loss": after, "checks": checks}


def _loss(training: Any, has_validation: bool) -> float | None:
    return float(training.trainer.evaluate()["eval_loss"]) if has_validation else None
