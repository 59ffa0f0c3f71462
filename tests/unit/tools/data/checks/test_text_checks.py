"""Faults in the text of a turn: found with line and example, and not where there are none."""

from __future__ import annotations

import pytest

from luthier.tools.data.checks.base import TextCheck
from luthier.tools.data.checks.characters import ControlCharacters
from luthier.tools.data.checks.markup import HtmlEntities, HtmlMarkup
from luthier.tools.data.checks.mojibake import Mojibake
from luthier.tools.data.checks.template_marks import BakedTemplate, DoubleBos, SpecialTokens
from tests.unit.tools.data.checks.conftest import Run, codes, pairs

FAULTS = [
    (Mojibake, "the cafÃ© is open", "cafÃ©"),
    (Mojibake, "Itâ€™s late", "â€™"),
    (ControlCharacters, "a\u200bb", "[U+200B]"),
    (ControlCharacters, "a\x00b", "[U+0000]"),
    (ControlCharacters, "one\r\ntwo", "[U+000D]"),
    (HtmlMarkup, "now <b>bold</b>", "</b>"),
    (HtmlMarkup, "one<br/>two", "<br/>"),
    (HtmlMarkup, '<a href="x">y', '<a href="x">'),
    (HtmlEntities, "R&amp;D", "&amp;"),
    (HtmlEntities, "it&#39;s", "&#39;"),
    (BakedTemplate, "<|im_start|>user\nHi<|im_end|>", "<|im_start|>user"),
    (BakedTemplate, "[INST] Hi [/INST]", "[INST]"),
    (BakedTemplate, "### Instruction:\nHi\n\n### Response:\n", "### Instruction:"),
    (BakedTemplate, "A chat. USER: Hi ASSISTANT: yo", "USER:"),
    (BakedTemplate, "<start_of_turn>user\nHi", "<start_of_turn>user"),
    (DoubleBos, "<s>Hello", "<s>"),
    (DoubleBos, "<|begin_of_text|>Hello", "<|begin_of_text|>"),
    (SpecialTokens, "Hello<|endoftext|>", "<|endoftext|>"),
    (SpecialTokens, "Hello</s>", "</s>"),
]
CLEAN = [
    (Mojibake, "café, naïve, 日本語, Ünïcode, “quotes” – 10 €"),
    (ControlCharacters, "a\tb\nc 👨‍👩‍👧 می‌خواهم"),
    (HtmlMarkup, "press <p> to pause, 3 < 4 and 5 > 2, <b>|<f>"),
    (HtmlMarkup, "In HTML, <b>this</b> is bold"),
    (HtmlMarkup, "```\n<br>\n```"),
    (HtmlEntities, "AT&T; and R&D; a & b"),
    (BakedTemplate, "Note: the user asked. System: Linux"),
    (BakedTemplate, "### Response:\nonly one heading"),
    (DoubleBos, "<s>"),
    (DoubleBos, "<s> *.png"),
    (SpecialTokens, "the <mask> of [x], and a<b"),
    (SpecialTokens, "<|im_start|>user\nhandled by another check<|im_end|>"),
]


@pytest.mark.parametrize(("check", "text", "shown"), FAULTS)
def test_a_fault_is_found_with_its_line_and_an_example(
    run: Run, check: type[TextCheck], text: str, shown: str
) -> None:
    rows = pairs(["a clean answer", text, "another clean one"])
    found = run(check(), rows)
    assert codes(found) == {check.code: (1, (2,))}
    assert shown in found[0].example
    assert found[0].remedy
    assert not found[0].leaves_out


@pytest.mark.parametrize(("check", "text"), CLEAN)
def test_what_only_looks_like_a_fault_is_left_alone(
    run: Run, check: type[TextCheck], text: str
) -> None:
    assert run(check(), pairs([text])) == []


def test_a_row_counts_once_and_memory_stays_bounded(run: Run) -> None:
    rows = pairs(["R&amp;D &amp; more &lt;"] * 100)
    (found,) = run(HtmlEntities(), rows)
    assert (found.count, len(found.lines)) == (100, 20)
