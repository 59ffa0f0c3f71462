"""One command per data set: tune, measure six arms or more on the same rows, write the table.

``python bench/comparison_tables.py SET FILE`` makes the plan, trains once (a second call finds that
training again), measures every arm, and replaces the block SET in ``docs/comparison.md``. The
built-in example needs no FILE; ``examples/prepare_*.py`` make the others. What was answered before is
not asked again, so a killed run goes on, and a table is renewed in seconds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results_table import describe, replaced

from luthier.tools.data.example import example_path
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import load_rows
from luthier.tools.estimate.machine import measure_machine
from luthier.tools.evaluation.choose import propose_evaluation
from luthier.tools.evaluation.store import load_evaluation
from luthier.tools.jobs import store, supervisor
from luthier.tools.jobs.model import Job, JobKind, JobState
from luthier.tools.jobs.wait import wait_for
from luthier.tools.models.learning import learning_report
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.choose import propose_plan
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace, open_workspace

ARMS = ("base", "prompted", "few_shot", "retrieval", "tuned", "tuned_retrieval")
PRICE_PER_HOUR = 0.10  # about what a small rented machine without a graphics processor costs
CRITERION = 0.8
PAGE = Path(__file__).parents[1] / "docs" / "comparison.md"


@dataclass(frozen=True, slots=True)
class Case:
    """One data set and what is said otherwise than Luthier proposes."""

    epochs: float


CASES = {
    "shop_tickets": Case(epochs=3),
    "banking77": Case(epochs=3),
    "snips": Case(epochs=4),
    "tldr": Case(epochs=4),
}


def main() -> None:
    """Run one case and write its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=sorted(CASES))
    parser.add_argument("file", type=Path, nargs="?", help="the data; the built-in example without")
    parser.add_argument("--home", type=Path, help="home folder; LUTHIER_HOME without it")
    parser.add_argument("--into", type=Path, default=PAGE, metavar="FILE")
    parser.add_argument("--rows", type=int, default=100, help="test rows asked at most")
    chosen = parser.parse_args()
    workspace = open_workspace(chosen.home)
    plan = make_plan(workspace, chosen.case, chosen.file or example_path(), chosen.rows)
    payload = plan.model_dump(mode="json")
    trained = run(workspace, chosen.case, "train", {"plan": payload}, _trained_by(payload))
    measured = run(
        workspace,
        chosen.case,
        "evaluate",
        {"plan": payload, "train_job_id": trained.id},
        _digest({"plan": payload, "train": trained.id, "code": _code()}),
    )
    evaluation = load_evaluation(workspace, measured.id)
    text = describe(workspace, evaluation)
    page = chosen.into.read_text(encoding="utf-8")
    chosen.into.write_text(replaced(page, chosen.case, text), encoding="utf-8")
    print(text)
    print(f"arms_measured: {len(evaluation.arms)}")


def make_plan(workspace: Workspace, name: str, file: Path, most_rows: int) -> Plan:
    """What Luthier proposes for the file, with the case's own passes and every arm."""
    case = CASES[name]
    dataset = prepare_dataset(workspace, file.absolute(), None, leave_out_unusable=True, name=name)
    reference = resolve_model(workspace, "starter", download=False)
    rows = load_rows(workspace, dataset.id, "train")
    report = learning_report(Renderer(reference.folder), rows, reference.context_length)
    evaluation = propose_evaluation(dataset, report, CRITERION)
    plan = propose_plan(
        dataset,
        report,
        reference,
        minutes=None,
        criterion=evaluation.criterion,
        evaluation=evaluation,
        machine=measure_machine(workspace),
        name=name,
    )
    plan.train.epochs = case.epochs
    plan.evaluation.arms = ARMS
    plan.evaluation.price_per_hour = PRICE_PER_HOUR
    plan.evaluation.max_rows = min(plan.evaluation.max_rows, most_rows)
    return plan


def run(workspace: Workspace, case: str, kind: JobKind, payload: dict[str, Any], key: str) -> Job:
    """The job of this key, started, resumed or found finished."""
    job = supervisor.launch(
        workspace,
        kind=kind,
        session_id=f"comparison-{case}",
        title=f"{case}: {kind}",
        payload=payload,
        idempotency_key=f"comparison:{kind}:{key}",
    )
    job = supervisor.reconcile_job(workspace, job)  # a killed one does not know it yet
    if job.status.state in (JobState.PAUSED, JobState.LOST, JobState.FAILED):
        job = supervisor.resume(workspace, job.id)
    job = wait_for(workspace, job.id, lambda _job, _events: None)
    if job.status.state is not JobState.SUCCEEDED:
        sys.exit(f"{job.id} {job.status.state}: {job.status.error}")
    print(f"{kind}: {job.id}, {store.read_result(workspace, job.id).get('seconds', '')}")
    return job


def _trained_by(plan: dict[str, Any]) -> str:
    return _digest({name: plan[name] for name in ("data", "model", "method", "lora", "train")})


def _code() -> str:
    """What the evaluation room says now: a changed arm or metric is measured again."""
    room = Path(__file__).parents[1] / "tools" / "evaluation"
    texts = [path.read_text(encoding="utf-8") for path in sorted(room.rglob("*.py"))]
    return _digest(texts)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


if __name__ == "__main__":
    main()
