"""What the user has named: files and models that a brain may turn to without asking again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage


def user_words(messages: Iterable[BaseMessage]) -> str:
    """Everything the user said, picked or gave as a reason, one piece per line.

    What stands for "I don't know" is not among it: that answer was the brain's own suggestion.
    """
    lines: list[str] = []
    for message in messages:
        if isinstance(message, HumanMessage) and message.name != "luthier":
            lines.append(message.text)
        elif isinstance(message, ToolMessage):
            data = (message.artifact or {}).get("data", {})
            kind = data.get("answer", {}).get("kind")
            lines.append(str(data.get("spoken") or "") if kind in ("text", "choice") else "")
            lines.append(str(data.get("reason") or "") if data.get("declined") else "")
    return "\n".join(line for line in lines if line)


def is_named(value: str, words: str) -> bool:
    """Whether ``value`` stands in the user's words, however it was quoted or abbreviated there.

    It must stand there as a whole: who names ``/data/mail.csv`` has not named ``/data`` or ``mail``.
    """
    wanted = _plain(value)
    if not wanted:
        return False
    whole = rf"(?<![\w./~@-]){re.escape(wanted)}(?![\w/@-]|\.\w)"
    return re.search(whole, _plain(words)) is not None


def _plain(text: str) -> str:
    home = f"{Path.home()}/"
    bare = unquote(text).replace("file://", "").replace("\\", "")
    return "".join(c for c in bare if c not in "'\"").replace("~/", home).strip()
