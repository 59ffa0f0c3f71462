"""Read which column of the user's file is the prompt and which the completion."""

from __future__ import annotations

import re
from collections.abc import Callable

PROMPT_COLUMN = "prompt column"
COMPLETION_COLUMN = "completion column"
MESSAGES_COLUMN = "messages column"

_ROLES = {
    PROMPT_COLUMN: "prompt|input|question|instruction|request",
    COMPLETION_COLUMN: "completion|answer|output|label|target|response|reply",
    MESSAGES_COLUMN: "messages|conversation|chat",
}
_ANY_ROLE = "|".join(_ROLES.values())


def read_several_columns(request: str) -> tuple[str, str] | None:
    """ "prompt columns are title and body": the names, joined by commas."""
    found = re.match(
        r"(?:the\s+)?(?:prompt|input) columns\s*(?:are|is|=|:|should be|to)\s*(.+)$", request, re.I
    )
    if not found:
        return None
    columns = re.split(r"\s*,\s*|\s+and\s+", found.group(1))
    return PROMPT_COLUMN, ", ".join(unquoted(column) for column in columns if column)


def read_column(clause: str, is_setting: Callable[[str], bool]) -> tuple[str, str] | None:
    """Which role a clause gives to which column, such as ("prompt column", "question").

    ``is_setting`` tells the plan's settings, which are no columns, by their words.
    """
    assigned = re.match(
        rf"(?:(?:set|change|make)\s+)?(?:the\s+)?({_ANY_ROLE})(\s+(?:column|field))?\s*"
        r"(?:is in(?: the)?(?: column| field)?|comes from|is called|is|=|:|should be|to)\s*"
        r"(?:the\s+)?((?:column|field)\s+)?(.+)$",
        clause,
        re.I,
    )
    if assigned:
        role, said_column, said_field, column = assigned.groups()
        sure = said_column or said_field or role.casefold() in ("prompt", "completion", "messages")
        named = re.search(r"is in|comes from", clause, re.I)
        if sure or named:
            return _role_name(role), _column_name(column)
    used = re.match(
        r"(?:(?:use|take|map|make|set|put|treat)\s+)?(?:the\s+)?(?:(?:column|field)\s+)?(.+?)"
        rf"(?:\s+(?:column|field))?\s+(?:as|for|to be|to)\s+(?:the\s+)?({_ANY_ROLE})"
        r"(?:\s+(?:column|field))?$",
        clause,
        re.I,
    )
    if used and not is_setting(used.group(1)):
        return _role_name(used.group(2)), _column_name(used.group(1))
    return None


def _role_name(word: str) -> str:
    return next(name for name, words in _ROLES.items() if word.casefold() in words.split("|"))


def _column_name(text: str) -> str:
    return unquoted(re.sub(r"\s+(?:column|field)$", "", text.strip(), flags=re.I))


def unquoted(text: str) -> str:
    """Without blanks and quotation marks at the ends."""
    return text.strip().strip("\"'“”‘’`").strip()
