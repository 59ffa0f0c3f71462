"""Metrics for free text: overlap with the expected answer by words (ROUGE-L) and letters (chrF)."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from luthier.tools.data.model import Task
from luthier.tools.evaluation.metrics.base import Metric
from luthier.tools.language import mark

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")


def words(text: str) -> list[str]:
    """Lower-case words of any script; scripts without blanks give one word per character."""
    return _WORD.findall(text.casefold())


class _Words:
    """Words of any script; the scorer's own tokenizer knows only a to z and 0 to 9."""

    def tokenize(self, text: str) -> list[str]:
        return words(text)


@cache
def _rouge() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=_Words())


@cache
def _chrf() -> Any:
    from sacrebleu.metrics import CHRF

    return CHRF()


def _rouge_l(_task: Task, expected: str, answer: str) -> float:
    return float(_rouge().score(expected, answer)["rougeL"].fmeasure)


def _chrf_share(_task: Task, expected: str, answer: str) -> float:
    return float(_chrf().sentence_score(answer, [expected]).score) / 100


ROUGE_L = Metric(
    name="rouge_l",
    title=mark("ROUGE-L"),
    explanation=mark(
        "How much of the expected answer's wording comes back in the same order, without "
        "padding (Lin 2004); 100% means the same words, and good free texts often stay far "
        "below."
    ),
    score=_rouge_l,
    counts_right=False,
)

CHRF = Metric(
    name="chrf",
    title=mark("chrF"),
    explanation=mark(
        "How many short runs of letters the answer shares with the expected one, which "
        "forgives endings and works in every language (Popović 2015); 100% means the same "
        "text."
    ),
    score=_chrf_share,
    counts_right=False,
)
