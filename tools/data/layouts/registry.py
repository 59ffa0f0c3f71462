"""The list of layouts, in the order in which they are tried.

To add one: a file with a ``LAYOUT`` like its siblings, and its place in ``LAYOUTS``.
"""

from __future__ import annotations

from luthier.tools.data.layouts import (
    alpaca,
    chat_log,
    chatgpt,
    documents,
    kto,
    messages,
    openai_preference,
    pairs,
    plain_text,
    preference,
    sharegpt,
    synthetic,
)
from luthier.tools.data.layouts.base import Layout

LAYOUTS: tuple[Layout, ...] = (
    synthetic.LAYOUT,
    documents.LAYOUT,
    chat_log.LAYOUT,
    chatgpt.LAYOUT,
    openai_preference.LAYOUT,
    preference.LAYOUT,
    kto.LAYOUT,
    sharegpt.LAYOUT,
    messages.LAYOUT,
    alpaca.LAYOUT,
)
"""Recognised by themselves."""

ON_REQUEST: tuple[Layout, ...] = (pairs.LAYOUT, plain_text.LAYOUT)
"""Fit almost any table, so they are only taken when asked for, or when nothing else fits."""


def find_layout(name: str) -> Layout | None:
    """The layout that a user means by ``name``, or None."""
    wanted = " ".join(name.casefold().replace("_", " ").replace("-", " ").split())
    for layout in (*LAYOUTS, *ON_REQUEST):
        known = (layout.name, layout.label, *layout.synonyms)
        if wanted in {" ".join(word.casefold().replace("-", " ").split()) for word in known}:
            return layout
    return None


def layout_names() -> tuple[str, ...]:
    """The names to choose from."""
    return tuple(layout.name for layout in (*LAYOUTS, *ON_REQUEST))
