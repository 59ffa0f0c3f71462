"""Which real rows to show: where the tuned model won, where it lost, or what the arms answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from luthier.tools.data.model import Row
from luthier.tools.evaluation.model import ArmName, Duel, Prediction

SHOWN = 3
LONGEST_TEXT = 1_500

Answered = Mapping[ArmName, Sequence[Prediction]]


def pick_duels(
    metric: str, rows: Sequence[Row], answered: Answered, alternative: ArmName
) -> tuple[Duel, ...]:
    """A few rows worth looking at; every arm's predictions are in the order of ``rows``.

    With a tuned arm these are its clearest wins and losses against ``alternative``, otherwise one
    right and two wrong answers of ``alternative``, as far as there are any.
    """
    if "tuned" not in answered:
        right = [p.scores[metric] == 1.0 for p in answered[alternative]]
        chosen = _first(right, True, 1) + _first(right, False, SHOWN - 1)
        return tuple(_duel(metric, rows, answered, index, "example") for index in chosen)
    pairs = zip(answered["tuned"], answered[alternative], strict=True)
    gains = [tuned.scores[metric] - other.scores[metric] for tuned, other in pairs]
    by_gain = sorted(range(len(gains)), key=lambda index: -gains[index])
    wins = [index for index in by_gain if gains[index] > 0][:SHOWN]
    losses = [index for index in reversed(by_gain) if gains[index] < 0][:SHOWN]
    return tuple(
        [_duel(metric, rows, answered, index, "win") for index in wins]
        + [_duel(metric, rows, answered, index, "loss") for index in losses]
    )


def _first(right: Sequence[bool], wanted: bool, number: int) -> list[int]:
    return [index for index, value in enumerate(right) if value is wanted][:number]


def _duel(metric: str, rows: Sequence[Row], answered: Answered, index: int, outcome: str) -> Duel:
    row = rows[index]
    return Duel.model_validate(
        {
            "row_id": row.id,
            "outcome": outcome,
            "prompt": _shortened(row.prompt[-1].content if row.prompt else ""),
            "expected": _shortened(row.completion),
            "answers": [(arm, _shortened(found[index].answer)) for arm, found in answered.items()],
            "scores": [(arm, found[index].scores[metric]) for arm, found in answered.items()],
        }
    )


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + " …"
