"""The advice follows from the answers, says why, and never fails for any set of answers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.tools.advice.model import Advice, Brief, Recommendation
from luthier.tools.advice.rows import rows_reason, smallest_visible_difference
from luthier.tools.advice.rules import advise
from luthier.tools.data.model import Task

LABELS = Task(kind="labels", labels=("spam", "ham"))
JSON = Task(kind="structured", fields=("topic", "order"))
TEXT = Task(kind="text")


def whole_text(advice: Advice) -> str:
    return " ".join((advice.headline, *advice.reasons, *advice.alternatives))


@pytest.mark.parametrize(
    ("brief", "rows", "task", "expected"),
    [
        # facts: retrieval comes first, however many rows there are
        (Brief(use_case="new_facts"), None, None, "try_first"),
        (Brief(use_case="new_facts"), 5000, TEXT, "try_first"),
        (Brief(use_case="new_facts", tried=("nothing",)), 10, TEXT, "try_first"),
        (Brief(use_case="new_facts", tried=("prompting", "few_shot")), 5000, TEXT, "try_first"),
        (Brief(use_case="new_facts", tried=("retrieval",)), 5000, TEXT, "do_not_tune"),
        (Brief(use_case="new_facts", tried=("retrieval", "few_shot")), None, None, "do_not_tune"),
        # behaviours with enough rows: tune, even when nothing was tried, for baselines come first
        (Brief(use_case="labels", tried=("nothing",)), 600, LABELS, "tune"),
        (Brief(use_case="structured", tried=("nothing",)), 600, JSON, "tune"),
        (Brief(use_case="style", tried=("nothing",)), 600, TEXT, "tune"),
        (Brief(use_case="labels"), None, None, "tune"),
        (Brief(use_case="structured", tried=("few_shot",)), 50, JSON, "tune"),
        (Brief(use_case="style", tried=("another_tune",)), 300, TEXT, "tune"),
        # too few rows, whatever is wanted
        (Brief(use_case="labels"), 0, LABELS, "try_first"),
        (Brief(use_case="structured", tried=("few_shot",)), 1, JSON, "try_first"),
        (Brief(use_case="style", tried=("few_shot",)), 9, TEXT, "try_first"),
        (Brief(use_case="style"), 10, TEXT, "try_first"),
        (Brief(use_case="labels", tried=("prompting", "few_shot")), 49, LABELS, "try_first"),
        # nothing clear was said: the rows speak
        (Brief(), None, None, "try_first"),
        (Brief(use_case="other"), 600, TEXT, "try_first"),
        (Brief(use_case="other", tried=("prompting",)), 600, TEXT, "tune"),
        (Brief(use_case="other"), 600, LABELS, "tune"),
        (Brief(), 600, JSON, "tune"),
        # no time to train
        (Brief(use_case="labels", minutes=1), 600, LABELS, "try_first"),
        (Brief(use_case="labels", minutes=10), 600, LABELS, "tune"),
    ],
)
def test_recommendation(
    brief: Brief, rows: int | None, task: Task | None, expected: Recommendation
) -> None:
    assert advise(brief, rows=rows, task=task).recommendation == expected


def test_reasons_quote_the_user() -> None:
    brief = Brief(
        use_case="style",
        use_case_words="answer about elements\n in limericks",
        tried=("prompting",),
        tried_words="a long prompt, it forgets to rhyme",
        benefit_words="children laugh",
        criterion=0.8,
        minutes=12,
    )
    text = whole_text(advise(brief, rows=600, task=TEXT))
    assert "“answer about elements in limericks”" in text
    assert "“a long prompt, it forgets to rhyme”" in text
    assert "“children laugh”" in text
    assert "80%" in text
    assert "12 min" in text


def test_long_words_are_shortened() -> None:
    advice = advise(Brief(use_case="style", use_case_words="word " * 500), rows=600, task=TEXT)
    assert max(len(reason) for reason in advice.reasons) < 400


def test_nothing_tried_promises_the_baselines_first() -> None:
    advice = advise(Brief(use_case="labels", tried=("nothing",)), rows=600, task=LABELS)
    assert "measured before anything is trained" in whole_text(advice)
    assert "not tried anything" in whole_text(advice)


def test_facts_offer_retrieval_and_only_facts_do() -> None:
    assert "Retrieval:" in whole_text(advise(Brief(use_case="new_facts"), rows=None, task=None))
    assert "Retrieval:" not in whole_text(advise(Brief(use_case="labels"), rows=None, task=None))


def test_what_was_tried_is_not_proposed_again() -> None:
    brief = Brief(use_case="labels", tried=("prompting", "few_shot"))
    alternatives = " ".join(advise(brief, rows=600, task=LABELS).alternatives)
    assert "Prompting:" not in alternatives
    assert "Few-shot:" not in alternatives


def test_few_rows_are_asked_for_more_and_told_what_they_can_do() -> None:
    advice = advise(Brief(use_case="style"), rows=10, task=TEXT)
    assert "not enough to prove" in whole_text(advice)
    assert any("Collect more rows" in way for way in advice.alternatives)


@pytest.mark.parametrize(
    ("criterion", "words"), [(1.0, "No model is right every time"), (0.4, "low bar")]
)
def test_unusual_criteria_are_commented(criterion: float, words: str) -> None:
    advice = advise(Brief(use_case="labels", criterion=criterion), rows=600, task=LABELS)
    assert words in whole_text(advice)


def test_many_labels_with_few_rows_each_are_named() -> None:
    task = Task(kind="labels", labels=tuple(f"label {number}" for number in range(77)))
    text = whole_text(advise(Brief(use_case="labels"), rows=200, task=task))
    assert "77 labels share 200 rows, about 2.6 each" in text


def test_rows_that_look_otherwise_than_said_are_named() -> None:
    text = whole_text(advise(Brief(use_case="style"), rows=600, task=JSON))
    assert "look more like structured output" in text


def test_defaults_are_owned_up_to() -> None:
    brief = Brief(use_case="labels", minutes=10, assumed=("minutes", "brief.criterion"))
    assert "not from you: minutes, criterion" in whole_text(advise(brief, rows=600, task=LABELS))


@pytest.mark.parametrize(("rows", "expected"), [(20, 0.24), (50, 0.15), (100, 0.11), (200, 0.08)])
def test_visible_difference_is_that_of_the_normal_approximation(rows: int, expected: float) -> None:
    assert smallest_visible_difference(rows) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (0, "No usable row"),
        (1, "1 row:"),
        (9, "too few to split"),
        (10, "hint at a tone"),
        (50, "coarse to measure"),
        (100, "About 25 rows"),
        (500, "a good amount"),
        (5000, "plenty"),
    ],
)
def test_every_size_has_its_honest_sentence(rows: int, words: str) -> None:
    assert words in rows_reason(rows)


briefs = st.builds(
    Brief,
    use_case=st.sampled_from([None, "labels", "structured", "style", "new_facts", "other"]),
    use_case_words=st.text(max_size=300),
    tried=st.none()
    | st.lists(
        st.sampled_from(["nothing", "prompting", "few_shot", "retrieval", "another_tune"])
    ).map(tuple),
    tried_words=st.text(max_size=50),
    minutes=st.none() | st.integers(min_value=-5, max_value=100_000),
    criterion=st.none() | st.floats(min_value=0, max_value=1),
    benefit_words=st.text(max_size=50),
    assumed=st.lists(st.sampled_from(["minutes", "criterion", "use_case"])).map(tuple),
)
tasks = st.none() | st.builds(
    Task,
    kind=st.sampled_from(["labels", "structured", "text"]),
    labels=st.lists(st.text(max_size=8), max_size=80).map(tuple),
)


@settings(max_examples=200, deadline=None)
@given(brief=briefs, rows=st.none() | st.integers(min_value=0, max_value=10**7), task=tasks)
def test_any_answers_give_advice_with_a_headline_and_reasons(
    brief: Brief, rows: int | None, task: Task | None
) -> None:
    advice = advise(brief, rows=rows, task=task)
    assert advice.headline
    assert advice.reasons
    assert all(reason.strip() for reason in (*advice.reasons, *advice.alternatives))
    if rows is not None and rows < 10 and advice.recommendation == "tune":
        pytest.fail("nobody is told to tune on fewer than ten rows")
