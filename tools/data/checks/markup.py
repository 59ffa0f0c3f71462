"""What is left over from web pages: HTML tags that lay text out, and entities such as ``&amp;``."""

from __future__ import annotations

import re

from luthier.tools.data.checks.base import TextCheck
from luthier.tools.language import mark

_NAMES = (
    "br|p|div|span|font|b|i|u|em|strong|li|ul|ol|h[1-6]|table|tr|td|th|tbody|center|blockquote|sup|sub"
    "|img|hr|a"
)
TAG = re.compile(rf"</?(?:{_NAMES})(?:\s[^<>]{{0,300}})?/?>", re.IGNORECASE)
# one opening tag may be a key or a blank to fill in ("press <p>"); these are written by programs
_LEFT_OVER = re.compile(
    rf"<br\s*/?>|</(?:{_NAMES})>|<(?:{_NAMES})\s+[a-z-]+\s*=[^<>]{{0,300}}>", re.IGNORECASE
)
ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,5}|#x[0-9a-fA-F]{2,4});")
_ABOUT_HTML = re.compile(r"(?i)```|>\s*\{|\bhtml|\bcss\b|<!doctype|\bxml\b|\btags?\b|\bjavascript")


def is_about_markup(text: str) -> bool:
    """Whether the tags are the subject (a program, a lesson on HTML) and no left-over."""
    return bool(_ABOUT_HTML.search(text))


def left_over_tag(text: str) -> str:
    """The first tag that a program left in the text, or ""."""
    if "<" not in text:
        return ""
    found = _LEFT_OVER.search(text)
    return found.group() if found and not is_about_markup(text) else ""


class HtmlMarkup(TextCheck):
    """Tags that lay text out, where the text is not about HTML."""

    code = "html_markup"
    signs = ("<",)
    message = mark("HTML tags are left in the text.")
    remedy = mark("Take the tags out, so that the model learns the words and not the page.")

    def spot(self, text: str) -> str:
        """The first tag."""
        return left_over_tag(text)


class HtmlEntities(TextCheck):
    """Characters written as entities."""

    code = "html_entities"
    signs = ("&",)
    message = mark("Characters are written as HTML entities.")
    remedy = mark("Turn them into the characters they stand for.")

    def spot(self, text: str) -> str:
        """The first entity."""
        if "&" not in text or ";" not in text:
            return ""
        found = ENTITY.search(text)
        return found.group() if found and not is_about_markup(text) else ""
