"""The whole way at "a provider" with the starter model: from rows to a verdict, all on this computer.

The stand-in of the tests takes the upload, really trains the starter model on it and answers with what
came of it; Luthier's own run sends, watches, asks and judges as it would at OpenAI.

    PYTHONPATH=tests python bench/hosted_starter.py FOLDER    # some minutes, three kinds of tickets
"""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

from fakes.provider.server import MODEL, Provider

from luthier.tools.data.model import Mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.models.starter import make_starter
from luthier.tools.run import RunEvent, RunOutcome, run_plan
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import DataPlan, EvaluationPlan, Plan
from luthier.tools.workspace import open_workspace

TICKETS = Path(__file__).resolve().parents[1] / "examples" / "shop_tickets.csv"
TOPICS, EACH = ("invoice", "refund", "wrong item"), 20


def main(folder: Path) -> None:
    """Run it in ``folder`` and print a table."""
    here, there = open_workspace(folder / "here"), folder / "provider"
    for home in (here, open_workspace(there)):
        make_starter(home)
    provider = Provider(there, learning_rate=1e-3, max_length=192)
    os.environ["LUTHIER_API_KEY"] = provider.key
    rows = write_rows(folder / "tickets.csv")
    info = prepare_dataset(
        here, rows, Mapping(prompt=("message",), completion="topic"), leave_out_unusable=True
    )
    data = DataPlan(
        dataset_id=info.id, path=str(rows), sha256=info.source_sha256, mapping=info.mapping
    )
    arms = ("base", "tuned")
    plan = Plan(
        name="tickets",
        task=info.task,
        data=data,
        evaluation=EvaluationPlan(metric="exact_match", max_new_tokens=6, arms=arms),
        backend="openai",
        hosted=HostedPlan(base_url=provider.base_url, model=MODEL, epochs=2, suffix="tickets"),
    )
    with provider:
        show(run_plan(here, plan, listen=tell), provider)


def write_rows(path: Path) -> Path:
    """So many messages of each topic, with the topic alone as the wanted answer."""
    found: dict[str, list[str]] = {topic: [] for topic in TOPICS}
    with TICKETS.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            topic = json.loads(row["ticket"])["topic"]
            if topic in found and len(found[topic]) < EACH:
                found[topic].append(row["message"])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("message", "topic"))
        writer.writerows((text, topic) for topic, texts in found.items() for text in texts)
    return path


def tell(event: RunEvent) -> None:
    """What the run says on the way."""
    if event.kind != "progress":
        print(f"{event.stage}: {event.text}", flush=True)


def show(outcome: RunOutcome, provider: Provider) -> None:
    """The table, and how often the provider was asked for what costs."""
    [job] = provider.store.jobs.values()
    losses = [one["data"]["train_loss"] for one in job.events if "train_loss" in one["data"]]
    print("| arm | exact match | test rows |\n|---|---|---|")
    for arm in outcome.evaluation.arms:
        print(
            f"| {arm.label} | {arm.metrics['exact_match']:.0%} | {outcome.evaluation.test_rows} |"
        )
    print(f"training loss there: {losses[0]:.2f} at first, {losses[-1]:.2f} at last")
    print(f"uploads {provider.count('uploads')}, jobs created {provider.count('creations')}")
    if outcome.evaluation.verdict:
        print(f"verdict: {outcome.evaluation.verdict.sentence}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
