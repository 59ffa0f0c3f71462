"""Whether the rows at hand allow a method, and if not, why and what would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from luthier.tools.data.model import DatasetInfo, Row
from luthier.tools.data.store import load_rows, load_unwanted
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, plural
from luthier.tools.training.methods.base import Method
from luthier.tools.workspace import Workspace

FEWEST_PAIRS = 20
"""Below this a preference is the taste of single rows."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the training rows hold: rows, pairs among them, and answers marked as not wanted."""

    rows: int
    pairs: int
    unwanted: int


def holdings(workspace: Workspace, dataset: DatasetInfo) -> Holdings:
    """Count what the training side holds."""
    rows = load_rows(workspace, dataset.id, "train")
    return holdings_of(rows, load_unwanted(workspace, dataset.id, "train"))


def holdings_of(rows: Sequence[Row], unwanted: Sequence[Row]) -> Holdings:
    """Count what these rows hold."""
    return Holdings(len(rows), sum(bool(row.rejected) for row in rows), len(unwanted))


def refuse_unfit(method: Method, held: Holdings) -> None:
    """Raise where the rows do not allow the method.

    Raises:
        LuthierError: ``method.no_pairs`` or ``method.no_marks``, with what the data would need.
    """
    if method.reads == "pairs" and held.pairs < FEWEST_PAIRS:
        raise LuthierError(
            _("Your data does not allow {method}.", method=_(method.title)),
            why=plural(
                "It learns from pairs of a better and a worse answer to the same question; {n} training "
                "row has both.",
                "It learns from pairs of a better and a worse answer to the same question; {n} training "
                "rows have both.",
                held.pairs,
            ),
            remedy=_(
                "Give a file with the columns prompt, chosen and rejected and at least a few dozen "
                "rows, or stay with LoRA, which needs answers alone."
            ),
            code="method.no_pairs",
        )
    marked = held.unwanted + held.pairs
    if method.reads == "judged" and (marked < FEWEST_PAIRS or held.rows < FEWEST_PAIRS):
        raise LuthierError(
            _("Your data does not allow {method}.", method=_(method.title)),
            why=plural(
                "It learns from wanted and unwanted answers; {n} training row holds an unwanted one.",
                "It learns from wanted and unwanted answers; {n} training rows hold an unwanted one.",
                marked,
            ),
            remedy=_(
                "Give a file with a question, an answer and a column label with true or false, both at "
                "least a few dozen times, or one with chosen and rejected answers."
            ),
            code="method.no_marks",
        )
