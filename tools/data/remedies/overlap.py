"""Questions of an evaluation left out of the training rows."""

from __future__ import annotations

from collections.abc import Iterable

from luthier.tools.data.checks.general_questions import asks_general_question
from luthier.tools.data.model import Row
from luthier.tools.data.remedies.base import MendRow, Remedy, leave_out
from luthier.tools.language import mark


def without_overlap(rows: Iterable[Row], setting: str) -> MendRow:
    """Learn which rows ask what the file named by ``setting`` asks, or nearly so.

    Raises:
        LuthierError: that file cannot be read.
    """
    from luthier.tools.data.held_out import held_out_by

    overlap = held_out_by(setting).check()
    for row in rows:
        overlap.see(row)
    near = {row.id for row in overlap.near()}
    return lambda row: None if row.id in near or overlap.is_equal(row) else row


REMEDIES = (
    Remedy(
        name="remove_overlap",
        label=mark("leave out questions that the evaluation asks"),
        mends=("overlap_with_evaluation",),
        automatic=False,
        learn=without_overlap,
    ),
    Remedy(
        name="remove_general_questions",
        label=mark("leave out questions by which general ability is tested"),
        mends=("overlap_with_general_questions",),
        automatic=False,
        learn=leave_out(asks_general_question),
    ),
)
