"""The worker that measures a plan before the long run: real steps, a real evaluation, a real save.

Formulas cannot know this machine; one step on the longest rows shows the memory, a few on ordinary
rows show the time, and a save shows the disk.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from luthier.tools.estimate.formula import (
    LOAD_SECONDS,
    Work,
    evaluate_seconds,
    tokens_per_second,
    total_steps,
    trained_parameters,
)
from luthier.tools.estimate.machine import Machine, measure_machine
from luthier.tools.estimate.rescale import MEASURED_HIGH, MEASURED_LOW, training_seconds
from luthier.tools.jobs.context import JobContext
from luthier.tools.language import _
from luthier.tools.training.material import Material, load_material
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.training.rows import IGNORED, TokenRow

Example = dict[str, Any]

ORDINARY_STEPS = 3

MEMORY_GROWTH = 1.5
"""Memory of a long run over that of the first steps: memory that is kept for the next step, for
speed, splinters as batches of many lengths pass (1.9 GB grew to 2.9 GB within a hundred steps)."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds and bytes of the real thing."""

    load_seconds: float
    step_seconds: float
    tokens_per_second: float
    check_seconds: float
    memory_bytes: int
    adapter_bytes: int
    checkpoint_bytes: int


def run(context: JobContext) -> dict[str, Any]:
    """Measure the plan in the payload; returns ``{"estimate": Estimate}`` with ``measured``.

    Raises:
        LuthierError: the model or the data set cannot be used.
        JobStopped: the user asked to stop.
    """
    plan = Plan.model_validate(context.spec.payload["plan"])
    machine = measure_machine(context.workspace)
    material = load_material(context.workspace, plan, context.progress)
    context.honour_stop()
    with tempfile.TemporaryDirectory(dir=context.output) as folder:
        measured = _measure(context, plan, material, machine, Path(folder))
    return {"estimate": _estimate(plan, material, machine, measured)}


def _measure(
    context: JobContext, plan: Plan, material: Material, machine: Machine, folder: Path
) -> Measured:
    from luthier.tools.training.assemble import assemble

    total = ORDINARY_STEPS + 4
    context.progress(_("Loading the model"), 0, total)
    load_seconds, training = _timed(lambda: assemble(plan, material, machine, folder))
    trainer = training.trainer
    trainer.create_optimizer_and_scheduler(
        num_training_steps=total_steps(plan, len(material.train))
    )
    ordered = by_length(training.examples, material.train)
    longest = ordered[-plan.train.batch_size :]
    context.progress(_("One step on the longest rows"), 1, total)
    _step(trainer, longest)
    spent = tokens = 0.0
    for number, batch in enumerate(_spread(ordered, plan.train.batch_size)):
        context.honour_stop()
        context.progress(_("Ordinary steps"), 2 + number, total)
        before = trainer.row_tokens
        seconds, _result = _timed(partial(_step, trainer, batch))
        spent += seconds
        tokens += trainer.row_tokens - before
    context.progress(_("One evaluation"), total - 2, total)
    check_seconds = 0.0
    if material.validation:
        some = by_length(training.examples, material.validation, len(material.train))
        some = some[: 2 * plan.train.batch_size]
        seconds, _result = _timed(lambda: _evaluate(trainer, some))
        check_seconds = seconds * len(material.validation) / len(some)
    context.progress(_("One save"), total - 1, total)
    trainer.model.save_pretrained(folder / "adapter")
    trainer._save_checkpoint(trainer.model, None)
    context.progress(_("Measured"), total, total)
    speed = tokens / max(spent, 1e-9)
    accumulation = plan.train.gradient_accumulation
    mean_tokens = material.tokens / len(material.train) * plan.train.batch_size * accumulation
    return Measured(
        load_seconds=load_seconds,
        step_seconds=mean_tokens / speed,
        tokens_per_second=speed,
        check_seconds=check_seconds,
        memory_bytes=peak_memory(),
        adapter_bytes=_bytes(folder / "adapter"),
        checkpoint_bytes=sum(_bytes(path) for path in folder.glob("checkpoint-*")),
    )


def _estimate(plan: Plan, material: Material, machine: Machine, measured: Measured) -> Estimate:
    work = work_of_rows(plan, material)
    epoch_seconds = material.tokens / measured.tokens_per_second
    seconds = training_seconds(plan, measured.load_seconds, epoch_seconds, measured.check_seconds)
    formula_speed = tokens_per_second(plan, work, material.reference, machine)
    slower = formula_speed / max(measured.tokens_per_second, 1e-9)
    generating = evaluate_seconds(plan, work, material.reference, machine) - LOAD_SECONDS
    return Estimate(
        measured=True,
        memory_bytes=int(measured.memory_bytes * MEMORY_GROWTH),
        available_bytes=machine.memory_available,
        disk_bytes=3 * measured.checkpoint_bytes + 2 * measured.adapter_bytes,
        free_disk_bytes=machine.free_disk,
        train_seconds=seconds,
        train_seconds_low=seconds * MEASURED_LOW,
        train_seconds_high=seconds * MEASURED_HIGH,
        evaluate_seconds=measured.load_seconds + generating * slower,
        tokens_per_second=round(measured.tokens_per_second, 1),
        steps=work.steps,
        trained_parameters=trained_parameters(plan, material.reference),
        load_seconds=measured.load_seconds,
        epoch_seconds=epoch_seconds,
        check_seconds=measured.check_seconds,
        notes=(
            _(
                "one step takes about {step_seconds:.1f} seconds on ordinary rows",
                step_seconds=measured.step_seconds,
            ),
            _(
                "memory was measured on your longest rows; half as much again is added for a long run"
            ),
        ),
    )


def work_of_rows(plan: Plan, material: Material) -> Work:
    """The same as ``formula.work_of``, from the rows themselves."""
    return Work(
        rows=len(material.train),
        steps=total_steps(plan, len(material.train)),
        tokens_per_epoch=material.tokens,
        trained_per_epoch=sum(
            sum(label != IGNORED for label in row.labels) for row in material.train
        ),
        longest_row=max(row.tokens for row in material.train),
    )


def peak_memory() -> int:
    """Most memory in bytes that this process held at a time."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.monotonic()
    result = work()
    return time.monotonic() - began, result


def by_length(
    examples: Callable[[Sequence[TokenRow], int], list[Example]],
    rows: Sequence[TokenRow],
    first: int = 0,
) -> list[Example]:
    """The rows as the trainer takes them, numbered from ``first`` on, shortest first."""
    made = list(zip(rows, examples(rows, first), strict=True))
    return [example for _row, example in sorted(made, key=lambda pair: pair[0].tokens)]


def _spread(ordered: Sequence[Example], count: int) -> list[list[Example]]:
    """Batches whose rows are spread evenly over all lengths."""
    batches = []
    for number in range(ORDINARY_STEPS):
        shift = (number + 0.5) / ORDINARY_STEPS
        at = [int((index + shift) * len(ordered) / count) for index in range(count)]
        batches.append([ordered[min(index, len(ordered) - 1)] for index in at])
    return batches


def _batch(trainer: Any, examples: Sequence[Example]) -> Any:
    return trainer._prepare_inputs(trainer.data_collator(examples))


def _step(trainer: Any, rows: Sequence[Example]) -> None:
    """Forward, backward and one update, as in training."""
    trainer.model.train()
    loss = trainer.compute_loss(trainer.model, _batch(trainer, rows))
    loss.backward()
    trainer.optimizer.step()
    trainer.optimizer.zero_grad()


def _evaluate(trainer: Any, rows: Sequence[Example]) -> None:
    import torch

    trainer.model.eval()
    with torch.no_grad():
        trainer.compute_loss(trainer.model, _batch(trainer, rows))


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
