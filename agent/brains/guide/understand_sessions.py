"""What a user wants done to the conversation itself, said in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_SESSION = r"(?:this |the |my |our )?(?:session|conversation|chat)"
_PATTERNS: tuple[tuple[str, str], ...] = (
    (
        "rename",
        rf"(?:rename|name|call|title) {_SESSION}(?: to| as|:)? [\"“”']?(?P<title>.+?)[\"“”']?",
    ),
    ("archive", rf"(?:archive|put away) {_SESSION}"),
    ("transcript", rf"(?:print|write|save|make|give me) (?:a |the )?transcript(?: of {_SESSION})?"),
    ("export", rf"export {_SESSION}"),
    (
        "find",
        r"(?:find|search)(?: for)? (?:the |my |all |a )?(?:sessions?|conversations?|chats?)"
        r"(?: (?:about|on|with|where|in which|that mentions?))? [\"“”']?(?P<words>.+?)[\"“”']?",
    ),
    ("delete", r"delete (?:the )?(?:session|conversation|chat) (?P<id>[\w-]+)"),
)
_WHERE = re.compile(r"\s+(?:to|into|as|in)\s+(?P<path>(?:~|\.{0,2}/|[A-Za-z]:\\)\S.*)$")
_POLITE = re.compile(r"^(?:please|can you|could you)\s+|[\s,]*(?:please)?[.!?]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SessionWish:
    """The tool that does it, with its arguments."""

    tool: str
    arguments: dict[str, Any]


def read_session_wish(text: str) -> SessionWish | None:
    """What is wished of the conversation, or None; titles and paths keep their letters."""
    words = _POLITE.sub("", text.strip())
    if len(words) > 300 or "\n" in words:
        return None
    path = ""
    where = _WHERE.search(words)
    if where:
        path, words = where["path"].strip("\"'"), words[: where.start()]
    for action, pattern in _PATTERNS:
        found = re.fullmatch(pattern, words, re.IGNORECASE)
        if found:
            return _wish(action, found.groupdict(), path)
    return None


def _wish(action: str, said: dict[str, str], path: str) -> SessionWish:
    match action:
        case "find":
            return SessionWish("find_sessions", {"words": said["words"]})
        case "delete":
            return SessionWish("delete_session", {"session_id": said["id"]})
    arguments = {"action": action, "title": said.get("title", ""), "path": path}
    return SessionWish("keep_session", {key: value for key, value in arguments.items() if value})
