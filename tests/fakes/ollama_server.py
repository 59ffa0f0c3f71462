"""Ollama's HTTP API on loopback: blobs, create, show, ps, chat completions, delete.

It answers by asking a function, so that a test decides how good the created model is.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SIZE = 123_000_000
"""Bytes that every model takes in memory, as it says."""

Answer = Callable[[list[dict[str, str]]], dict[str, Any]]


class FakeOllama(ThreadingHTTPServer):
    """What was uploaded and created, by name."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.blobs: dict[str, bytes] = {}
        self.models: dict[str, dict[str, Any]] = {}
        self.requests: list[str] = []
        self.lists_loaded = True
        """Whether there is ``/api/ps``; old versions have none."""
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeOllama

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._note()
        self._send(200 if self.path.rpartition("/")[2] in self.server.blobs else 404)

    def do_GET(self) -> None:
        self._note()
        if self.path == "/api/ps" and not self.server.lists_loaded:
            self._send(404)
        elif self.path == "/api/ps":
            loaded = [{"name": f"{name}:latest", "size": SIZE} for name in self.server.models]
            self._send(200, {"models": loaded})
        else:
            self._send(200, {"version": "0.20.0"})

    def do_DELETE(self) -> None:
        self._note()
        name = self._body()["model"]
        self._send(200 if self.server.models.pop(name, None) else 404)

    def do_POST(self) -> None:
        self._note()
        if self.path.startswith("/api/blobs/"):
            self._take_blob()
            return
        body = self._body()
        if self.path == "/api/create":
            missing = set(body["files"].values()) - set(self.server.blobs)
            if missing:
                self._send(400, {"error": f"no such blob: {missing}"})
                return
            self.server.models[body["model"]] = body
            self._send(200, {"status": "success"})
        elif self.path == "/api/show":
            self._send(200, {"template": self.server.models[body["model"]].get("template", "")})
        elif self.path == "/v1/chat/completions" and body["model"] in self.server.models:
            self._send(200, self.server.answer(body["messages"]))
        else:
            self._send(404, {"error": "not found"})

    def _take_blob(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        digest = self.path.rpartition("/")[2]
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
            self._send(400, {"error": "digest mismatch"})
            return
        self.server.blobs[digest] = data
        self._send(201)

    def _note(self) -> None:
        self.server.requests.append(f"{self.command} {self.path.partition('sha256')[0]}")

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return body

    def _send(self, status: int, body: dict[str, Any] | None = None) -> None:
        data = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def fake_ollama(answer: Answer) -> Iterator[FakeOllama]:
    """The server, running in a thread."""
    server = FakeOllama(answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
