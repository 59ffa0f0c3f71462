"""Which rows train, validate and test: frozen by content and seed, near-copies kept together.

Every group of near-copies goes to one side as a whole. Groups are ordered by a hash of the seed and
their content, so the order of the file does not matter and a row added later moves few others.
Label tasks are drawn label by label, so that rare labels are tested too.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from luthier.tools.data.model import SplitName
from luthier.tools.errors import LuthierError

FEWEST = 3  # rows, so that each side has one
_TEST_ENOUGH = 100  # rows; the 95 % interval of a share is then at most ±10 points
_TEST_MOST = 200  # rows; beyond, a CPU spends its time answering rather than training
_VALIDATION_MOST = 100


@dataclass(frozen=True, slots=True)
class Item:
    """A row to be placed: content id, group of near-copies, and label ("" where there is none)."""

    id: str
    group: int
    stratum: str = ""


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
        why = f"{test} test rows are enough to tell a difference of about ten points from chance"
    else:
        why = (
            f"{test} test row{'s' if test > 1 else ''} of {rows}: more would leave too few to learn"
        )
    return Sizes(validation, test, why)


def sizes_from(fractions: tuple[float, float, float], rows: int) -> Sizes:
    """Sizes for the user's own fractions, at least one row each.

    Raises:
        LuthierError: the fractions are not shares of one whole.
    """
    total = sum(fractions)
    if len(fractions) != 3 or min(fractions) < 0 or not 0.98 <= total <= 1.02:
        raise LuthierError(
            "The shares of training, validation and test must add up to 1.",
            why=f"They are {', '.join(f'{share:g}' for share in fractions)}.",
            remedy="Give three shares such as 0.8, 0.1 and 0.1.",
            place="fractions",
            code="data.bad_fractions",
        )
    return Sizes(
        max(1, round(fractions[1] * rows)), max(1, round(fractions[2] * rows)), "as you chose"
    )


def split(items: Sequence[Item], sizes: Sizes, seed: int) -> list[SplitName]:
    """The side of each item, in order; sizes are met as closely as whole groups allow.

    Raises:
        LuthierError: fewer than three rows, or fewer than three groups of near-copies.
    """
    groups: dict[int, list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        groups[item.group].append(index)
    if len(groups) < FEWEST:
        raise _too_few(len(items), len(groups))
    order = sorted(groups.values(), key=lambda members: _draw(items, members, seed))
    sides: list[SplitName] = ["train"] * len(items)
    free = order
    for name, wanted in (("test", sizes.test), ("validation", sizes.validation)):
        reserve = 2 if name == "test" else 1  # groups that the other sides still need
        chosen = _choose(items, free, wanted, reserve)
        taken = {id(members) for members in chosen}
        free = [members for members in free if id(members) not in taken]
        for members in chosen:
            for index in members:
                sides[index] = name  # type: ignore[call-overload]
    return sides


def _choose(
    items: Sequence[Item], groups: Sequence[list[int]], wanted: int, reserve: int
) -> list[list[int]]:
    """Groups for one side: by label quota first, then whatever fits; at least one."""
    total = sum(map(len, groups))
    most = len(groups) - reserve
    fitting = [members for members in groups if len(members) <= max(1, wanted // 4)]
    quotas = _quotas(items, groups, wanted, total)
    chosen: list[list[int]] = []
    size = 0
    for by_quota in (True, False):
        for members in fitting:
            if len(chosen) >= most or size >= wanted:
                break
            stratum = items[members[0]].stratum
            if size + len(members) > wanted:
                continue
            if by_quota and quotas[stratum] < len(members):
                continue
            quotas[stratum] -= len(members)
            chosen.append(members)
            size += len(members)
        fitting = _without(fitting, chosen)
    return chosen or [min(groups, key=len)]


def _without(groups: Sequence[list[int]], chosen: Sequence[list[int]]) -> list[list[int]]:
    taken = {id(members) for members in chosen}
    return [members for members in groups if id(members) not in taken]


def _quotas(
    items: Sequence[Item], groups: Sequence[list[int]], wanted: int, total: int
) -> Counter[str]:
    """How many of the ``wanted`` rows each label gets: its share, largest remainders first."""
    counts = Counter(items[index].stratum for members in groups for index in members)
    exact = {label: wanted * count / total for label, count in counts.items()}
    quotas = Counter({label: int(share) for label, share in exact.items()})
    missing = wanted - sum(quotas.values())
    by_remainder = sorted(exact, key=lambda label: (quotas[label] - exact[label], label))
    for label in by_remainder[:missing]:
        quotas[label] += 1
    return quotas


def _draw(items: Sequence[Item], members: Sequence[int], seed: int) -> bytes:
    first = min(items[index].id for index in members)
    return hashlib.blake2b(f"{seed}:{first}".encode(), digest_size=16).digest()


def _too_few(rows: int, groups: int) -> LuthierError:
    if rows >= FEWEST:
        kinds = "one question" if groups == 1 else f"only {groups} questions"
        what = f"The {rows} rows are near-copies of {kinds}."
        why = "Rows that nearly repeat one another must stay on one side of the split."
    else:
        what = f"There {'is' if rows == 1 else 'are'} only {rows} usable row{'s' * (rows != 1)}."
        why = "Training, validation and test need at least one row each."
    return LuthierError(
        what,
        why=why,
        remedy="Add rows with other questions: three are the least, 50 a start, "
        "a few hundred give a result you can measure.",
        code="data.too_few_rows",
    )
