"""The journey as a map: the stages, what each has left behind, and where the session stands."""

from __future__ import annotations

from pathlib import PurePath

from luthier.agent.events import StageFacts
from luthier.tools.facts import Facts
from luthier.tools.wording import duration

TITLES = {
    "decide": "Decide",
    "data": "Data",
    "baseline": "Alternatives",
    "plan": "Plan",
    "train": "Train",
    "evaluate": "Evaluate",
    "host": "Use it",
}


def overview(facts: Facts) -> tuple[str, tuple[StageFacts, ...]]:
    """The current stage's name, and every stage with its state and one-line facts."""
    done = {
        "decide": facts.advice is not None,
        "data": facts.dataset is not None,
        "baseline": facts.baseline is not None,
        "plan": facts.plan is not None and bool(facts.train_job),
        "train": facts.training is not None,
        "evaluate": facts.evaluation is not None,
        "host": False,
    }
    current = next(name for name, finished in done.items() if not finished)
    stages = tuple(
        StageFacts(
            name=name,
            title=title,
            state="done" if done[name] else "current" if name == current else "open",
            lines=_lines(name, facts),
        )
        for name, title in TITLES.items()
    )
    return current, stages


def _lines(stage: str, facts: Facts) -> tuple[str, ...]:
    writer = {
        "decide": _decide_lines,
        "data": _data_lines,
        "baseline": _baseline_lines,
        "plan": _plan_lines,
        "train": _train_lines,
        "evaluate": _evaluate_lines,
        "host": _host_lines,
    }[stage]
    return tuple(writer(facts))


def _decide_lines(facts: Facts) -> list[str]:
    lines = []
    brief = facts.brief
    if brief.use_case:
        lines.append(
            {
                "labels": "sort into labels",
                "structured": "answer as structured data",
                "style": "a voice or a format",
                "new_facts": "know new facts",
                "other": brief.use_case_words or "something else",
            }[brief.use_case]
        )
    if brief.criterion is not None:
        lines.append(f"good enough: {brief.criterion:.0%} right")
    if brief.minutes is not None:
        lines.append(f"time: about {duration(brief.minutes * 60)}")
    if facts.advice:
        words = {"tune": "advice: tune", "try_first": "advice: try something else first"}
        line = words.get(facts.advice.recommendation, "advice: do not tune")
        lines.append(f"{line} (you went on)" if facts.advice.overruled else line)
    return lines


def _data_lines(facts: Facts) -> list[str]:
    lines = []
    if facts.source:
        lines.append(PurePath(facts.source.path).name)
        lines.append(f"{facts.source.usable} usable of {facts.source.rows_in} rows")
    if facts.dataset:
        data = facts.dataset
        lines.append(f"train {data.train}, validation {data.validation}, test {data.test}")
    return lines


def _baseline_lines(facts: Facts) -> list[str]:
    if facts.baseline is None:
        return ["being measured"] if facts.baseline_job else []
    return [
        f"{arm.label}: {arm.metrics.get(facts.baseline.metric, 0):.0%}"
        for arm in facts.baseline.arms
    ]


def _plan_lines(facts: Facts) -> list[str]:
    if facts.plan is None:
        return []
    lines = [
        f"LoRA rank {facts.plan.lora.rank}, {facts.plan.train.epochs:g} epochs",
    ]
    if facts.estimate:
        measured = "" if facts.estimate.measured else " (not measured yet)"
        lines.append(f"about {duration(facts.estimate.train_seconds)}{measured}")
    return lines


def _train_lines(facts: Facts) -> list[str]:
    if facts.training:
        return [f"validation loss {facts.training['best_validation_loss']:.3f}"]
    return ["under way"] if facts.train_job else []


def _evaluate_lines(facts: Facts) -> list[str]:
    if facts.evaluation is None:
        return ["being measured"] if facts.evaluate_job else []
    tuned = facts.evaluation.arm("tuned")
    lines = []
    if tuned:
        lines.append(f"tuned: {tuned.metrics.get(facts.evaluation.metric, 0):.0%}")
    if facts.evaluation.verdict:
        lines.append(facts.evaluation.verdict.decision.replace("_", " "))
    return lines


def _host_lines(facts: Facts) -> list[str]:
    return ["report written"] if facts.report else []
