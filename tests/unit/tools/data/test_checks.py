"""Findings on usable rows: said with count, place, example and remedy; none leaves a row out."""

from __future__ import annotations

import pytest

from luthier.tools.data.checks.registry import CHECKS
from luthier.tools.data.findings import CATALOGUE
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Inspection, Problem
from tests.unit.tools.data.conftest import Write


def inspect_pairs(write: Write, pairs: list[tuple[str, str]]) -> Inspection:
    text = "question\tanswer\n" + "".join(f"{q}\t{a}\n" for q, a in pairs)
    return inspect_file(write("x.tsv", text))


def problem(found: Inspection, code: str) -> Problem:
    return next(p for p in found.problems if p.code == code)


def test_clean_data_has_no_findings(write: Write) -> None:
    assert inspect_pairs(write, [(f"q {n}", f"a {n}") for n in range(120)]).problems == ()


def test_exact_duplicates_are_counted_apart(write: Write) -> None:
    found = inspect_pairs(write, [("a", "1"), ("b", "2"), (" a ", "1 "), ("a", "1"), ("a", "2")])
    assert (found.rows_in, found.usable, found.duplicates, found.left_out) == (5, 3, 2, 0)


def test_contradictory_labels_are_a_warning_with_their_lines(write: Write) -> None:
    pairs = [(f"text {n}", "spam" if n % 2 else "ham") for n in range(30)]
    found = inspect_pairs(write, [*pairs, ("text 0", "spam"), ("text 2", "spam")])
    finding = problem(found, "contradictions")
    assert (finding.severity, finding.count, finding.lines) == ("warns", 2, (32, 33))
    assert finding.example == "text 0"
    assert not finding.leaves_out


def test_several_answers_to_one_question_are_fine_for_free_text(write: Write) -> None:
    pairs = [(f"text {n}", f"some free words {n}") for n in range(30)]
    found = inspect_pairs(write, [*pairs, ("text 0", "other words")])
    assert problem(found, "contradictions").severity == "note"


def test_the_same_answer_everywhere(write: Write) -> None:
    found = inspect_pairs(write, [(f"q {n}", "yes") for n in range(30)])
    finding = problem(found, "constant_answer")
    assert (finding.count, finding.example) == (30, "yes")


def test_all_rows_identical(write: Write) -> None:
    found = inspect_pairs(write, [("q", "a")] * 30)
    assert (found.usable, found.duplicates) == (1, 29)
    assert problem(found, "all_identical").severity == "blocks"


@pytest.mark.parametrize(
    ("rows", "severity", "said"),
    [(1, "warns", "Only 1 usable row."), (10, "warns", "no facts"), (60, "note", "chance")],
)
def test_few_rows_are_judged_honestly(write: Write, rows: int, severity: str, said: str) -> None:
    found = inspect_pairs(write, [(f"q {n}", f"a {n}") for n in range(rows)])
    finding = problem(found, "few_rows")
    assert finding.severity == severity
    assert said in finding.message


def test_the_word_none_as_an_answer_is_suspicious(write: Write) -> None:
    pairs = [(f"q {n}", f"a {n}") for n in range(10)]
    found = inspect_pairs(write, [*pairs, ("x", "None"), ("y", "nan"), ("z", "none of these")])
    finding = problem(found, "literal_none")
    assert (finding.count, finding.lines) == (2, (12, 13))
    assert found.usable == 13


def test_a_dominant_label_says_what_is_gained_by_always_saying_it(write: Write) -> None:
    pairs = [(f"text {n}", "spam" if n % 10 == 0 else "ham") for n in range(100)]
    finding = problem(inspect_pairs(write, pairs), "dominant_label")
    assert (finding.count, finding.example) == (90, "ham")
    assert "90%" in finding.message
    assert "macro-F1" in finding.remedy


def test_labels_with_hardly_any_rows_are_named(write: Write) -> None:
    pairs = [(f"text {n}", f"label {n % 3}") for n in range(60)] + [
        ("odd", "once"),
        ("x", "label 1"),
    ]
    finding = problem(inspect_pairs(write, pairs), "rare_labels")
    assert (finding.count, finding.example) == (1, "once")


def test_one_label_in_several_spellings(write: Write) -> None:
    pairs = [(f"text {n}", "card_lost" if n % 2 else "refund") for n in range(40)]
    found = inspect_pairs(write, [*pairs, ("x", "Card Lost"), ("y", "card-lost"), ("z", "Refund.")])
    finding = problem(found, "label_spelling")
    assert (finding.count, finding.lines) == (3, (42, 43, 44))
    assert "card_lost / " in finding.message


def test_free_text_is_not_checked_for_labels(write: Write) -> None:
    pairs = [(f"q {n}", f"a sentence {n}") for n in range(120)]
    assert inspect_pairs(write, [*pairs, ("x", "A sentence 1!")]).problems == ()


def test_placeholders_nobody_filled_in(write: Write) -> None:
    pairs = [(f"q {n}", f"a {n}") for n in range(10)]
    found = inspect_pairs(write, [*pairs, ("who?", "I am {{name}} by {{ author }}.")])
    finding = problem(found, "placeholders")
    assert "{{name}}" in finding.message
    assert finding.lines == (12,)


def test_only_the_first_lines_are_kept_but_all_are_counted(write: Write) -> None:
    found = inspect_pairs(write, [(f"q {n}", "") for n in range(50)] + [("q", "a"), ("r", "b")])
    finding = problem(found, "empty_completion")
    assert finding.count == 50
    assert finding.lines == tuple(range(2, 22))


def test_every_finding_has_a_remedy() -> None:
    assert all(finding.message and finding.remedy for finding in CATALOGUE.values())
    assert len(set(CHECKS)) == len(CHECKS)


def test_examples_are_short_and_on_one_line(write: Write) -> None:
    found = inspect_pairs(write, [("long " * 200, ""), ("q", "a"), ("r", "b")])
    assert len(problem(found, "empty_completion").example) <= 120


@pytest.mark.parametrize(
    ("answers", "kind", "size"),
    [
        (["spam", "ham", "ham"] * 10, "labels", 2),
        ([f'{{"intent": "x", "n": {n}}}' for n in range(30)], "structured", 2),
        ([f'{{"intent": "{n % 2}"}}' for n in range(30)], "structured", 1),
        ([f"a sentence of its own, number {n}" for n in range(30)], "text", 0),
        (["a", "b", "c"], "text", 0),
        (["yes", "no"] * 2, "text", 0),
        ([f"label {n % 77}" for n in range(400)], "labels", 77),
        (["a very long answer that is no label because it says so much, " * 2] * 30, "text", 0),
    ],
)
def test_the_task_is_told_from_the_answers(
    write: Write, answers: list[str], kind: str, size: int
) -> None:
    task = inspect_pairs(write, [(f"q {n}", a) for n, a in enumerate(answers)]).task
    assert task.kind == kind
    assert len(task.labels or task.fields) == size
    assert task.reason
