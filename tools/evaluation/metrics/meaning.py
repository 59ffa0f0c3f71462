"""Likeness of meaning by embeddings: the cosine of answer and expected answer around their centre."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luthier.tools.evaluation.metrics.base import Asked, Bound, Metric, Standards
from luthier.tools.language import _, mark

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST_TEXTS = 10  # fewer have no centre worth the name


def _meaning(standards: Standards) -> Bound | None:
    embed = standards.embed
    if embed is None or len(standards.answers) < FEWEST_TEXTS:
        return None
    sample = sorted(standards.answers)[:200]
    centres: list[NDArray[Any]] = []
    known: dict[str, NDArray[Any]] = {}

    def score(asked: Sequence[Asked]) -> list[float]:
        import numpy as np

        if not centres:
            centres.append(embed(sample).mean(axis=0))
        texts = list(dict.fromkeys(text for one in asked for text in (one.expected, one.answer)))
        missing = [text for text in texts if text not in known]
        if missing:
            vectors = embed(missing) - centres[0]
            known.update(zip(missing, vectors, strict=True))
        found = []
        for one in asked:
            first, second = known[one.expected], known[one.answer]
            lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
            same = one.expected == one.answer
            cosine = float(first @ second) / lengths if lengths > 1e-9 else float(same)
            found.append(min(max(cosine, 0.0), 1.0))
        return found

    return Bound(score, _goes_by(standards.plan.encoder))


def _goes_by(encoder: str) -> str:
    if not encoder:
        return ""
    return _("Likeness of meaning goes by the sentence encoder “{name}”.", name=Path(encoder).name)


MEANING = Metric(
    name="meaning",
    title=mark("likeness of meaning"),
    explanation=mark(
        "How close answer and expected answer lie in embeddings (the base model's, or those of the "
        "sentence encoder you named), whatever their wording; unrelated texts are near 0%."
    ),
    bind=_meaning,
    counts_right=False,
)
