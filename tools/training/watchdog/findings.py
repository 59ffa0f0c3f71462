"""What looks at answers say about a training, and what is to be done about it, in plain words.

Each look is a further chance to be deceived by luck, so a difference counts as more than chance only
where its p-value, times the number of looks, stays below 0.05 (Bonferroni).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from luthier.tools.evaluation.compare import share_interval
from luthier.tools.evaluation.losses import lost_in_words
from luthier.tools.evaluation.memorised import difference_of
from luthier.tools.evaluation.metrics import METRICS, find_metric
from luthier.tools.evaluation.metrics.base import Metric
from luthier.tools.evaluation.paired import p_value
from luthier.tools.evaluation.verdict.case import SIGNIFICANT
from luthier.tools.evaluation.words import percent
from luthier.tools.language import _, plural
from luthier.tools.training.watchdog.look import Look, Rival
from luthier.tools.wording import duration

HALF = 0.5
"""Share of the training from which on a lack of progress is worth a word."""
RARELY_STOPS = 0.5
BY_HEART = 0.1
"""How much better training rows must be known than new ones, beyond chance."""

Tone = Literal["neutral", "good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell; ``code`` names it, and each is told once, but for the plain ``score``."""

    code: str
    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Course:
    """How far the training is, and how often its answers are looked at."""

    metric: str
    epochs: float
    seconds_left: float
    looks: int


def findings(
    look: Look, earlier: Sequence[Look], rival: Rival | None, course: Course
) -> list[Finding]:
    """What the newest look says: the plain figure, then the weightiest last, as cards show the end."""
    found = [_score(look, earlier, rival, course)]
    if look.epoch >= HALF * course.epochs:
        found += _too_late(look, earlier, rival, course)
    worse = _worse_than_before(look, earlier, course)
    if worse:
        found.append(Finding("worse", "warning", worse))
    found += [
        Finding(
            f"lost_{group.name}",
            "warning",
            _(
                "Beside your task, {loss}. A lower learning rate or fewer passes keep more of it.",
                loss=lost_in_words(group),
            ),
        )
        for group in look.abilities
        if group.lost
    ]
    if look.training and _by_heart(look):
        found.append(Finding("by_heart", "warning", _by_heart_words(look)))
    if look.private_out:
        found.append(Finding("private", "bad", _private(look)))
    return found


def sign_beyond_chance(differences: Sequence[float], chances: int) -> int:
    """1 or -1 where the differences lean one way by more than chance, 0 where luck explains them.

    ``chances`` is how often luck may deceive: the looks, times what the best was taken from.
    """
    total = sum(differences)
    if not differences or p_value(differences) * max(chances, 1) >= SIGNIFICANT:
        return 0
    return 1 if total > 0 else -1


def _score(look: Look, earlier: Sequence[Look], rival: Rival | None, course: Course) -> Finding:
    figure = _(
        "Answers at pass {epoch:g} of {epochs:g}: {score} on {rows} validation rows ({metric}).",
        epoch=round(look.epoch, 1),
        epochs=round(course.epochs, 1),
        score=percent(look.score),
        rows=len(look.held_out),
        metric=_(_by_row(course.metric).title),
    )
    if earlier:
        figure += " " + _("Before that: {score}.", score=percent(earlier[-1].score))
    if rival is None:
        return Finding("score", "neutral", figure)
    sign = sign_beyond_chance(look.minus(rival.by_row), course.looks)
    other = {
        "label": rival.label,
        "score": percent(rival.score),
    }
    words = {
        1: _("“{label}” has {score} on the same rows: this is better, beyond chance.", **other),
        0: _("“{label}” has {score} on the same rows: the difference could be chance.", **other),
        -1: _("“{label}” has {score} on the same rows: this is worse, beyond chance.", **other),
    }
    return Finding("score", "good" if sign > 0 else "neutral", f"{figure} {words[sign]}")


def _by_row(name: str) -> Metric:
    """The metric whose plain mean a look shows: of macro-F1, which has none, that of its rows."""
    metric = find_metric(name)
    means = (one for one in METRICS.values() if one.is_mean and one.score is metric.score)
    return metric if metric.is_mean else next(means, metric)


def _private(look: Look) -> str:
    return plural(
        "Personal data or keys of {n} training row come out of the model as it is now. Take them out "
        "of the data before anyone else gets this model.",
        "Personal data or keys of {n} training rows come out of the model as it is now. Take them out "
        "of the data before anyone else gets this model.",
        look.private_out,
    )


def _by_heart(look: Look) -> bool:
    trained = share_interval(list(look.training.values()))
    held_out = share_interval(list(look.held_out.values()))
    difference = difference_of(trained, held_out)
    return difference.low > 0 and difference.value > BY_HEART


def _by_heart_words(look: Look) -> str:
    return _(
        "It has {training} on rows that it learns from, but {score} on new ones: it learns these rows "
        "by heart. More varied rows help, more passes do not.",
        training=percent(fmean(look.training.values())),
        score=percent(look.score),
    )


def _worse_than_before(look: Look, earlier: Sequence[Look], course: Course) -> str:
    if not earlier:
        return ""
    best = max(earlier, key=lambda one: one.score)
    if sign_beyond_chance(look.minus(best.held_out), course.looks * len(earlier)) >= 0:
        return ""
    return _(
        "Its answers have become worse since pass {epoch:g} ({before} to {now}), beyond chance, "
        "although it goes on learning. Cancel it and train with fewer passes or a lower learning rate.",
        epoch=round(best.epoch, 1),
        before=percent(best.score),
        now=percent(look.score),
    )


def _too_late(
    look: Look, earlier: Sequence[Look], rival: Rival | None, course: Course
) -> list[Finding]:
    """What should have come by now and has not."""
    found = []
    if look.stopped < RARELY_STOPS:
        found.append(
            Finding(
                "endless",
                "warning",
                _(
                    "Only {share} of its answers end by themselves. Look at the tokens that it learns: "
                    "each answer must close with the end of the turn.",
                    share=percent(look.stopped),
                ),
            )
        )
    stuck = bool(earlier) and look.score <= earlier[-1].score
    if rival is not None and stuck and look.score <= rival.score:
        found.append(
            Finding(
                "no_gain",
                "warning",
                _(
                    "So far it is no better than “{label}”, which needs no training, and since the last "
                    "look nothing was gained. About {time} are left: cancel it if that is not worth the "
                    "wait. More varied rows or a larger base model may help more than further passes.",
                    label=rival.label,
                    time=duration(course.seconds_left),
                ),
            )
        )
    return found
