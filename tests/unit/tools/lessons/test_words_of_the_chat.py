"""Every word that the chat puts before the user can be asked about."""

from __future__ import annotations

import pytest

from luthier.tools.evaluation.metrics import METRICS
from luthier.tools.lessons.search import search_lessons
from luthier.tools.training.plan_fields import FIELDS

WITHOUT_A_LESSON = {"name"}
"""Settings that explain themselves."""


@pytest.mark.parametrize("label", [field.label for field in FIELDS])
def test_settings(label: str) -> None:
    if label not in WITHOUT_A_LESSON:
        assert search_lessons(f"what is {label}?"), label


@pytest.mark.parametrize("title", [metric.title for metric in METRICS.values()])
def test_metrics(title: str) -> None:
    assert search_lessons(title), title


@pytest.mark.parametrize(
    "word",
    [
        "held-out split",
        "few-shot",
        "retrieval",
        "baseline",
        "pre-flight",
        "validation loss",
        "tokens per second",
        "your data seen 3 times",
        "watchdog",
        "early stopping",
        "best checkpoint",
        "adapter",
        "trained tokens",
        "cut answer",
        "end token",
        "near copies",
        "duplicates",
        "seed",
        "mapping",
        "verdict",
        "paired bootstrap",
        "95% interval",
        "tokens per request",
        "model card",
        "plan file",
        "session",
        "starter model",
        "base model",
        "side by side with the base model",
        "memory estimate",
        "answers that stop by themselves",
        "criterion",
        "use case",
        "alternatives",
        "costs",
        "benefits",
    ],
)
def test_words_of_the_journey(word: str) -> None:
    assert search_lessons(word), word
