"""Splits: sizes, determinism, labels in proportion, copies on one side, plain refusals."""

from __future__ import annotations

from collections import Counter

import pytest
from fakes.placing import Item, place

from luthier.tools.data.split import Sizes, choose_sizes, sizes_from
from luthier.tools.errors import LuthierError


def items(count: int, labels: int = 0, group_size: int = 1) -> list[Item]:
    return [
        Item(n * 7919, n // group_size, f"label {n % labels}" if labels else "")
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("rows", "validation", "test"),
    [
        (3, 1, 1),
        (10, 1, 2),
        (40, 4, 10),
        (100, 10, 25),
        (300, 30, 75),
        (400, 40, 100),
        (1000, 100, 100),
        (1500, 100, 150),
        (5000, 100, 200),
        (1_000_000, 100, 200),
    ],
)
def test_sizes_chosen_from_the_number_of_rows(rows: int, validation: int, test: int) -> None:
    sizes = choose_sizes(rows)
    assert (sizes.validation, sizes.test) == (validation, test)
    assert str(test) in sizes.reason


def test_many_labels_get_three_tests_each() -> None:
    assert choose_sizes(10_000, labels=77).test == 231


def test_the_users_shares_are_kept() -> None:
    sizes = sizes_from((0.8, 0.1, 0.1), 1000)
    assert (sizes.validation, sizes.test) == (100, 100)
    assert sizes_from((0.5, 0.25, 0.25), 4).test == 1


@pytest.mark.parametrize("shares", [(0.5, 0.1, 0.1), (1.2, -0.1, -0.1), (0.9, 0.2, 0.2)])
def test_shares_that_are_no_shares_are_refused(shares: tuple[float, float, float]) -> None:
    with pytest.raises(LuthierError) as caught:
        sizes_from(shares, 100)
    assert caught.value.code == "data.bad_fractions"
    assert caught.value.place == "fractions"


@pytest.mark.parametrize("rows", [3, 4, 7, 10, 57, 300, 2000])
def test_sizes_are_met_exactly_without_copies(rows: int) -> None:
    sizes = choose_sizes(rows)
    sides = Counter(place(items(rows), sizes, seed=13))
    assert (sides["validation"], sides["test"]) == (sizes.validation, sizes.test)
    assert sides["train"] == rows - sizes.validation - sizes.test


def test_the_same_seed_gives_the_same_split_and_another_another() -> None:
    rows, sizes = items(200), Sizes(20, 20, "")
    assert place(rows, sizes, 13) == place(rows, sizes, 13)
    assert place(rows, sizes, 13) != place(rows, sizes, 14)


def test_the_order_of_the_file_does_not_matter() -> None:
    rows, sizes = items(200, labels=4), Sizes(20, 20, "")
    forward = dict(zip([r.id for r in rows], place(rows, sizes, 13), strict=True))
    turned = rows[::-1]
    backward = dict(zip([r.id for r in turned], place(turned, sizes, 13), strict=True))
    assert forward == backward


def test_labels_are_tested_in_proportion() -> None:
    rows = [Item(n, n, "rare" if n % 10 == 0 else "common") for n in range(400)]
    sides = place(rows, Sizes(40, 100, ""), 13)
    tested = Counter(r.stratum for r, side in zip(rows, sides, strict=True) if side == "test")
    assert tested == {"rare": 10, "common": 90}


def test_every_label_is_tested_where_the_test_is_large_enough() -> None:
    rows = items(2000, labels=77)
    sides = place(rows, choose_sizes(2000, 77), 13)
    tested = {r.stratum for r, side in zip(rows, sides, strict=True) if side == "test"}
    assert len(tested) == 77


@pytest.mark.parametrize("group_size", [2, 3, 5, 40])
def test_groups_stay_whole(group_size: int) -> None:
    rows = items(400, labels=3, group_size=group_size)
    sides = place(rows, choose_sizes(400), 13)
    side_of: dict[int, set[str]] = {}
    for row, side in zip(rows, sides, strict=True):
        side_of.setdefault(row.group, set()).add(side)
    assert all(len(found) == 1 for found in side_of.values())
    assert set(sides) == {"train", "validation", "test"}


def test_one_huge_group_trains() -> None:
    rows = [Item(n, 0 if n < 90 else n) for n in range(100)]
    sides = place(rows, choose_sizes(100), 13)
    assert set(sides[:90]) == {"train"}
    assert set(sides[90:]) >= {"validation", "test"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (items(1), "only 1 usable row"),
        (items(2), "only 2 usable rows"),
        (items(50, group_size=50), "one question"),
        (items(50, group_size=25), "only 2 questions"),
    ],
)
def test_too_few_rows_are_refused_with_a_way_out(rows: list[Item], said: str) -> None:
    with pytest.raises(LuthierError) as caught:
        place(rows, Sizes(1, 1, ""), 13)
    assert caught.value.code == "data.too_few_rows"
    assert said in caught.value.what
    assert "Add rows" in caught.value.remedy
