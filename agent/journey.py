"""The journey as a map: the stages, what each has left behind, and where the session stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from langchain_core.messages import AnyMessage

from luthier.agent.events import StageFacts
from luthier.agent.named import user_words
from luthier.agent.titles import DECISIONS, NEW_TITLE, TITLES
from luthier.tools.facts import Facts
from luthier.tools.language import _, plural
from luthier.tools.wording import duration


def overview(facts: Facts) -> tuple[str, tuple[StageFacts, ...]]:
    """The current stage's name, and every stage with its state and one-line facts."""
    done = {
        "decide": facts.advice is not None,
        "data": facts.dataset is not None,
        "baseline": facts.baseline is not None,
        "plan": facts.plan is not None and bool(facts.train_job),
        "train": facts.training is not None,
        "evaluate": facts.evaluation is not None,
        "host": bool(facts.served) or any(one["state"] == "ready" for one in facts.exports),
    }
    current = next((name for name, finished in done.items() if not finished), "host")
    stages = tuple(
        StageFacts(
            name=name,
            title=_(title),
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
                "labels": _("sort into labels"),
                "structured": _("answer as structured data"),
                "style": _("a voice or a format"),
                "new_facts": _("know new facts"),
                "other": brief.use_case_words or _("something else"),
            }[brief.use_case]
        )
    if brief.criterion is not None:
        lines.append(_("good enough: {criterion:.0%} right", criterion=brief.criterion))
    if brief.minutes is not None:
        lines.append(_("time: about {duration}", duration=duration(brief.minutes * 60)))
    if facts.advice:
        words = {"tune": _("advice: tune"), "try_first": _("advice: try something else first")}
        line = words.get(facts.advice.recommendation, _("advice: do not tune"))
        lines.append(_("{line} (you went on)", line=line) if facts.advice.overruled else line)
    return lines


def _data_lines(facts: Facts) -> list[str]:
    lines = []
    if facts.source:
        lines.append(PurePath(facts.source.path).name)
        lines.append(
            plural(
                "{usable} usable of {n} row",
                "{usable} usable of {n} rows",
                facts.source.rows_in,
                usable=facts.source.usable,
            )
        )
        if facts.source.mapping.remedies:
            count = len(facts.source.mapping.remedies)
            lines.append(plural("{n} remedy applied", "{n} remedies applied", count))
    if facts.dataset:
        data = facts.dataset
        lines.append(
            _(
                "train {train}, validation {validation}, test {test}",
                train=data.train,
                validation=data.validation,
                test=data.test,
            )
        )
    return lines


def _baseline_lines(facts: Facts) -> list[str]:
    if facts.baseline is None:
        return [_("being measured")] if facts.baseline_job else []
    return [
        f"{arm.label}: {arm.metrics.get(facts.baseline.metric, 0):.0%}"
        for arm in facts.baseline.arms
    ]


def _plan_lines(facts: Facts) -> list[str]:
    if facts.plan is None:
        return []
    if facts.hosted is not None:
        return [_("trained elsewhere: {name}", name=facts.plan.hosted.model or facts.backend)]
    lines = [
        _(
            "LoRA rank {rank}, {epochs:g} epochs",
            rank=facts.plan.lora.rank,
            epochs=facts.plan.train.epochs,
        ),
    ]
    if facts.estimate:
        time = duration(facts.estimate.train_seconds)
        measured = facts.estimate.measured
        lines.append(
            _("about {time}", time=time)
            if measured
            else _("about {time} (not measured yet)", time=time)
        )
    return lines


def _train_lines(facts: Facts) -> list[str]:
    if facts.training:
        loss = facts.training.get("best_validation_loss")
        lines = [] if loss is None else [_("validation loss {loss:.3f}", loss=loss)]
        endpoint = facts.training.get("endpoint")
        return [*lines, str(endpoint["model"])] if endpoint else lines or [_("trained")]
    return [_("under way")] if facts.train_job else []


def _evaluate_lines(facts: Facts) -> list[str]:
    if facts.evaluation is None:
        return [_("being measured")] if facts.evaluate_job else []
    tuned = facts.evaluation.arm("tuned")
    lines = []
    if tuned:
        lines.append(_("tuned: {share:.0%}", share=tuned.metrics.get(facts.evaluation.metric, 0)))
    if facts.evaluation.verdict:
        lines.append(_(DECISIONS[facts.evaluation.verdict.decision]))
    return lines


def _host_lines(facts: Facts) -> list[str]:
    lines = [_("report written")] if facts.report else []
    lines += [str(one["title"]) for one in facts.exports if one["state"] == "ready"][-3:]
    if facts.export_job:
        lines.append(_("being exported"))
    if facts.served:
        lines.append(str(facts.served["url"]))
    return lines


def title_of(facts: Facts, messages: Sequence[AnyMessage]) -> str:
    """What a session is about, in a few words."""
    if facts.source:
        name = PurePath(facts.source.path).name
        verdict = facts.evaluation.verdict if facts.evaluation else None
        return f"{name}: {_(DECISIONS[verdict.decision])}" if verdict else name
    return _first_words(messages)[:60] or NEW_TITLE


def title_of_fork(
    origin: str, facts: Facts, messages: Sequence[AnyMessage], own: Sequence[AnyMessage]
) -> str:
    """What a fork is about: as its origin, and then what was first said differently in it.

    Args:
        origin: the title that the user gave the origin; empty: what is settled names it.
        messages: the whole conversation.
        own: what was said after it left its origin.
    """
    about = origin or title_of(facts, messages)
    ending = _first_words(own)[:40] or _("another way")
    return ending if ending == about else f"{about} ↳ {ending}"


def _first_words(messages: Sequence[AnyMessage]) -> str:
    """What the user said first in these messages, typed or picked, on one line."""
    return next((" ".join(line.split()) for line in user_words(messages).splitlines()), "")
