"""Rows on the short way (two plain turns) are the rows that the long way makes."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from luthier.tools.data.building import canonical_row, place_in, plain_message
from luthier.tools.data.model import Lineage, Mapping, Message, Row
from luthier.tools.data.readers.base import Record
from luthier.tools.data.rows import make_row

ROLES = (
    "user",
    "human",
    "assistant",
    "gpt",
    "system",
    "tool",
    "function_call",
    "somebody",
    "",
    None,
    3,
)
KEYS = (("role", "content"), ("from", "value"), ("sender", "text"), ("role", "value"))


@st.composite
def turns(draw: st.DrawFn) -> dict[str, object]:
    said, text = draw(st.sampled_from(KEYS))
    turn: dict[str, object] = {said: draw(st.sampled_from(ROLES))}
    turn[text] = draw(st.one_of(st.text(max_size=6), st.none(), st.just(" \n"), st.integers(0, 3)))
    return turn | draw(st.sampled_from(({}, {}, {"weight": 0}, {"name": "x"})))


@given(st.lists(turns(), min_size=1, max_size=3))
def test_the_short_way_and_the_long_way_agree(conversation: list[dict[str, object]]) -> None:
    record = Record(7, {"messages": conversation}, "in a folder.jsonl", 2)
    short = make_row(record, Mapping(messages="messages"), "x")
    # a column that no record has changes nothing but the way
    assert make_row(record, Mapping(messages="messages", rejected="absent"), "x") == short


def test_built_rows_are_as_good_as_validated_ones() -> None:
    asked, answer = plain_message("user", "Hä?"), plain_message("assistant", "So.")
    built = canonical_row("00ff", (asked, answer), place_in("a.csv", 3, 0, ""))
    checked = Row(
        id="00ff",
        messages=(Message(role="user", content="Hä?"), Message(role="assistant", content="So.")),
        source=Lineage(file="a.csv", line=3),
    )
    assert built == checked
    assert hash(built) == hash(checked)
    assert built.model_dump_json(exclude_defaults=True) == checked.model_dump_json(
        exclude_defaults=True
    )
    assert pickle.loads(pickle.dumps(built)) == checked
    assert built.model_copy(update={"label": True}).label is True
    assert built.label is None
    assert built.completion == "So."
    assert built.model_dump_json() == checked.model_dump_json()
    assert built == checked, "what was found out once is no field"
    assert built.model_copy(update={"messages": (answer, asked)}).completion == "Hä?"
    other = canonical_row("00fe", (asked, answer), place_in("a.csv", 4, 0, ""))
    assert other.model_copy(update={"label": True}).model_fields_set == other.model_fields_set
