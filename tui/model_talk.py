"""A conversation with a tuned model and its base, apart from how it is drawn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

from luthier.tools.workspace import Workspace

if TYPE_CHECKING:
    from luthier.tools.data.model import Message
    from luthier.tools.training.tuned_model import TunedModel

Side = Literal["tuned", "base"]
SIDES: Final[tuple[Side, ...]] = ("tuned", "base")


class Models(Protocol):
    """The models behind the talk: the tuned one and its base; ``served_at`` where it is served."""

    served_at: str

    def ask(
        self, messages: Sequence[Message], sides: tuple[Side, ...] = SIDES
    ) -> AsyncIterator[tuple[Side, str]]:
        """Stream the answers piece by piece."""

    async def stop(self) -> None:
        """End the process."""


StartModels = Callable[[Workspace, str, "Path | TunedModel | None"], Awaitable[Models]]


async def start_models(
    workspace: Workspace, model_id: str, tuned: Path | TunedModel | None
) -> Models:
    """The real models: an adapter's folder beside its base model, or both at their provider.

    Raises:
        LuthierError: the models cannot be loaded.
    """
    adapter = tuned if isinstance(tuned, Path) else None
    if tuned is not None and not isinstance(tuned, Path):
        hosted = await asyncio.to_thread(import_module, "luthier.tools.hosting.hosted_chat")
        elsewhere: Models = hosted.HostedChat(tuned.endpoint, tuned.base)
        return elsewhere
    served = await asyncio.to_thread(import_module, "luthier.tools.hosting.served_chat")
    server = await asyncio.to_thread(served.find_served, workspace, adapter) if adapter else None
    models: Models
    if server is not None:
        models = await served.ServedBesideBase.start(workspace, model_id, server)
    else:
        models = await served.ChatProcess.start(workspace, model_id, adapter)
    return models


@dataclass
class ModelTalk:
    """Each side keeps its own history, since its own answers are part of what it sees."""

    models: Models
    system: str = ""
    histories: dict[Side, list[Message]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew on both sides, with the system text that the training rows had."""
        opening = [_message("system", self.system)] if self.system else []
        self.histories = {side: list(opening) for side in SIDES}

    async def ask(self, text: str, sides: tuple[Side, ...]) -> AsyncIterator[tuple[Side, str]]:
        """Put ``text`` to the given sides; a side that is not asked does not hear of it."""
        question = _message("user", text)
        for side in sides:
            self.histories[side].append(question)
        answers = dict.fromkeys(sides, "")
        try:
            if len({tuple(self.histories[side]) for side in sides}) == 1:
                async for side, delta in self.models.ask(self.histories[sides[0]], sides):
                    answers[side] += delta
                    yield side, delta
            else:
                for one in sides:
                    async for side, delta in self.models.ask(self.histories[one], (one,)):
                        answers[side] += delta
                        yield side, delta
        finally:
            for side, answer in answers.items():
                self.histories[side].append(_message("assistant", answer))


def _message(role: Literal["system", "user", "assistant"], content: str) -> Message:
    from luthier.tools.data.model import Message

    return Message(role=role, content=content)
