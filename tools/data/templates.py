"""Rows made by the user's own words around the columns, and plain text divided to be continued."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from luthier.tools.data.cells import as_text, lookup
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

_FIELD = re.compile(r"\{([^{}\n]{1,80})\}")
_ANSWER = re.compile(r"(?:^|\s)(?:A|Answer|الجواب|ج)\s*:\s*", re.I)
_QUESTION = re.compile(r"^\s*(?:Q|Question|السؤال|س)\s*:\s*", re.I)
_ALIASES = {"passage": "text", "paragraph": "text", "content": "text", "headings": "section"}
_SENTENCE_END = re.compile(r"[.!?。؟…][\"'”’)\]]*\s+|\n+")
_LEAST = 40  # characters that are worth continuing


class MissingField(ValueError):
    """A field that the template names is empty in this row."""


def split_template(text: str) -> tuple[str, str]:
    """Question and answer template of "Q: what does {heading} say? A: {passage}".

    The answer is "" where the text has none: then the mapped answer stands.
    """
    parts = _ANSWER.split(text, maxsplit=1)
    question = _QUESTION.sub("", parts[0]).strip()
    return question, parts[1].strip() if len(parts) > 1 else ""


def template_fields(template: str) -> tuple[str, ...]:
    """The columns named in braces."""
    return tuple(dict.fromkeys(name.strip() for name in _FIELD.findall(template)))


def check_template(template: str, columns: Sequence[str]) -> None:
    """Refuse a template that names no column or one that does not exist.

    Raises:
        LuthierError: naming the wrong field and those that exist.
    """
    names = template_fields(template)
    wrong = [name for name in names if name not in columns and _ALIASES.get(name) not in columns]
    if names and not wrong:
        return
    existing = ", ".join("{" + column + "}" for column in columns)
    raise LuthierError(
        _("The template names a field that does not exist: {field}.", field="{" + wrong[0] + "}")
        if wrong
        else _("The template names no field, so every row would be the same."),
        why=_("There are these: {fields}.", fields=existing),
        remedy=_(
            "Write it with fields in braces, such as: Q: What does {example} say? A: {text}",
            example="{heading}",
            text="{text}",
        ),
        place=template[:80],
        code="data.bad_template",
    )


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The template with the row's cells in place of the fields.

    Raises:
        MissingField: a named cell is empty; it names the field.
        WrongType: a cell cannot be made into text.
    """

    def cell(found: re.Match[str]) -> str:
        name = found.group(1).strip()
        known = name if lookup(values, name) is not None else _ALIASES.get(name, name)
        text = as_text(lookup(values, known))
        if not text:
            raise MissingField(name)
        return text

    return _FIELD.sub(cell, template).strip()


def divide(text: str) -> tuple[str, str] | None:
    """About the first third of a text, up to the end of a sentence, and the rest; None if too short."""
    text = text.strip()
    if len(text) < _LEAST:
        return None
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    ends = [end for end in ends if 10 <= end <= len(text) - 10]
    if not ends:
        ends = [m.end() for m in re.finditer(r"\s+", text) if 10 <= m.end() <= len(text) - 10]
    if not ends:
        return None
    cut = min(ends, key=lambda end: abs(end - len(text) / 3))
    return text[:cut].strip(), text[cut:].strip()
