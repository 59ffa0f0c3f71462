"""Pairs of answers to judge, in an order and with sides that chance decides, the same every time."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from luthier.tools.data.model import Row
from luthier.tools.data.store import load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.measure import read_predictions
from luthier.tools.evaluation.metrics.labels import tidy
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

MOST_JUDGED = 60
RATED = 12  # a dozen pairs tell a judge who agrees from one who guesses


@dataclass(frozen=True, slots=True)
class Pair:
    """Two different answers to one test row; ``tuned_first`` says whose answer is shown as A."""

    row_id: str
    prompt: str
    expected: str
    tuned: str
    other: str
    tuned_first: bool

    @property
    def shown(self) -> tuple[str, str]:
        """The answers as A and B."""
        return (self.tuned, self.other) if self.tuned_first else (self.other, self.tuned)


def pairs_of(workspace: Workspace, evaluation: Evaluation, most: int = MOST_JUDGED) -> list[Pair]:
    """Pairs on which the tuned model and the best alternative differ.

    Raises:
        LuthierError: there is no tuned model in it, or its answers are gone.
    """
    comparison = evaluation.comparison
    tuned, other = evaluation.arm("tuned"), None
    if comparison:
        other = evaluation.arm(comparison.best_alternative)
    if tuned is None or other is None:
        raise LuthierError(
            _("There are no two answers to compare yet."),
            remedy=_("Measure the tuned model first."),
            code="journey.not_yet",
        )
    rows = {row.id: row for row in load_rows(workspace, evaluation.dataset_id, "test")}
    mine = {one.row_id: one.answer for one in read_predictions(Path(tuned.predictions_file))}
    theirs = {one.row_id: one.answer for one in read_predictions(Path(other.predictions_file))}
    if not mine or not theirs:
        raise LuthierError(
            _("The answers of this evaluation are not there any more."),
            remedy=_("Measure again; nothing is generated twice."),
            place=tuned.predictions_file,
            code="evaluation.answers_gone",
        )
    shared = [row_id for row_id in mine if row_id in theirs and row_id in rows]
    different = [one for one in shared if tidy(mine[one]) != tidy(theirs[one])]
    chance = random.Random(evaluation.id)
    chance.shuffle(different)
    return [_pair(evaluation, rows[one], mine[one], theirs[one]) for one in different[:most]]


def _pair(evaluation: Evaluation, row: Row, tuned: str, other: str) -> Pair:
    side = hashlib.blake2b(f"{evaluation.id}\n{row.id}".encode(), digest_size=1).digest()[0]
    return Pair(
        row_id=row.id,
        prompt=row.prompt[-1].content if row.prompt else "",
        expected=row.completion,
        tuned=tuned,
        other=other,
        tuned_first=side % 2 == 0,
    )


def next_to_rate(pairs: Sequence[Pair], evaluation: Evaluation) -> tuple[int, Pair] | None:
    """The first of the dozen that the user has not rated, with its number from 1; None: all done."""
    rated = {one.row_id for one in evaluation.rated}
    dozen = list(enumerate(pairs[:RATED], 1))
    return next(((number, pair) for number, pair in dozen if pair.row_id not in rated), None)
