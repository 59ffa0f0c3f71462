"""Words that were given back to the user of the plain chat, until he says them or others."""

from __future__ import annotations

from collections.abc import Awaitable

from luthier.agent.events import WordsReturned
from luthier.tools.language import _


class Returned:
    """What nobody has heard of one session's words; ``/send`` says it."""

    def __init__(self) -> None:
        self._text = ""

    def hear(self, event: WordsReturned) -> str:
        """Take words back, and say so."""
        self._text = f"{self._text}\n{event.text}".strip()
        if event.unsaved:
            return _(
                "Your words could not be saved, so they were not sent: “{text}”. /send tries again.",
                text=self._text,
            )
        return _(
            "A question came before your words were heard, so they were not taken as its answer: "
            "“{text}”. /send says them now.",
            text=self._text,
        )

    def take(self) -> str:
        """The words, to be said now; nothing is held any more."""
        text, self._text = self._text, ""
        return text

    def put_back(self, text: str) -> None:
        """Hold words that could not be said after all, before those that came meanwhile."""
        self._text = f"{text}\n{self._text}".strip()

    async def are_done_with(self, saying: Awaitable[bool]) -> None:
        """Hold nothing of before any more, unless what the user is ``saying`` instead is not taken."""
        before = self.take()
        if not await saying:
            self.put_back(before)
