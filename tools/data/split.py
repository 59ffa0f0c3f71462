"""Which rows train, validate and test: frozen by content and seed, near-copies kept together.

Every group (near-copies, or all rows of one customer or document) goes to one side as a whole.
Drawn by chance, groups are ordered by a hash of the seed and their content, so the order of the file
does not matter and a row added later moves few others; label tasks are drawn label by label, so that
rare labels are tested too. By time, the newest rows are the test.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luthier.tools.data.model import SplitName
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, plural

FEWEST = 3  # rows, so that each side has one
_TEST_ENOUGH = 100  # rows; the 95 % interval of a share is then at most ±10 points
_TEST_MOST = 200  # rows; beyond, a CPU spends its time answering rather than training
_VALIDATION_MOST = 100


@dataclass(frozen=True, slots=True)
class Items:
    """The rows to be placed, as columns of equal length, so that millions of them fit into memory.

    Attributes:
        ids: content ids, as numbers.
        groups: a number per row; rows that share one stay on one side.
        strata: index into ``labels`` per row.
        labels: what the strata are called; one empty text where there are none.
        times: seconds per row, NaN where unknown; None where the split is drawn by chance.
    """

    ids: NDArray[np.uint64]
    groups: NDArray[np.int64]
    strata: NDArray[np.int32]
    labels: tuple[str, ...] = ("",)
    times: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many rows validate and test, and why; the rest train."""

    validation: int
    test: int
    reason: str


def choose_sizes(rows: int, labels: int = 0) -> Sizes:
    """Sizes for ``rows`` usable rows: enough tests to decide, most rows to learn from.

    A quarter is tested until that makes 100 rows, then a tenth where that is more, up to 200 (or
    three for each label); a tenth validates, up to 100.
    """
    most = max(_TEST_MOST, 3 * labels)
    test = min(most, max(min(round(0.25 * rows), _TEST_ENOUGH), round(0.1 * rows)))
    if rows < 40:
        test = max(1, round(0.2 * rows))
    validation = min(_VALIDATION_MOST, max(1, round(0.1 * rows)))
    if test >= _TEST_ENOUGH:
        why = plural(
            "{n} test row is enough to tell a difference of about ten points from chance",
            "{n} test rows are enough to tell a difference of about ten points from chance",
            test,
        )
    else:
        why = plural(
            "{n} test row of {rows}: more would leave too few to learn",
            "{n} test rows of {rows}: more would leave too few to learn",
            test,
            rows=rows,
        )
    return Sizes(validation, test, why)


def size_missed(made: int, planned: int) -> str:
    """Why another number of rows is tested than was planned, for the place of ``Sizes.reason``."""
    return plural(
        "{n} test row instead of the {planned} planned: rows that belong together stay on one side",
        "{n} test rows instead of the {planned} planned: rows that belong together stay on one side",
        made,
        planned=planned,
    )


def sizes_from(fractions: tuple[float, float, float], rows: int) -> Sizes:
    """Sizes for the user's own fractions, at least one row each.

    Raises:
        LuthierError: the fractions are not shares of one whole.
    """
    total = sum(fractions)
    if len(fractions) != 3 or min(fractions) < 0 or not 0.98 <= total <= 1.02:
        raise LuthierError(
            _("The shares of training, validation and test must add up to 1."),
            why=_(
                "They are {fractions}.", fractions=", ".join(f"{share:g}" for share in fractions)
            ),
            remedy=_("Give three shares such as 0.8, 0.1 and 0.1."),
            place="fractions",
            code="data.bad_fractions",
        )
    return Sizes(
        max(1, round(fractions[1] * rows)), max(1, round(fractions[2] * rows)), _("as you chose")
    )


def split(
    items: Items, sizes: Sizes, seed: int, *, large_groups: bool = False
) -> NDArray[np.uint8]:
    """The side of each item as an index into :data:`SIDES`, in order.

    Sizes are met as closely as whole groups allow. By chance, a group larger than a quarter of a
    side trains, unless ``large_groups`` lets it fill the side. By time, the groups whose oldest row
    is newest are tested, so that no test row has an older copy among the training rows.

    Raises:
        LuthierError: fewer than three rows, or fewer than three groups of near-copies.
    """
    groups = _Groups(items, seed)
    if len(groups) < FEWEST:
        raise too_few(len(items), len(groups))
    free = groups.in_time() if items.times is not None else groups.by_chance()
    side_of_group = np.zeros(len(groups), dtype=np.uint8)
    for side, wanted in ((2, sizes.test), (1, sizes.validation)):
        most = len(free) - side  # groups that this and the next side leave for the others
        if items.times is not None:
            chosen = groups.fill(free, wanted, most)
        else:
            largest = wanted if large_groups else max(1, wanted // 4)
            chosen = groups.draw(free, wanted, most, largest)
        side_of_group[chosen] = side
        free = free[side_of_group[free] == 0]
    return side_of_group[groups.of_row]


SIDES: tuple[SplitName, ...] = ("train", "validation", "test")


class _Groups:
    """The groups of the rows, numbered by first appearance."""

    def __init__(self, items: Items, seed: int) -> None:
        self._items = items
        self._seed = seed
        _, first, of_row, sizes = np.unique(
            items.groups, return_index=True, return_inverse=True, return_counts=True
        )
        self.of_row = of_row
        self.sizes = sizes
        self._strata = items.strata[first]

    def __len__(self) -> int:
        return len(self.sizes)

    def by_chance(self) -> NDArray[np.int64]:
        """Group numbers in order of a hash of the seed and the smallest id of the group."""
        smallest = np.full(len(self), np.iinfo(np.uint64).max, dtype=np.uint64)
        np.minimum.at(smallest, self.of_row, self._items.ids)
        seed, hashed = self._seed, hashlib.blake2b
        drawn = b"".join(
            [hashed(b"%d:%016x" % (seed, n), digest_size=16).digest() for n in smallest.tolist()]
        )
        halves = np.frombuffer(drawn, dtype=">u8").reshape(-1, 2)
        return np.lexsort((halves[:, 1], halves[:, 0]))

    def in_time(self) -> NDArray[np.int64]:
        """Group numbers, those first whose oldest row is newest; unknown times come last."""
        assert self._items.times is not None
        oldest = np.full(len(self), np.inf)
        np.minimum.at(oldest, self.of_row, np.nan_to_num(self._items.times, nan=-np.inf))
        drawn = self.by_chance()  # decides between equal times
        return drawn[np.argsort(-oldest[drawn], kind="stable")]

    def fill(self, free: NDArray[np.int64], wanted: int, most: int) -> list[int]:
        """The first groups of ``free`` up to ``wanted`` rows; at least one."""
        chosen: list[int] = []
        size = 0
        for group in free[: max(1, most)].tolist():
            if chosen and size + self.sizes[group] > wanted:
                break
            chosen.append(group)
            size += int(self.sizes[group])
        return chosen

    def draw(self, free: NDArray[np.int64], wanted: int, most: int, largest: int) -> list[int]:
        """Groups for one side: by label quota first, then whatever fits; at least one."""
        quotas = self._quotas(free, wanted)
        fitting = free[self.sizes[free] <= largest].tolist()
        chosen: dict[int, None] = {}
        size = 0
        for by_quota in (True, False):
            for group in fitting:
                if len(chosen) >= most or size >= wanted:
                    break
                rows, stratum = int(self.sizes[group]), int(self._strata[group])
                if group in chosen or size + rows > wanted or (by_quota and quotas[stratum] < rows):
                    continue
                quotas[stratum] -= rows
                chosen[group] = None
                size += rows
        return list(chosen) or [int(free[np.argmin(self.sizes[free])])]

    def _quotas(self, free: NDArray[np.int64], wanted: int) -> Counter[int]:
        """How many of the ``wanted`` rows each label gets: its share, largest remainders first."""
        inside = np.zeros(len(self), dtype=bool)
        inside[free] = True
        labels = self._items.labels
        counts = np.bincount(self._items.strata[inside[self.of_row]], minlength=len(labels))
        total = int(counts.sum())
        exact = {code: wanted * int(rows) / total for code, rows in enumerate(counts) if rows}
        quotas = Counter({code: int(share) for code, share in exact.items()})
        missing = wanted - sum(quotas.values())
        by_remainder = sorted(exact, key=lambda code: (quotas[code] - exact[code], labels[code]))
        for code in by_remainder[:missing]:
            quotas[code] += 1
        return quotas


def join_groups(groups: NDArray[np.int64], keys: Sequence[int]) -> NDArray[np.int64]:
    """``groups`` with rows of the same key (0: none) joined, also through others."""
    parent = list(range(len(groups)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for column in (groups.tolist(), keys):
        first: dict[int, int] = {}
        for index, key in enumerate(column):
            if column is keys and not key:
                continue
            one, other = root(first.setdefault(key, index)), root(index)
            parent[max(one, other)] = min(one, other)
    return np.array([root(index) for index in range(len(groups))], dtype=np.int64)


def too_few(rows: int, groups: int) -> LuthierError:
    """The refusal of rows that cannot fill three splits; ``groups`` holds near-copies together."""
    if rows >= FEWEST:
        what = plural(
            "The {rows} rows are near-copies of one question.",
            "The {rows} rows are near-copies of only {n} questions.",
            groups,
            rows=rows,
        )
        why = _("Rows that nearly repeat one another must stay on one side of the split.")
    else:
        what = plural("There is only {n} usable row.", "There are only {n} usable rows.", rows)
        why = _("Training, validation and test need at least one row each.")
    return LuthierError(
        what,
        why=why,
        remedy=_(
            "Add rows with other questions: three are the least, 50 a start, a few hundred give "
            "a result you can measure."
        ),
        code="data.too_few_rows",
    )
