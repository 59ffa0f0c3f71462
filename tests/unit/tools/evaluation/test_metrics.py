"""Metrics against values worked out by hand or printed in their papers and documentation."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.tools.data.model import Task
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.metrics import METRICS, find_metric, two_text_metric
from luthier.tools.evaluation.metrics.base import Outcome, Standards
from luthier.tools.evaluation.metrics.ruler import Ruler
from luthier.tools.evaluation.metrics.structured import flatten
from luthier.tools.training.plan import EvaluationPlan

LABELS = Task(kind="labels", labels=("spam", "ham"))
JSON = Task(kind="structured", fields=("a", "b"))
TEXT = Task(kind="text")


TWO_TEXTS = [name for name, metric in METRICS.items() if metric.bind is None]


def one(task: Task, name: str, expected: str, answer: str) -> float:
    return find_metric(name).score(task, expected, answer)


def figure(task: Task, name: str, expected: list[str], answers: list[str]) -> float:
    outcomes = [
        Outcome(wanted, given, one(task, name, wanted, given))
        for wanted, given in zip(expected, answers, strict=True)
    ]
    return find_metric(name).aggregate(task, outcomes)


def names_of(task: Task, metric: str) -> tuple[str, ...]:
    return Ruler(Standards(task, EvaluationPlan(metric=metric), [])).names


@pytest.mark.parametrize(
    ("task", "expected", "answer", "right"),
    [
        (LABELS, "spam", "  Spam. ", 1.0),
        (LABELS, "spam", '"spam"', 1.0),
        (LABELS, "spam", "this is spam", 0.0),
        (LABELS, "spam", "", 0.0),
        (Task(kind="labels", labels=("US", "us")), "US", "us", 0.0),
        (TEXT, "two  words\n", "two words", 1.0),
        (TEXT, "Two words", "two words", 0.0),
        (TEXT, "cafe\u0301", "caf\u00e9", 1.0),
    ],
)
def test_exact_match_forgives_dress_but_not_content(
    task: Task, expected: str, answer: str, right: float
) -> None:
    assert one(task, "exact_match", expected, answer) == right


def test_macro_f1_weighs_rare_labels_like_common_ones() -> None:
    expected = ["ham"] * 8 + ["spam"] * 2
    answers = ["ham"] * 10
    assert figure(LABELS, "exact_match", expected, answers) == pytest.approx(0.8)
    # ham: precision 0.8, recall 1, F1 16/18; spam: 0; the mean of both
    assert figure(LABELS, "macro_f1", expected, answers) == pytest.approx((16 / 18 + 0) / 2)


def test_an_invented_label_lowers_macro_f1_without_becoming_a_class() -> None:
    expected, answers = ["ham", "spam"], ["ham", "banana"]
    assert figure(LABELS, "macro_f1", expected, answers) == 0.5


@pytest.mark.parametrize(
    ("expected", "answer", "whole", "fields", "same", "valid"),
    [
        ('{"a": 1, "b": "x"}', '{"b":"x","a":1}', 1, 1, 1, 1),
        ('{"a": 1, "b": "x"}', '```json\n{"a": 1, "b": "x"}\n```', 1, 1, 1, 1),
        ('{"a": 1, "b": "x"}', '{"a": 1, "b": "y"}', 0, 1 / 2, 1, 1),
        ('{"a": 1, "b": "x"}', '{"a": 1}', 0, 1 / 2, 0, 1),
        ('{"a": 1, "b": "x"}', '{"a": 1, "b": "x", "c": 2}', 0, 2 / 3, 0, 1),
        ('{"a": 1}', "Sure! {'a': 1}", 0, 0, 0, 0),
        ('{"a": 1}', '{"a": true}', 0, 0, 1, 1),
        ('{"a": 0}', '{"a": 0.0}', 1, 1, 1, 1),
        ('{"a": []}', '{"a": {}}', 0, 0, 1, 1),
        ('{"a": [1, 2]}', '{"a": [1, 3]}', 0, 1 / 2, 1, 1),
        ('{"a": {"b": 1}}', '{"a.b": 1}', 0, 0, 0, 1),
        ('{"a": null}', '{"a": NaN}', 0, 0, 0, 0),
        ("not json", "not  json", 1, 1, 1, 0),
    ],
)
def test_structured_answers(
    expected: str, answer: str, whole: float, fields: float, same: float, valid: float
) -> None:
    wanted = {
        "json_match": whole,
        "field_accuracy": fields,
        "same_fields": same,
        "valid_json": valid,
    }
    found = {name: one(JSON, name, expected, answer) for name in wanted}
    assert found == pytest.approx(wanted)


def test_absurd_nesting_and_numbers_are_invalid_rather_than_fatal() -> None:
    for answer in ("[" * 100_000, "[" * 990 + "]" * 990, "9" * 5_000):
        assert one(JSON, "json_match", "{}", answer) == 0.0


def test_rouge_l_matches_the_value_in_the_scorers_own_documentation() -> None:
    expected = "The quick brown fox jumps over the lazy dog"
    answer = "The quick brown dog jumps on the log."
    # longest common subsequence "the quick brown jumps the": 5 of 9 and 5 of 8 words
    assert one(TEXT, "rouge_l", expected, answer) == pytest.approx(2 * 5 / 17)


@pytest.mark.parametrize("text", ["كيف حالك اليوم", "今日は良い天気です", "Привет, мир"])
def test_rouge_l_reads_scripts_other_than_latin(text: str) -> None:
    assert one(TEXT, "rouge_l", text, text) == 1.0
    assert one(TEXT, "rouge_l", text, "nothing alike") == 0.0


def test_rouge_l_sees_part_of_a_sentence_without_blanks() -> None:
    assert 0.4 < one(TEXT, "rouge_l", "今日は良い天気です", "今日は雨です") < 0.9


def test_chrf_matches_sacrebleu() -> None:
    from sacrebleu import sentence_chrf

    expected, answer = "the cat sat on the mat", "the cat is on the mat"
    known = sentence_chrf(answer, [expected]).score / 100
    assert one(TEXT, "chrf", expected, answer) == pytest.approx(known)
    assert one(TEXT, "chrf", expected, expected) == pytest.approx(1.0)
    assert one(TEXT, "chrf", expected, "") == 0.0


@settings(deadline=None, max_examples=50)  # the first example imports the scorers
@given(st.text(max_size=40), st.text(max_size=40))
def test_every_metric_stays_between_nothing_and_all(expected: str, answer: str) -> None:
    for task in (LABELS, JSON, TEXT):
        for name in TWO_TEXTS:
            assert 0 <= one(task, name, expected, answer) <= 1
            assert 0 <= figure(task, name, [expected], [answer]) <= 1


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda child: (
        st.lists(child, max_size=3) | st.dictionaries(st.text(max_size=3), child, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(_VALUES)
def test_a_json_value_always_matches_itself_in_any_layout(value: object) -> None:
    compact, spread = json.dumps(value), json.dumps(value, indent=3, ensure_ascii=False)
    assert one(JSON, "json_match", compact, spread) == 1.0
    assert one(JSON, "field_accuracy", compact, spread) == 1.0
    assert flatten(value)


def test_every_metric_is_explained_in_one_plain_sentence() -> None:
    for metric in METRICS.values():
        assert metric.explanation.endswith(".")
        assert 30 < len(metric.explanation) < 220
        assert metric.explanation.count(". ") == 0


def test_no_rows_count_as_nothing() -> None:
    assert figure(LABELS, "exact_match", [], []) == 0.0
    assert figure(LABELS, "macro_f1", [], []) == 0.0


def test_an_unknown_metric_names_the_known_ones() -> None:
    with pytest.raises(LuthierError, match="bleurt") as caught:
        find_metric("bleurt")
    assert caught.value.code == "evaluation.unknown_metric"
    assert "rouge_l" in caught.value.remedy


def test_the_deciding_metric_comes_first() -> None:
    assert names_of(LABELS, "macro_f1") == ("macro_f1", "exact_match")
    assert names_of(LABELS, "chrf")[0] == "chrf"
    assert two_text_metric(JSON, "schema_valid") == "json_match", "where only two texts are there"
