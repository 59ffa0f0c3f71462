"""Text that streams in: said, thought or a call, however it is cut into pieces."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.agent.brains.llm.written import Hearing

KNOWN = frozenset({"look", "ask"})
CALL = json.dumps({"name": "look", "arguments": {"path": "a <b> ```c", "n": [1, {"x": "}"}]}})
PARTS = st.sampled_from(
    [
        "Hello. ",
        "a < b and <tool",
        "```python\nx = 1\n```\n",
        f"<tool_call>{CALL}</tool_call>",
        f"```json\n{CALL}\n```",
        '```json\n{"name": "Ann"}\n```',
        "<think>hm, {json}</think>",
        "[1] see ",
        "``",
        "<",
    ]
)


def hear(text: str, cuts: list[int]) -> tuple[str, str, list[str]]:
    hearing = Hearing(KNOWN)
    said = thought = ""
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    for begin, end in itertools.pairwise(places):
        more, deeper = hearing.feed(text[begin:end])
        said, thought = said + more, thought + deeper
    more, deeper = hearing.finish()
    return said + more, thought + deeper, [call.name for call in hearing.calls]


@settings(max_examples=400, deadline=None)
@given(parts=st.lists(PARTS, max_size=6), cuts=st.lists(st.integers(0, 400), max_size=40))
def test_how_it_is_cut_changes_nothing(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts)

    assert hear(text, cuts) == hear(text, [])


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet='ab `<>{}[]"\njsonthikcal_', max_size=60), cut=st.integers(0, 60))
def test_words_without_a_call_are_neither_lost_nor_changed(text: str, cut: int) -> None:
    said, thought, calls = hear(text, [cut])

    if "<think>" not in text:
        assert said == (text.lstrip() if text.strip() else text)
        assert (thought, calls) == ("", [])


@pytest.mark.parametrize(
    ("text", "said", "thought", "calls"),
    [
        (CALL, "", "", ["look"]),
        (f"{CALL}\n{CALL}", "", "", ["look", "look"]),
        ('{"name": "look", "arguments": {"path": "a", "pa', "", "", ["look"]),
        ('```json\n{"name": "look", "arguments": {"path": }}', "", "", ["look"]),
        ('{"name": "rm", "arguments": {"x"', '{"name": "rm", "arguments": {"x"', "", []),
        (f"[{CALL}, {CALL}]", "", "", ["look", "look"]),
        (f"<tool_call>{CALL}", "", "", ["look"]),
        (f"Let me see.\n```json\n{CALL}\n```", "Let me see.\n", "", ["look"]),
        ('{"name": "rm", "arguments": {}}', "", "", ["rm"]),
        ('```json\n{"name": "rm", "arguments": {"x": 1}}\n```', "", "", ["rm"]),
        (
            'Such as {"name": "rm", "arguments": {}}',
            'Such as {"name": "rm", "arguments": {}}',
            "",
            [],
        ),
        (
            'Rows:\n```json\n{"name": "rm", "arguments": {}}\n```',
            'Rows:\n```json\n{"name": "rm", "arguments": {}}\n```',
            "",
            [],
        ),
        ('{"name": "Ann", "age": 3}', '{"name": "Ann", "age": 3}', "", []),
        ('I would call {"name": "look"}.', 'I would call {"name": "look"}.', "", []),
        (f"<think>{CALL}</think>Fine.", "Fine.", CALL, []),
        ("<think>for ever", "", "for ever", []),
    ],
)
def test_what_is_a_call_and_what_is_not(
    text: str, said: str, thought: str, calls: list[str]
) -> None:
    assert hear(text, []) == (said, thought, calls)
