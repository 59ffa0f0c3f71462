"""The process that holds a model in transformers and answers over HTTP.

Run as ``python -m luthier.tools.hosting.transformers_process SETTINGS`` where SETTINGS is JSON: home,
model (``starter``, a folder or a Hub id), adapter (folder or empty), key_file, port, name, page. One
JSON line on standard output says the address once the model is loaded. It ends when its standard
input closes, so it never outlives the program that started it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from luthier.tools.data.model import Message
from luthier.tools.hosting.openai_http import Piece, make_server
from luthier.tools.models.generation import stream
from luthier.tools.models.loading import load_base, load_tuned
from luthier.tools.models.packing import packed_weights
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.workspace import open_workspace


class TransformersEngine:
    """One model in memory; requests are answered one after the other."""

    def __init__(self, home: Path, model_id: str, adapter: Path | None) -> None:
        reference = resolve_model(open_workspace(home), model_id, download=False)
        self._renderer = Renderer(reference.folder)
        self.model = (
            load_tuned(reference, adapter, merge=True)[0] if adapter else load_base(reference)[0]
        )
        self._turn = threading.Lock()

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt as the model is asked with it."""
        return self._renderer.prompt_text(messages)

    def count(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt."""
        return len(self._renderer.prompt_ids(messages))

    def answer(self, messages: Sequence[Message], max_new_tokens: int) -> Iterator[Piece]:
        """Write the answer greedily, one token at a time; the last piece says how it ended."""
        with self._turn:
            written = 0
            for text in stream(self.model, self._renderer, messages, max_new_tokens=max_new_tokens):
                written += 1
                yield Piece(text, written)
            stopped = written < max_new_tokens
            yield Piece("", written + stopped, finish="stop" if stopped else "length")


def main(arguments: list[str]) -> None:
    """Serve the model named in the settings until standard input closes."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    settings: dict[str, Any] = json.loads(arguments[0])
    adapter = Path(settings["adapter"]) if settings["adapter"] else None
    engine = TransformersEngine(Path(settings["home"]), settings["model"], adapter)
    page = Path(settings["page"], "index.html") if settings["page"] else None
    with packed_weights(engine.model):
        server = make_server(
            engine,
            port=settings["port"],
            key=Path(settings["key_file"]).read_text(encoding="utf-8").strip(),
            model=settings["name"],
            page=page.read_bytes() if page else b"",
        )
        address = f"http://127.0.0.1:{server.server_address[1]}"
        replies.write(json.dumps({"url": address}) + "\n")
        replies.flush()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
