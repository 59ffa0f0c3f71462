"""What is left in English of a text that should be Arabic; names and code may stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from luthier.tools.views import View

NAMES = (
    "Hugging Face Hub",
    "Hugging Face",
    "Excel",
    "paired bootstrap",
    "Luthier",
    "LoRA",
    "Apache-2.0",
    "SmolLM2-135M-Instruct",
    "macro-F1",
)
_CODE = re.compile(
    r"""`[^`]*`|«[^»]*»|“[^”]*”|"[^"]*"|\S*[/\\]\S+|\S+\.\w+|luthier [a-z]+|--?\w+|\b[A-Z]+\b"""
)
_ENGLISH = re.compile(r"[A-Za-z][a-z]+(?:[ ,;:]+[A-Za-z][a-z]+)+")
"""Two English words in a row; a single one may be a name."""
_KEYS = {"kind", "tone", "status", "tokens", "prompt", "expected", "answers", "job_id"}
"""Parts of a view that are no words of Luthier's: types, and what came from the user's file."""


def english_in(text: str) -> list[str]:
    """The runs of English words in ``text``, names, quotations and code left aside."""
    for name in NAMES:
        text = text.replace(name, " ¤ ")
    return _ENGLISH.findall(_CODE.sub(" ¤ ", text))


def english_in_views(views: Iterable[View]) -> list[str]:
    """The runs of English words in what views say."""
    texts = [text for view in views for text in _texts(json.loads(view.model_dump_json()))]
    assert texts
    return [run for text in texts for run in english_in(text)]


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in _KEYS:
                yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
