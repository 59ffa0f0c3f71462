"""Marks of templates and tokenizers that stand in the text: a whole template, a BOS, other tokens."""

from __future__ import annotations

from luthier.tools.data.checks.base import TextCheck
from luthier.tools.data.markers import (
    baked_template,
    leading_bos,
    may_hold_marks,
    special_token,
)
from luthier.tools.language import mark


class BakedTemplate(TextCheck):
    """Turns written out with a template's own marks."""

    code = "baked_template"
    signs = ("<", "[", ":", "###")
    message = mark("A chat template is already written into the text.")
    remedy = mark("Take the marks out: the template is added again when the rows are trained.")

    def spot(self, text: str) -> str:
        """The first mark."""
        return baked_template(text) if may_hold_marks(text) else ""


class DoubleBos(TextCheck):
    """A text that begins with a begin-of-text token, to which the tokenizer adds its own."""

    code = "double_bos"
    signs = ("<", "[")
    message = mark("The text begins with a begin-of-text token, so that the model would see two.")
    remedy = mark("Take it out: the tokenizer adds it by itself.")

    def spot(self, text: str) -> str:
        """The token."""
        return leading_bos(text) if text[:1] in "<[" else ""


class SpecialTokens(TextCheck):
    """A token of a tokenizer's own inside a text, apart from templates and a leading BOS."""

    code = "special_tokens"
    signs = ("<", "[")
    message = mark("A tokenizer's special token is spelled out in the text.")
    remedy = mark("Take it out, unless your rows are about such tokens.")

    def spot(self, text: str) -> str:
        """The first one that is not told by another check."""
        if "<" not in text and "[" not in text:
            return ""
        bos = leading_bos(text)
        token = special_token(text[text.find(bos) + len(bos) :] if bos else text)
        return "" if token and baked_template(text) else token
