"""Remedies as pure functions on rows: what they change, what they leave alone, what they report."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luthier.tools.data.checks.registry import CHECKS, EXPENSIVE
from luthier.tools.data.findings import CATALOGUE
from luthier.tools.data.model import Row
from luthier.tools.data.remedies.base import Mended, apply
from luthier.tools.data.remedies.lines import repaired_line
from luthier.tools.data.remedies.privacy import Pseudonyms, restored
from luthier.tools.data.remedies.registry import REMEDIES, in_order, remedy_of
from luthier.tools.data.remedies.turn_names import right_role
from luthier.tools.errors import LuthierError
from tests.unit.tools.data.checks.conftest import pairs, row

U, A, S = ("user", "q"), ("assistant", "a"), ("system", "s")
TEXTS = [
    ("fix_mojibake", "cafÃ©", "café"),
    ("unescape_entities", "R&amp;D &#39;x&#39;", "R&D 'x'"),
    ("remove_control_characters", "a\u200bb\r\nc", "ab\nc"),
    ("remove_html", "<p>one</p><p>two <b>three</b></p>", "one\ntwo three"),
    ("remove_bos", "<s>Hello", "Hello"),
    ("remove_special_tokens", "Hello<|endoftext|>", "Hello"),
    ("redact_secrets", "key ghp_" + "a1B2" * 9, "key [KEY REMOVED]"),
]


def mended(name: str, rows: Sequence[Row], setting: str = "") -> Mended:
    return apply(REMEDIES[name], rows, setting)


def turns(row_: Row) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in row_.messages]


@pytest.mark.parametrize(("name", "before", "after"), TEXTS)
def test_a_text_is_mended_and_the_row_named(name: str, before: str, after: str) -> None:
    rows = pairs(["clean", before])
    found = mended(name, rows)
    assert found.rows[1].completion == after
    assert (found.changed, found.removed) == ((rows[1].id,), ())
    assert found.rows[0] is rows[0]
    assert found.rows[1].source == rows[1].source
    assert mended(name, found.rows).changed == ()


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", [("user", "Hi")]),
        (
            "<s>[INST] <<SYS>>\nBe kind\n<</SYS>>\n\nHi [/INST]",
            [("system", "Be kind"), ("user", "Hi")],
        ),
        ("### Instruction:\nDo it\n\n### Response:\n", [("user", "Do it")]),
        ("no template: at all", [("user", "no template: at all")]),
    ],
)
def test_a_template_becomes_turns_again(text: str, after: list[tuple[str, str]]) -> None:
    found = mended("unbake_template", [row(1, ("user", text), A)])
    assert turns(found.rows[0]) == [*after, A]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("end_with_answer", (U, A, U), (U, A)),
        ("drop_empty_turns", (U, ("assistant", ""), U, A), (U, A)),
        ("drop_empty_turns", (U, A, ("user", ""), A), (U, A)),
        ("order_turns", (U, U, A), (("user", "q\n\nq"), A)),
        ("order_turns", (A, U, A), (U, A)),
        ("order_turns", (U, S, A), (S, U, A)),
        ("order_turns", (S, U, A, U, A), (S, U, A, U, A)),
    ],
)
def test_conversations_are_put_in_order(
    name: str, before: tuple[tuple[str, str], ...], after: tuple[tuple[str, str], ...]
) -> None:
    assert turns(mended(name, [row(1, *before)]).rows[0]) == list(after)


def test_labels_get_one_spelling_and_questions_one_answer() -> None:
    rows = pairs(["refund"] * 20 + ["Refund "] + ["card lost"] * 20)
    found = mended("one_spelling", rows)
    assert {each.completion for each in found.rows} == {"refund", "card lost"}
    assert found.changed == (rows[20].id,)
    torn = [row(n, U, ("assistant", answer)) for n, answer in enumerate(("x", "y", "x"))]
    kept = mended("keep_frequent_answer", torn)
    assert [each.completion for each in kept.rows] == ["x", "x"]
    assert kept.removed == (torn[1].id,)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("drop_refusals", "As an AI language model, I cannot."),
        ("drop_cut_answers", "Here:\n```py\nx"),
        ("drop_looped_answers", "again and again, " * 300),
        ("drop_literal_none", "nan"),
        ("drop_placeholders", "I am {{name}}."),
    ],
)
def test_rows_are_left_out_by_name_only_where_they_are_bad(name: str, bad: str) -> None:
    rows = pairs(["a good answer.", bad])
    found = mended(name, rows)
    assert (found.removed, found.rows) == ((rows[1].id,), (rows[0],))
    assert not REMEDIES[name].automatic


def test_pseudonyms_are_stable_per_kind_and_lead_back() -> None:
    rows = pairs(
        [
            "Mail Anna.Berg@firma-nord.de or +44 20 7946 0958.",
            "anna.berg@FIRMA-nord.de has IBAN DE89 3704 0044 0532 0130 00",
            "card 4539 1488 0343 6467, tom@firma-nord.de",
        ]
    )
    learned = Pseudonyms(rows)
    texts = [learned(each).completion for each in rows]
    assert texts == [
        "Mail [EMAIL_1] or [PHONE_1].",
        "[EMAIL_1] has IBAN [IBAN_1]",
        "card [CARD_1], [EMAIL_2]",
    ]
    assert restored(texts[2], learned.table) == rows[2].completion
    assert Pseudonyms(rows).table == learned.table


def test_lines_that_are_nearly_json_and_lines_that_were_cut() -> None:
    assert repaired_line("{'a': 1, 'b': [1, 2,],},") == {"a": 1, "b": [1, 2]}
    assert repaired_line('{"messages": [{"role": "user", "content": "cut o') is None
    assert repaired_line("no json at all") is None


def test_roles_are_guessed_only_from_slips() -> None:
    assert right_role("hummany") == "user"
    assert right_role("asistant") == "assistant"
    assert right_role("narrator") == "narrator"
    assert right_role(None) is None


@given(st.text(max_size=200))
def test_mending_a_text_twice_changes_nothing_more(text: str) -> None:
    rows = pairs(["x" + text])
    for name, _before, _after in TEXTS:
        once = mended(name, rows).rows
        assert mended(name, once).rows == once


def test_every_remedy_mends_a_finding_that_exists() -> None:
    known = set(CATALOGUE) | {"overlap_with_evaluation"}
    import luthier.tools.data.checks.why as why

    for remedy in REMEDIES.values():
        assert set(remedy.mends) <= known | set(why.WHY)
        given = [remedy.line, remedy.record, remedy.turns, remedy.learn]
        assert sum(function is not None for function in given) == 1
    assert len(CHECKS) + len(EXPENSIVE) > 20
    assert in_order(["drop_refusals", "mend_json"]) == ("mend_json", "drop_refusals")
    with pytest.raises(LuthierError, match="no remedy"):
        remedy_of("wishful_thinking")
