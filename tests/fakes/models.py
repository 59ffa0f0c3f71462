"""Models that answer from a script, word by word."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from luthier.tools.data.model import Message
from luthier.tools.workspace import Workspace
from luthier.tui.model_talk import SIDES, Side


class FakeModels:
    """Answers each side's questions in order; remembers what was asked."""

    def __init__(self, answers: dict[Side, list[str]], endless: Side | None = None) -> None:
        """Args: ``endless`` is a side whose answer never comes."""
        self._endless = endless
        self._answers = {side: list(texts) for side, texts in answers.items()}
        self.asked: list[tuple[list[Message], tuple[Side, ...]]] = []
        self.stopped = False
        self.served_at = ""

    async def start(
        self, _workspace: Workspace, _model_id: str, _adapter: Path | None
    ) -> FakeModels:
        return self

    async def ask(
        self, messages: Sequence[Message], sides: tuple[Side, ...] = SIDES
    ) -> AsyncIterator[tuple[Side, str]]:
        self.asked.append((list(messages), sides))
        for side in sides:
            if side == self._endless:
                await asyncio.Event().wait()
            for index, word in enumerate(self._answers[side].pop(0).split(" ")):
                yield side, word if index == 0 else f" {word}"

    async def stop(self) -> None:
        self.stopped = True
