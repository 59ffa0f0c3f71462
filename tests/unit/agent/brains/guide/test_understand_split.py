"""Plain words for how the rows are split."""

from __future__ import annotations

import pytest

from luthier.agent.brains.guide.understand import read_intent


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("split by customer_id", "group customer_id"),
        ("please split the data by the customer id", "group customer id"),
        ("Can you split by patient_id instead?", "group patient_id"),
        ("keep all rows of one customer_id together", "group customer_id"),
        ("group by document", "group document"),
        ("use the newest rows as test", "time"),
        ("Use the newest rows as the test set.", "time"),
        ("split by time", "time"),
        ("split by date created_at", "time created_at"),
        ("change the split to time", "time"),
        ("split randomly", "random"),
        ("make a random split", "random"),
        ("a stratified split please", "stratified"),
        ("split by label", "stratified"),
    ],
)
def test_a_wish_for_a_split(text: str, value: str) -> None:
    intent = read_intent(text)
    assert intent.kind == "change"
    assert [(change.field_words, change.value) for change in intent.changes] == [("split", value)]


@pytest.mark.parametrize(
    "text", ["what is a split?", "redo the split", "use 2 epochs", "the newest"]
)
def test_other_words_are_no_wish_for_a_split(text: str) -> None:
    assert not any(change.field_words == "split" for change in read_intent(text).changes)
