"""How many tokens the rows of a data set have for any model, with a histogram and the sums that cost."""

from __future__ import annotations

from itertools import islice

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.data.model import Lineage, SplitName
from luthier.tools.data.places import line_of
from luthier.tools.data.store import SPLITS, iterate_rows, load_dataset
from luthier.tools.language import _
from luthier.tools.models.counters import Counter
from luthier.tools.models.learning import LengthBar, Quantiles, length_histogram, quantiles
from luthier.tools.progress import Progress, silent
from luthier.tools.views import Bars, Table, View
from luthier.tools.workspace import Workspace

_CHUNK = 500


class SplitTokens(BaseModel):
    """One side of the split."""

    model_config = ConfigDict(frozen=True)

    split: SplitName
    rows: int
    tokens: int = Field(
        description="of all rows together; one epoch of the training rows reads them"
    )
    learned: int = Field(description="of these, the answers with their ends")
    lengths: Quantiles
    longest_line: int = Field(description="source line of the longest row")
    longest_row: int = Field(default=0, description="its number, where the line holds several")


class TokenStatistics(BaseModel):
    """Tokens of a data set for one model; ``exact`` is False where ``how`` is an estimate."""

    model_config = ConfigDict(frozen=True)

    dataset_id: str
    model: str
    exact: bool
    how: str
    splits: tuple[SplitTokens, ...]
    histogram: tuple[LengthBar, ...] = Field(description="lengths of the training rows")


def token_statistics(
    workspace: Workspace, dataset_id: str, counter: Counter, progress: Progress = silent
) -> TokenStatistics:
    """Count every row; memory stays at a few bytes per row.

    Raises:
        LuthierError: the data set is missing or damaged.
    """
    info = load_dataset(workspace, dataset_id)
    total, done = info.train + info.validation + info.test, 0
    splits: list[SplitTokens] = []
    histogram: tuple[LengthBar, ...] = ()
    for split in SPLITS:
        lengths: list[int] = []
        learned, longest = 0, (0, 0, 0)
        stream = iterate_rows(workspace, info.id, split)
        while rows := list(islice(stream, _CHUNK)):
            for row, count in zip(rows, counter.count(rows), strict=True):
                lengths.append(count.whole)
                learned += count.learned
                longest = max(longest, (count.whole, -row.source.line, -row.source.row))
            done += len(rows)
            progress(_("Counting tokens"), done, total)
        values = np.array(lengths or [0])
        splits.append(
            SplitTokens(
                split=split,
                rows=len(lengths),
                tokens=int(values.sum()),
                learned=learned,
                lengths=quantiles(values),
                longest_line=-longest[1],
                longest_row=-longest[2],
            )
        )
        if split == "train":
            histogram = length_histogram(values)
    return TokenStatistics(
        dataset_id=info.id,
        model=counter.name,
        exact=counter.exact,
        how=counter.how,
        splits=tuple(splits),
        histogram=histogram,
    )


def _longest(side: SplitTokens) -> str:
    return line_of(Lineage(file="", line=side.longest_line, row=side.longest_row))


def token_views(found: TokenStatistics) -> tuple[View, ...]:
    """The table of the sides and the histogram of the training rows."""
    about = "" if found.exact else "≈ "
    return (
        Table(
            title=_("Tokens for {model}", model=found.model),
            columns=(
                _("part"),
                _("rows"),
                _("tokens"),
                _("learned"),
                _("half up to"),
                _("95% up to"),
                _("longest"),
            ),
            rows=tuple(
                (
                    side.split,
                    f"{side.rows:,}",
                    f"{about}{side.tokens:,}",
                    f"{about}{side.learned:,}",
                    f"{about}{side.lengths.median:,}",
                    f"{about}{side.lengths.p95:,}",
                    f"{about}{side.lengths.high:,} ({_longest(side)})",
                )
                for side in found.splits
            ),
            notes=(_sentence(found.how),),
        ),
        Bars(
            title=_("Length of the training rows in tokens"),
            labels=tuple(f"{bar.low}–{bar.high}" for bar in found.histogram),
            values=tuple(float(bar.rows) for bar in found.histogram),
            unit=_("rows"),
        ),
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
