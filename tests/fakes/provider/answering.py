"""Who answers at the provider: a process that holds the base model and puts adapters on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Said:
    """One answer with what it counted."""

    text: str
    stopped: bool
    prompt_tokens: int
    completion_tokens: int


class Answerer(Protocol):
    """Answers conversations."""

    def answer(self, adapter: str | None, messages: list[dict[str, Any]], most: int) -> Said:
        """Answer greedily with at most so many tokens."""


class ScriptedAnswerer:
    """Says the last word of the question, and with an adapter the last but one."""

    def answer(self, adapter: str | None, messages: list[dict[str, Any]], most: int) -> Said:
        """Something that differs with the question."""
        words = str(messages[-1].get("content") or "").split() or [""]
        text = words[-2] if adapter and len(words) > 1 else words[-1]
        return Said(text, True, sum(len(str(m.get("content")).split()) for m in messages), 1)


class ModelAnswerer:
    """A real model in a process of its own; see :func:`main`."""

    def __init__(self, home: Path, model: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__, str(home), model],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Threads that spin while they wait take the time of everything else on a busy machine.
            env={**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"},
        )
        self._lock = threading.Lock()

    def answer(self, adapter: str | None, messages: list[dict[str, Any]], most: int) -> Said:
        """Ask the process."""
        assert self._process.stdin
        assert self._process.stdout
        order = json.dumps({"adapter": adapter, "messages": messages, "most": most})
        with self._lock:
            self._process.stdin.write(order + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        return Said(**json.loads(line))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:  # busy with an answer that nobody waits for any more
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def main(home: Path, model: str) -> None:
    """Answer orders from standard input, one line each, until it is closed."""
    from luthier.tools.data.model import Message
    from luthier.tools.models.generation import generate
    from luthier.tools.models.loading import load_base, load_tuned
    from luthier.tools.models.reference import resolve_model
    from luthier.tools.models.rendering import Renderer
    from luthier.tools.workspace import open_workspace

    reference = resolve_model(open_workspace(home), model)
    renderer = Renderer(reference.folder)
    loaded: dict[str | None, Any] = {}
    for line in sys.stdin:
        order = json.loads(line)
        adapter = order["adapter"]
        if adapter not in loaded:
            loaded[adapter] = (
                load_tuned(reference, Path(adapter))[0] if adapter else load_base(reference)[0]
            )
        messages = [
            Message(role=_role(one["role"]), content=_text(one.get("content")))
            for one in order["messages"]
        ]
        [found] = generate(
            loaded[adapter], renderer, [messages], max_new_tokens=order["most"], batch_size=1
        )
        said = {
            "text": found.text,
            "stopped": found.stopped,
            "prompt_tokens": found.prompt_tokens,
            "completion_tokens": found.completion_tokens,
        }
        print(json.dumps(said), flush=True)  # noqa: T201


def _role(name: str) -> Any:
    return "system" if name == "developer" else name


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return str(content or "")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
