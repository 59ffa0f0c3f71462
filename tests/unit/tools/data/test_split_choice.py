"""The split is proposed with a reason, follows the user's word, and holds what it promises."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import DatasetInfo, SplitChoice
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import SPLITS, load_rows
from luthier.tools.data.times import recognise_times
from luthier.tools.errors import LuthierError
from luthier.tools.workspace import Workspace

Write = Callable[[str, str], Path]
SYLLABLES = ("ba", "ke", "li", "mo", "nu", "ra", "so", "ti", "vu", "we", "lan", "der", "pok", "sim")


def tickets(rows: int, customers: int, header: str = "customer_id") -> str:
    """Tickets of customers in turn, one a day; no two questions are alike."""
    lines = [f"created_at,{header},question,answer"]
    for n in range(rows):
        letters = random.Random(n).choices(SYLLABLES, k=24)
        words = " ".join("".join(letters[i : i + 3]) for i in range(0, 24, 3))
        day = f"2025-{1 + n // 28 % 12:02}-{1 + n % 28:02}"
        lines.append(f"{day},c{n % customers},{words}?,Answer {n * 7}.")
    return "\n".join(lines)


def sides(workspace: Workspace, info: DatasetInfo, source: Path) -> dict[str, set[str]]:
    """The sides on which the rows of each value of the second column lie."""
    lines = source.read_text().splitlines()
    found: dict[str, set[str]] = defaultdict(set)
    for side in SPLITS:
        for row in load_rows(workspace, info.id, side):
            found[lines[row.source.line - 1].split(",")[1]].add(side)
    return found


def test_a_repeated_customer_id_is_proposed_with_its_reason(
    workspace: Workspace, write: Write
) -> None:
    path = write("rows.csv", tickets(200, 40))
    proposed = inspect_file(path).split
    assert (proposed.method, proposed.column) == ("group", "customer_id")
    assert "40 different values in 200 rows" in proposed.reason
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    assert info.split == proposed
    assert all(len(found) == 1 for found in sides(workspace, info, path).values())
    assert (info.validation, info.test) == (20, 50)


@pytest.mark.parametrize(
    ("rows", "customers", "header"),
    [(200, 200, "customer_id"), (200, 5, "customer_id"), (200, 40, "colour")],
)
def test_what_does_not_repeat_or_names_nobody_is_not_proposed(
    write: Write, rows: int, customers: int, header: str
) -> None:
    assert (
        inspect_file(write("rows.csv", tickets(rows, customers, header))).split.method == "random"
    )


def test_the_user_may_overrule_the_proposal(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", tickets(200, 40))
    by_group = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    by_chance = prepare_dataset(
        workspace, path, None, choice=SplitChoice(method="random"), leave_out_unusable=False
    )
    assert by_chance.id != by_group.id
    assert any(len(found) > 1 for found in sides(workspace, by_chance, path).values())


def test_the_newest_rows_are_the_test(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", tickets(200, 40))
    info = prepare_dataset(
        workspace, path, None, choice=SplitChoice(method="time"), leave_out_unusable=False
    )
    assert info.split.column == "created_at"
    assert "year-month-day" in info.split.reason
    lines = path.read_text().splitlines()
    dates = {
        side: [lines[row.source.line - 1][:10] for row in load_rows(workspace, info.id, side)]
        for side in SPLITS
    }
    assert max(dates["train"]) <= min(dates["validation"])
    assert max(dates["validation"]) <= min(dates["test"])
    assert len(dates["test"]) == 50


def test_a_new_copy_of_an_old_row_is_not_tested(workspace: Workspace, write: Write) -> None:
    text = tickets(200, 40)
    old = text.splitlines()[3].split(",")
    path = write("rows.csv", f"{text}\n2025-12-30,c1,{old[2].upper()},Another answer.")
    info = prepare_dataset(
        workspace, path, None, choice=SplitChoice(method="time"), leave_out_unusable=False
    )
    assert 202 in {row.source.line for row in load_rows(workspace, info.id, "train")}


def test_groups_of_which_copies_join_nearly_all_are_kept_and_the_copies_told(
    workspace: Workspace, write: Write
) -> None:
    rows = [f"c{n % 30},Where is my order number {n}?,Answer {n}." for n in range(120)]
    rows += [f"c{n},WHERE is my order!,Reply {n}." for n in range(30)]
    path = write("rows.csv", "\n".join(["customer_id,question,answer", *rows]))
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    lines = path.read_text().splitlines()
    found: dict[str, set[str]] = defaultdict(set)
    for side in SPLITS:
        for row in load_rows(workspace, info.id, side):
            found[lines[row.source.line - 1].split(",")[0]].add(side)
    assert all(len(where) == 1 for where in found.values())
    assert info.test >= 20
    assert "near_copies_across_groups" in {problem.code for problem in info.problems}


@pytest.mark.parametrize("named", ["customer_id", "Customer ID", "customer"])
def test_a_column_is_found_by_how_people_call_it(
    workspace: Workspace, write: Write, named: str
) -> None:
    choice = SplitChoice(method="group", column=named)
    path = write("rows.csv", tickets(60, 20))
    info = prepare_dataset(workspace, path, None, choice=choice, leave_out_unusable=False)
    assert info.split.column == "customer_id"


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        (SplitChoice(method="group", column="custmer_id"), "data.unknown_column"),
        (SplitChoice(method="time", column="question"), "data.no_times"),
    ],
)
def test_a_column_that_does_not_fit_is_refused(
    workspace: Workspace, write: Write, choice: SplitChoice, code: str
) -> None:
    path = write("rows.csv", tickets(60, 20))
    with pytest.raises(LuthierError) as caught:
        prepare_dataset(workspace, path, None, choice=choice, leave_out_unusable=False)
    assert caught.value.code == code
    assert caught.value.remedy
    assert list(workspace.datasets.glob("*")) == []


def test_rows_without_a_date_train_and_are_counted(workspace: Workspace, write: Write) -> None:
    lines = tickets(100, 50).splitlines()
    lines[100] = "unknown" + lines[100][10:]
    path = write("rows.csv", "\n".join(lines))
    info = prepare_dataset(
        workspace, path, None, choice=SplitChoice(method="time"), leave_out_unusable=False
    )
    note = next(problem for problem in info.problems if problem.code == "no_split_value")
    assert note.count == 1
    assert 101 in {row.source.line for row in load_rows(workspace, info.id, "train")}


def test_a_date_column_is_offered_but_not_assumed(write: Write) -> None:
    proposed = inspect_file(write("rows.csv", tickets(100, 100))).split
    assert proposed.method == "random"
    assert "“created_at” holds dates" in proposed.reason


@pytest.mark.parametrize(
    ("texts", "words", "first"),
    [
        (["2025-03-01", "2025-03-02T08:00:00Z"], "year-month-day", 1740787200),
        (["31/01/2025", "01/02/2025"], "day/month/year", 1738281600),
        (["01/31/2025 10:00"], "month/day/year", 1738317600),
        (["1.2.2025", "2.2.2025"], "day.month.year", 1738368000),
        (["1738281600", "1738281601"], "seconds since 1970", 1738281600),
        (["1738281600000"], "milliseconds", 1738281600),
        (["2019", "2020"], "years", 1546300800),
        (["Jan 31, 2025"], "month day, year", 1738281600),
        (["Fri, 31 Jan 2025 00:00:00 +0000"], "e-mail", 1738281600),
    ],
)
def test_dates_as_exports_write_them(texts: list[str], words: str, first: float) -> None:
    times = recognise_times(texts)
    assert times is not None
    assert words in times.words
    assert times.seconds(texts[0]) == first


def test_words_are_no_dates() -> None:
    assert recognise_times(["hello", "world"]) is None
    assert recognise_times([]) is None
