"""The two streams of the plain chat: lines as they are typed, and what is said on the other."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from luthier.tui.untrusted import clean

_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_SLANTED = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])")
_EMPHASIS = re.compile(r"(\*\*|__|`)(.+?)\1")

Say = Callable[[str], None]


def without_marks(text: str) -> str:
    """Markdown without the marks of headings and emphasis, which a screen reader would read out."""
    return _SLANTED.sub(r"\1", _EMPHASIS.sub(r"\2", _HEADING.sub("", text)))


@dataclass(frozen=True, slots=True)
class Voice:
    """Says lines; Markdown is drawn where a person looks at a terminal, and bare text elsewhere."""

    target: TextIO
    say: Say

    def __call__(self, text: str) -> None:
        """Say plain text."""
        self.say(text)

    def markdown(self, text: str) -> None:
        """Say what Luthier says."""
        words = f"Luthier: {text}"
        if not self.target.isatty():
            self.say(without_marks(words))
            return
        from rich.console import Console
        from rich.markdown import Markdown

        from luthier.tui.direction.stream import below

        console = Console(file=below(self.target), highlight=False)
        console.print(Markdown(clean(words), hyperlinks=False))


def read_lines(source: TextIO) -> asyncio.Queue[str | None]:
    """Lines of ``source`` as they come, then None; read in a thread that never holds up the end."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def put(line: str | None) -> None:
        with suppress(RuntimeError):  # the chat is over and its loop closed; nobody listens
            loop.call_soon_threadsafe(lines.put_nowait, line)

    def read() -> None:
        for line in source:
            put(line)
        put(None)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    return lines
