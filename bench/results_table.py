"""Markdown tables of finished evaluations, for ``docs/results.md`` and the README.

``python bench/results_table.py EVALUATION`` prints the table of one evaluation of the home folder
(``luthier eval list`` shows them); with ``--into FILE`` it replaces what stands in FILE between
``<!-- BLOCK:begin -->`` and ``<!-- BLOCK:end -->``, where BLOCK is "results" unless named. Figures
come from the database and from the jobs' results alone, so no table is written by hand.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from luthier.tools.data.model import DatasetInfo
from luthier.tools.data.store import load_dataset
from luthier.tools.estimate.machine import Machine, measure_machine
from luthier.tools.evaluation.compare import FEWEST_VALUES
from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.store import load_evaluation
from luthier.tools.evaluation.views import arms_table
from luthier.tools.evaluation.words import points
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace, open_workspace


def main() -> None:
    """Print the table, or write it into a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evaluation", help="id of an evaluation")
    parser.add_argument("--home", type=Path, help="home folder; LUTHIER_HOME without it")
    parser.add_argument("--into", type=Path, metavar="FILE", help="replace the block in this file")
    parser.add_argument("--note", default="", help="sentence on the machine, such as: it was busy")
    parser.add_argument("--block", default="results", help="name of the block in FILE")
    chosen = parser.parse_args()
    workspace = open_workspace(chosen.home)
    evaluation = load_evaluation(workspace, chosen.evaluation)
    text = f"{describe(workspace, evaluation)} {chosen.note}".rstrip()
    if chosen.into:
        page = chosen.into.read_text(encoding="utf-8")
        chosen.into.write_text(replaced(page, chosen.block, text), encoding="utf-8")
    else:
        print(text)
    tuned = evaluation.arm("tuned") or evaluation.arms[-1]
    print(f"{tuned.arm}_{evaluation.metric}: {tuned.metrics[evaluation.metric]:.3f}")


def describe(workspace: Workspace, evaluation: Evaluation) -> str:
    """The table, the difference, the verdict and how it came about, as Markdown."""
    dataset = load_dataset(workspace, evaluation.dataset_id)
    payload = get_job(workspace, evaluation.id).spec.payload
    parts = [_table(evaluation)]
    if evaluation.comparison:
        parts.append(_difference(evaluation))
    if evaluation.verdict:
        parts.append(f"Verdict: *{evaluation.verdict.sentence}*")
    parts.append(_rows(dataset, evaluation))
    if "plan" in payload:
        training = read_result(workspace, payload["train_job_id"])
        parts.append(_training(Plan.model_validate(payload["plan"]), training))
    parts.append(_machine(measure_machine(workspace)))
    return "\n\n".join(parts)


def replaced(page: str, block: str, text: str) -> str:
    """``page`` with ``text`` between the marks of ``block``."""
    begin, end = f"<!-- {block}:begin -->", f"<!-- {block}:end -->"
    if begin not in page or end not in page:
        sys.exit(f"The file has no block “{block}”: it needs the lines {begin} and {end}.")
    before, rest = page.split(begin, 1)
    return f"{before}{begin}\n{text}\n{end}{rest.split(end, 1)[1]}"


def _table(evaluation: Evaluation) -> str:
    table = arms_table(evaluation)
    lines = ["| " + " | ".join(table.columns) + " |", "|---" * len(table.columns) + "|"]
    for place, row in enumerate(table.rows):
        cells = [f"**{cell}**" for cell in row] if place == table.highlight else list(row)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def _difference(evaluation: Evaluation) -> str:
    comparison = evaluation.comparison
    assert comparison is not None
    other = evaluation.arm(comparison.best_alternative)
    assert other is not None
    difference = comparison.difference
    interval = f"95% interval {points(difference.low)} to {points(difference.high)}"
    if evaluation.test_rows < FEWEST_VALUES:
        interval = "too few rows for an interval"
    return (
        f"Tuned minus the best alternative ({other.label}), in “"
        f"{find_metric(comparison.metric).title}”: {points(difference.value)} points, {interval}; "
        f"better on {comparison.wins} rows, worse on {comparison.losses}, equal on "
        f"{comparison.ties}."
    )


def _rows(dataset: DatasetInfo, evaluation: Evaluation) -> str:
    asked = f" ({evaluation.test_rows} of them asked)"
    brackets = ", in brackets its 95% range" if any(arm.interval for arm in evaluation.arms) else ""
    return (
        f"Rows: {dataset.train} training, {dataset.validation} validation, {dataset.test} test"
        f"{asked if evaluation.test_rows < dataset.test else ''}; split seed {dataset.seed}. "
        f"In the table: the share on the test rows{brackets}; tokens are read + written."
    )


def _training(plan: Plan, result: dict[str, Any]) -> str:
    train = plan.train
    stopped = result.get("stopped_early")
    return (
        f"Training: {train.epochs:g} passes{' planned' if stopped else ''}, {result['steps']} steps of "
        f"{train.batch_size * train.gradient_accumulation} rows, learning rate "
        f"{train.learning_rate:g}, LoRA rank {plan.lora.rank} on "
        f"{'all layers' if plan.lora.layers == 'all' else 'the upper half of the layers'}; "
        f"{result['seconds'] / 60:.1f} minutes at {result['tokens_per_second']:.0f} tokens per "
        f"second; validation loss {result['base_validation_loss']:.2f} before, "
        f"{result['best_validation_loss']:.3f} at the best moment (step {result['best_step']})"
        f"{'; it stopped early' if stopped else ''}."
    )


def _machine(machine: Machine) -> str:
    kind = ", ".join(machine.accelerators) or "no graphics processor"
    return f"Machine: {machine.cores} cores, {machine.memory_total / 2**30:.0f} GB, {kind}."


if __name__ == "__main__":
    main()
