"""What stages, verdicts and sessions are called; the stored words stay English, the shown ones not."""

from __future__ import annotations

from luthier.tools.language import _, mark

TITLES = {
    "decide": mark("Decide"),
    "data": mark("Data"),
    "baseline": mark("Alternatives"),
    "plan": mark("Plan"),
    "train": mark("Train"),
    "evaluate": mark("Evaluate"),
    "host": mark("Use it"),
}
"""The stages of the journey, in its order."""

DECISIONS = {
    "ship": mark("ship"),
    "ship_with_care": mark("ship with care"),
    "do_not_ship": mark("do not ship"),
    "more_data": mark("more data first"),
    "undecided": mark("undecided"),
}
"""What the verdict came to, in a word or two."""

NEW_TITLE = mark("New session")
"""The stored title of a session in which nothing was said yet."""


def shown_title(title: str) -> str:
    """A session's title as the user reads it."""
    return _(title) if title == NEW_TITLE else title
