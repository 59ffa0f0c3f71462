"""Every other method of tuning on pairs made from the built-in example: does it learn, and what?

``python bench/methods.py dpo orpo kto full`` writes preference pairs from the first messages of the
example (chosen: the right ticket; rejected, row by row in turn: the same ticket in words, or with one
field wrong), tunes the starter model by each method named, and replaces the block ``methods`` in
``docs/methods.md``. ``full`` learns the chosen answers. What is finished is found again.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from results_table import replaced

from luthier.tools.data.example import example_path
from luthier.tools.data.model import DatasetInfo
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import load_rows
from luthier.tools.estimate.machine import measure_machine
from luthier.tools.evaluation.arms.arm import Bench
from luthier.tools.evaluation.choose import propose_evaluation
from luthier.tools.evaluation.model import Interval, Preferences
from luthier.tools.evaluation.preferences import check_preferences
from luthier.tools.jobs import supervisor
from luthier.tools.jobs.model import JobState
from luthier.tools.jobs.store import read_result
from luthier.tools.jobs.wait import wait_for
from luthier.tools.models.learning import learning_report
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.choose import propose_plan
from luthier.tools.training.methods.allowed import holdings
from luthier.tools.training.methods.registry import METHODS
from luthier.tools.training.methods.switch import switched
from luthier.tools.training.plan import MethodName, Plan
from luthier.tools.training.tuned_model import tuned_model
from luthier.tools.workspace import Workspace, open_workspace

PAGE = Path(__file__).parents[1] / "docs" / "methods.md"
FRACTIONS = (0.55, 0.15, 0.3)
PASSES: dict[MethodName, float] = {"dpo": 2, "orpo": 3, "kto": 1, "full": 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one method came to."""

    method: MethodName
    plan: Plan
    result: dict[str, Any]
    preferences: Preferences

    def row(self) -> str:
        """The line of the table."""
        train, found = self.plan.train, self.preferences
        cells = (
            METHODS[self.method].title,
            f"{train.learning_rate:g}, {train.epochs:g} passes, {self.result['steps']} steps of "
            f"{train.batch_size}",
            f"{self.result['base_validation_loss']:.3f} to "
            f"{self.result['best_validation_loss']:.3f}",
            f"{_share(found.base)}",
            f"{_share(found.tuned)}",
            f"{found.difference.value:+.0%} ({found.difference.low:+.0%} to "
            f"{found.difference.high:+.0%})",
        )
        return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Tune by each method and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("methods", nargs="+", choices=sorted(PASSES))
    parser.add_argument("--home", type=Path, help="home folder; LUTHIER_HOME without it")
    parser.add_argument("--messages", type=int, default=80, help="of the example, from its start")
    parser.add_argument("--into", type=Path, default=PAGE, metavar="FILE")
    chosen = parser.parse_args()
    workspace = open_workspace(chosen.home)
    pairs = write_pairs(workspace.home / "shop-pairs.jsonl", chosen.messages)
    dataset = prepare_dataset(workspace, pairs, None, leave_out_unusable=True, fractions=FRACTIONS)
    findings = [try_method(workspace, dataset, method) for method in chosen.methods]
    text = describe(dataset, findings)
    page = chosen.into.read_text(encoding="utf-8")
    chosen.into.write_text(replaced(page, "methods", text), encoding="utf-8")
    print(text)
    for finding in findings:
        print(f"{finding.method}_wanted_answer_likelier: {finding.preferences.tuned.value:.3f}")


def write_pairs(path: Path, messages: int) -> Path:
    """Preference pairs from the built-in example, the same every time."""
    with example_path().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:messages]
    tickets = [json.loads(row["ticket"]) for row in rows]
    lines = []
    for number, (row, ticket) in enumerate(zip(rows, tickets, strict=True)):
        worse = in_words(ticket) if number % 2 else json.dumps(one_wrong(ticket, tickets, number))
        lines.append({"prompt": row["message"], "chosen": row["ticket"], "rejected": worse})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def in_words(ticket: dict[str, Any]) -> str:
    """The same facts, not in the form that is wanted."""
    return ", ".join(f"the {name} is {value or 'not given'}" for name, value in ticket.items())


def one_wrong(ticket: dict[str, Any], tickets: list[dict[str, Any]], number: int) -> dict[str, Any]:
    """The ticket with one field as another ticket has it."""
    chance = random.Random(number)
    name = chance.choice([name for name in ticket if name != "order"])
    others = sorted({str(one[name]) for one in tickets} - {str(ticket[name])})
    return {**ticket, name: chance.choice(others)}


def try_method(workspace: Workspace, dataset: DatasetInfo, method: MethodName) -> Finding:
    """Tune by one method as Luthier proposes it, with the passes of this file."""
    plan = make_plan(workspace, dataset, method)
    payload = plan.model_dump(mode="json")
    key = json.dumps([payload["data"], method, payload["train"]], sort_keys=True)
    job = supervisor.launch(
        workspace,
        kind="train",
        session_id="methods",
        title=f"methods: {method}",
        payload={"plan": payload},
        idempotency_key=f"methods:{key}",
    )
    job = supervisor.reconcile_job(workspace, job)
    if job.status.state in (JobState.PAUSED, JobState.LOST, JobState.FAILED):
        job = supervisor.resume(workspace, job.id)
    job = wait_for(workspace, job.id, lambda _job, _events: None)
    if job.status.state is not JobState.SUCCEEDED:
        sys.exit(f"{job.id} {job.status.state}: {job.status.error}")
    result = read_result(workspace, job.id)
    print(method, job.id, result["seconds"], flush=True)
    kept = Path(job.folder) / "output" / "preferences.json"
    if not kept.is_file():
        bench = make_bench(workspace, dataset, plan, Path(job.folder))
        tuned = tuned_model(Path(job.folder), result).adapter
        if tuned is None:
            sys.exit(f"{job.id} left no model here")
        found = check_preferences(bench, tuned, load_rows(workspace, dataset.id, "test"))
        if found is None:
            sys.exit("too few held-out pairs")
        kept.write_text(found.model_dump_json(), encoding="utf-8")
    preferences = Preferences.model_validate_json(kept.read_text(encoding="utf-8"))
    return Finding(method, plan, result, preferences)


def make_plan(workspace: Workspace, dataset: DatasetInfo, method: MethodName) -> Plan:
    """What Luthier proposes for these pairs and this method."""
    reference = resolve_model(workspace, "starter", download=False)
    rows = load_rows(workspace, dataset.id, "train")
    report = learning_report(Renderer(reference.folder), rows, reference.context_length)
    plan = propose_plan(
        dataset,
        report,
        reference,
        minutes=None,
        criterion=None,
        evaluation=propose_evaluation(dataset, report, None),
        machine=measure_machine(workspace),
        name=f"shop-{method}",
    ).model_copy(update={"method": method})
    plan = switched(plan, reference.parameters, holdings(workspace, dataset), ())
    wishes = {"epochs": PASSES[method], "batch_size": 4, "evaluations_per_epoch": 1}
    return plan.model_copy(update={"train": plan.train.model_copy(update=wishes)})


def make_bench(workspace: Workspace, dataset: DatasetInfo, plan: Plan, folder: Path) -> Bench:
    """What the held-out pairs are judged by."""
    reference = resolve_model(workspace, "starter", download=False)
    renderer = Renderer(reference.folder)
    return Bench(workspace, dataset, reference, renderer, plan.evaluation, folder)


def describe(dataset: DatasetInfo, findings: list[Finding]) -> str:
    """The table as Markdown."""
    head = (
        "| method | learning rate, passes | validation loss | wanted answer likelier: before | after "
        "| change |\n|---|---|---|---|---|---|"
    )
    rows = "\n".join(finding.row() for finding in findings)
    splits = (
        f"{dataset.train} pairs to learn from, {dataset.validation} to validate, {dataset.test} "
        "held out; in brackets 95% ranges."
    )
    return f"{head}\n{rows}\n\n{splits}"


def _share(value: Interval) -> str:
    return f"{value.value:.0%} ({value.low:.0%} to {value.high:.0%})"


if __name__ == "__main__":
    main()
