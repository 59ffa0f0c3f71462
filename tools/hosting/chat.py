"""Talking to a model from the chat: a process of its own holds it, so the screen stays smooth.

This module never imports torch. The process loads the base model and the adapter once and answers
with either: the base side is the same model with the adapter switched off.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from luthier.tools.data.model import Message
from luthier.tools.errors import LuthierError
from luthier.tools.jobs.environment import job_environment
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

Side = Literal["tuned", "base"]
LOG_NAME = "chat-model.log"
_LINE_LIMIT = 2**22
_PATIENCE = 5.0


class ChatProcess:
    """A model that is ready to talk; made by :meth:`start`, ended by :meth:`stop`.

    One question is answered at a time; others wait. It is an asynchronous context manager.
    """

    def __init__(self, process: asyncio.subprocess.Process, sides: tuple[Side, ...]) -> None:
        self.sides = sides
        self.served_at = ""
        self._process = process
        self._turn = asyncio.Lock()
        self._number = 0
        self._log: Path | None = None

    @classmethod
    async def start(
        cls, workspace: Workspace, model_id: str = "starter", adapter: Path | None = None
    ) -> ChatProcess:
        """Start the process and wait until the model is loaded (seconds).

        Args:
            workspace: where the base model lives; the process logs there, too.
            model_id: the base model; it must be on this machine already.
            adapter: folder of the tuned adapter; without it there is only the side ``base``.

        Raises:
            LuthierError: what :func:`~luthier.tools.models.reference.resolve_model` and
                :func:`~luthier.tools.models.loading.load_tuned` raise, or ``chat.died``.
        """
        log = workspace.logs / LOG_NAME
        command = [sys.executable, "-P", "-m", "luthier.tools.hosting.chat_worker"]
        command += [str(workspace.home), model_id, *([str(adapter)] if adapter else [])]
        with log.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                env=job_environment(workspace),
                start_new_session=True,
                limit=_LINE_LIMIT,
            )
        chat = cls(process, ("tuned", "base") if adapter else ("base",))
        chat._log = log
        try:
            _raise_failure(await chat._reply())
        except BaseException:
            await chat.stop()
            raise
        return chat

    async def __aenter__(self) -> ChatProcess:
        """The running process."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop it."""
        await self.stop()

    @property
    def is_running(self) -> bool:
        """Whether questions can be asked."""
        return self._process.returncode is None

    async def ask(
        self,
        messages: Sequence[Message],
        sides: Sequence[Side] | None = None,
        *,
        max_new_tokens: int = 512,
    ) -> AsyncIterator[tuple[Side, str]]:
        """Stream the answers as pairs of side and next piece of text, one side after the other.

        :meth:`interrupt`, or cancelling the task, stops the model from writing on.

        Args:
            messages: the conversation, ending with the user's turn.
            sides: which sides answer; all that there are by default.
            max_new_tokens: an answer that has not ended by then is cut.

        Raises:
            LuthierError: ``chat.no_adapter``, ``generation.too_long``, ``chat.failed`` or
                ``chat.died``.
        """
        wanted = tuple(sides or self.sides)
        if not set(wanted) <= set(self.sides):
            raise LuthierError(
                _("There is no tuned model in this chat."),
                why=_("It was started with the base model alone."),
                remedy=_("Finish a training first, then chat with its result."),
                code="chat.no_adapter",
            )
        async with self._turn:
            for side in wanted:
                async for piece in self._ask_side(messages, side, max_new_tokens):
                    yield side, piece

    async def _ask_side(
        self, messages: Sequence[Message], side: Side, max_new_tokens: int
    ) -> AsyncIterator[str]:
        self._number += 1
        number = self._number
        await self._send(
            {
                "type": "ask",
                "id": number,
                "side": side,
                "messages": [message.model_dump() for message in messages],
                "max_new_tokens": max_new_tokens,
            }
        )
        finished = False
        try:
            while True:
                reply = await self._reply()
                if reply.get("id") != number:
                    continue  # the rest of an answer that was stopped
                if reply["type"] != "delta":
                    finished = True
                    _raise_failure(reply)
                    return
                yield reply["text"]
        finally:
            if not finished:
                self.interrupt()

    def interrupt(self) -> None:
        """Stop the answer that is being written; the loop over :meth:`ask` ends by itself."""
        if self.is_running:
            self._write({"type": "stop", "id": self._number})

    async def stop(self) -> None:
        """End the process: it goes when its input closes; if not, it is killed. Safe to repeat."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _PATIENCE)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def _write(self, request: dict[str, Any]) -> None:
        if self._process.stdin:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")

    async def _send(self, request: dict[str, Any]) -> None:
        self._write(request)
        if self._process.stdin:
            try:
                await self._process.stdin.drain()
            except (ConnectionResetError, BrokenPipeError) as error:
                raise self._died() from error

    async def _reply(self) -> dict[str, Any]:
        """The next line from the process."""
        line = await self._process.stdout.readline() if self._process.stdout else b""
        if not line:
            raise self._died()
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _died(self) -> LuthierError:
        said = (
            self._log.read_text(encoding="utf-8", errors="replace").split("\n") if self._log else []
        )
        last = next((line for line in reversed(said) if line.strip()), "")
        return LuthierError(
            _("The process that holds the model has ended."),
            why=_("Its last words: {words}", words=last)
            if last
            else _("The system may have run out of memory."),
            remedy=_(
                "Open the chat with the model again; close other programs if memory is short."
            ),
            place=str(self._log or ""),
            code="chat.died",
        )


def _raise_failure(reply: dict[str, Any]) -> None:
    if reply["type"] == "error":
        raise LuthierError.from_dict(reply["error"])
