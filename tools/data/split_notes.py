"""What the user should know of a split that was made: copies that could not stay on one side, gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from luthier.tools.data.model import Problem, SplitChoice
from luthier.tools.data.near_copies import MOST_PROMPTS
from luthier.tools.data.staging import StagedRows
from luthier.tools.language import _


def in_groups(groups: NDArray[np.int64]) -> int:
    """How many rows share their group with another."""
    sizes = np.unique(groups, return_counts=True)[1]
    return int(sizes[sizes > 1].sum())


def split_notes(
    rows: StagedRows, choice: SplitChoice, sides: NDArray[np.uint8]
) -> tuple[Problem, ...]:
    """Findings on the split itself; none of them leaves a row out."""
    notes: list[Problem] = []
    if not rows.prompts.is_complete:
        notes.append(
            Problem(
                code="near_copies_not_compared",
                severity="note",
                message=_(
                    "Above {most:,} rows, only questions that are equal but for case and "
                    "punctuation are kept on one side; looser copies are not looked for.",
                    most=MOST_PROMPTS,
                ),
                count=len(rows),
            )
        )
    across = _across(rows.near, sides) if rows.is_by_column_alone else 0
    if across:
        notes.append(
            Problem(
                code="near_copies_across_groups",
                severity="warns",
                message=_(
                    "Test or validation rows nearly repeat training rows of another “{column}”: keeping "
                    "both together would leave nothing to test on.",
                    column=choice.column,
                ),
                remedy=_("Leave near-copies out of the file, or split without this column."),
                count=across,
            )
        )
    if rows.without_key:
        notes.append(
            Problem(
                code="no_split_value",
                severity="note",
                message=_(
                    "These rows have no readable date in “{column}”; they train.",
                    column=choice.column,
                )
                if choice.method == "time"
                else _(
                    "These rows have no readable value in “{column}”; each of them stands alone.",
                    column=choice.column,
                ),
                remedy=_("Fill them in if you can."),
                count=rows.without_key,
            )
        )
    return tuple(notes)


def _across(near: NDArray[np.int64], sides: NDArray[np.uint8]) -> int:
    """Held-out rows with a near-copy among the training rows."""
    trained = np.unique(near[sides == 0])
    return int(np.isin(near[sides != 0], trained).sum())
