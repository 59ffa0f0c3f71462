"""The process behind a chat with a model: loads it once, then answers requests line by line.

Run as ``python -m luthier.tools.hosting.chat_worker HOME MODEL [ADAPTER]``. Requests come as JSON
lines on standard input, replies go as JSON lines to standard output. The process ends when its
standard input closes, so it never outlives the program that started it, however that one ended.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from luthier.tools.data.model import Message
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.models.generation import stream
from luthier.tools.models.loading import load_base, load_tuned
from luthier.tools.models.packing import packed_weights
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.tuned_folder import is_whole_model
from luthier.tools.workspace import open_workspace


class Requests:
    """What the other side asks for, read in a thread so that a stop is heard while writing."""

    def __init__(self, source: TextIO) -> None:
        self._source = source
        self._asked: queue.Queue[dict[str, Any]] = queue.Queue()
        self._stopped = -1
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._source:
            request = json.loads(line)
            if request["type"] == "stop":
                self._stopped = max(self._stopped, request["id"])
            else:
                self._asked.put(request)
        os._exit(0)  # nobody listens any more, and loading or writing cannot be interrupted

    def next(self) -> dict[str, Any]:
        """The next question; waits for it."""
        return self._asked.get()

    def is_stopped(self, number: int) -> bool:
        """Whether the question ``number`` is no longer wanted."""
        return number <= self._stopped


class Answering:
    """The loaded model with its two sides: tuned, and base with the adapter switched off.

    Where every weight was tuned there is nothing to switch off, so the base model is loaded beside it
    once it is asked.
    """

    def __init__(self, home: Path, model_id: str, adapter: Path | None) -> None:
        self._reference = resolve_model(open_workspace(home), model_id, download=False)
        self._renderer = Renderer(self._reference.folder)
        self._adapter = adapter
        self._base: Any = None
        self.model, _ = (
            load_tuned(self._reference, adapter) if adapter else load_base(self._reference)
        )

    def answer(self, request: dict[str, Any], requests: Requests, replies: TextIO) -> None:
        """Stream the answer to one question as ``delta`` lines, then ``done``."""
        number = request["id"]
        messages = [Message.model_validate(message) for message in request["messages"]]
        with self._side(request["side"]) as model:
            pieces = stream(
                model, self._renderer, messages, max_new_tokens=request["max_new_tokens"]
            )
            for piece in pieces:
                if requests.is_stopped(number):
                    break
                if piece:
                    _say(replies, {"type": "delta", "id": number, "text": piece})
        _say(replies, {"type": "done", "id": number})

    @contextmanager
    def _side(self, side: str) -> Iterator[Any]:
        """The model that answers as ``side``."""
        if side != "base" or self._adapter is None:
            yield self.model
        elif is_whole_model(self._adapter):
            if self._base is None:
                self._base = load_base(self._reference)[0]
            yield self._base
        else:
            with self.model.disable_adapter():
                yield self.model


def _say(replies: TextIO, reply: dict[str, Any]) -> None:
    replies.write(json.dumps(reply, ensure_ascii=False) + "\n")
    replies.flush()


def _private_output() -> TextIO:
    """Standard output for replies alone; whatever libraries print goes to standard error."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies


def _failure(error: Exception) -> dict[str, str]:
    if isinstance(error, LuthierError):
        return error.as_dict()
    traceback.print_exc()
    return LuthierError(
        _("The model could not answer."),
        why=f"{type(error).__name__}: {error}",
        remedy=_("Try again; if it happens again, the log in Luthier's home has the details."),
        code="chat.failed",
    ).as_dict()


def main(arguments: list[str]) -> None:
    """Load the model named by ``arguments`` and answer until standard input closes."""
    replies = _private_output()
    requests = Requests(sys.stdin)
    home, model_id, *adapter = arguments
    try:
        answering = Answering(Path(home), model_id, Path(adapter[0]) if adapter else None)
    except Exception as error:  # noqa: BLE001  the other side must hear of every failure
        _say(replies, {"type": "error", "id": -1, "error": _failure(error)})
        return
    with packed_weights(answering.model):
        _say(replies, {"type": "ready"})
        while True:
            request = requests.next()
            try:
                answering.answer(request, requests, replies)
            except Exception as error:  # noqa: BLE001  the other side must hear of every failure
                _say(replies, {"type": "error", "id": request["id"], "error": _failure(error)})


if __name__ == "__main__":
    main(sys.argv[1:])
