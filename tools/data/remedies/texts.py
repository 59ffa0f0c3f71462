"""Texts freed of what does not belong in them; nothing is left out and no word is changed."""

from __future__ import annotations

import html
import re

from luthier.tools.data.checks.characters import INVISIBLE
from luthier.tools.data.checks.markup import ENTITY, TAG, is_about_markup, left_over_tag
from luthier.tools.data.checks.mojibake import is_mojibake, unmixed
from luthier.tools.data.markers import LEADING_BOS, leading_bos, without_special_tokens
from luthier.tools.data.remedies.base import Remedy, each_text
from luthier.tools.language import mark

_LINE_TAG = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6]|hr)\b[^<>]*>", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")


def without_control_characters(text: str) -> str:
    """Carriage returns become line ends, other invisible characters go."""
    if not INVISIBLE.search(text) or is_mojibake(text):
        return text
    return INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def without_entities(text: str) -> str:
    """Entities become the characters they stand for."""
    if "&" not in text or not ENTITY.search(text) or is_about_markup(text):
        return text
    return html.unescape(text).replace("\u00a0", " ")


def without_tags(text: str) -> str:
    """Tags go; those that end a line become a line end."""
    if not left_over_tag(text):
        return text
    lines = TAG.sub("", _LINE_TAG.sub("\n", text)).split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in lines)).strip()


def without_bos(text: str) -> str:
    """The text less the begin-of-text token it begins with."""
    return LEADING_BOS.sub("", text, count=1) if text[:1] in "<[" and leading_bos(text) else text


REMEDIES = (
    Remedy(
        name="fix_mojibake",
        label=mark("give garbled letters back their meaning (ftfy)"),
        mends=("mojibake",),
        turns=each_text(unmixed),
    ),
    Remedy(
        name="unescape_entities",
        label=mark("turn HTML entities into the characters they stand for"),
        mends=("html_entities",),
        turns=each_text(without_entities),
    ),
    Remedy(
        name="remove_control_characters",
        label=mark("take invisible control characters out"),
        mends=("control_characters",),
        turns=each_text(without_control_characters),
    ),
    Remedy(
        name="remove_html",
        label=mark("take HTML tags out and keep the words"),
        mends=("html_markup",),
        turns=each_text(without_tags),
    ),
    Remedy(
        name="remove_bos",
        label=mark("take the begin-of-text token out"),
        mends=("double_bos",),
        turns=each_text(without_bos),
    ),
    Remedy(
        name="remove_special_tokens",
        label=mark("take special tokens out of the text"),
        mends=("special_tokens",),
        turns=each_text(without_special_tokens),
    ),
)
