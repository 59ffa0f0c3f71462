"""An HTTP server in OpenAI's form for one model: chat completions, models, health, a page to try it.

It listens on 127.0.0.1 alone, wants a key for everything but the page and the health check, and
refuses requests whose Host is not this computer (a web page elsewhere could otherwise reach it
through a name that it makes point here). Answers are greedy: ``temperature`` is accepted and has
no effect.
"""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from luthier.tools.data.model import Message, Role
from luthier.tools.errors import LuthierError
from luthier.tools.identifiers import new_id
from luthier.tools.language import _

LARGEST_BODY = 4_000_000
DEFAULT_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an answer; ``tokens`` were written so far and ``finish`` says how it ended."""

    text: str
    tokens: int
    finish: str = ""


class Engine(Protocol):
    """The model behind the server."""

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt as the model is asked with it."""

    def count(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt."""

    def answer(self, messages: Sequence[Message], max_new_tokens: int) -> Iterator[Piece]:
        """Write the answer; the last piece has ``finish``."""


class _Turn(BaseModel):
    role: Role
    content: str | list[dict[str, Any]]

    def as_message(self) -> Message:
        """The turn as text; parts that are no text are refused."""
        if isinstance(self.content, str):
            return Message(role=self.role, content=self.content)
        if any(part.get("type") != "text" for part in self.content):
            raise _Refused(400, _("This model reads text only."))
        text = "".join(str(part.get("text", "")) for part in self.content)
        return Message(role=self.role, content=text)


class _Request(BaseModel):
    model_config = ConfigDict(extra="ignore")

    messages: list[_Turn] = Field(min_length=1)
    max_tokens: int | None = Field(default=None, ge=1, le=100_000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=100_000)
    stream: bool = False
    n: int = 1
    tools: list[Any] | None = None
    response_format: dict[str, Any] | None = None

    @property
    def length(self) -> int:
        """The longest answer that is wanted, in tokens."""
        return self.max_completion_tokens or self.max_tokens or DEFAULT_TOKENS


class _Refused(Exception):
    """A request that is answered with an error of this status."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class OpenAIServer(ThreadingHTTPServer):
    """The server with what its handler needs."""

    daemon_threads = True

    def __init__(self, engine: Engine, port: int, key: str, model: str, page: bytes) -> None:
        self.engine, self.key, self.model, self.page = engine, key, model, page
        super().__init__(("127.0.0.1", port), _Handler)


def make_server(engine: Engine, *, port: int, key: str, model: str, page: bytes) -> OpenAIServer:
    """A server that is bound to ``port`` (0: any) and waits for ``serve_forever``.

    Raises:
        OSError: the port is taken.
    """
    return OpenAIServer(engine, port, key, model, page)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: OpenAIServer

    def do_GET(self) -> None:
        """The page, the health check, the list of models."""
        self._guarded(self._get)

    def do_POST(self) -> None:
        """Chat completions and the rendered prompt."""
        self._guarded(self._post)

    def _guarded(self, work: Any) -> None:
        try:
            self._refuse_other_hosts()
            work()
        except _Refused as error:
            self._error(error.status, str(error))
        except LuthierError as error:
            self._error(400, error.as_text())
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the other side has gone, or no longer wants the answer

    def _get(self) -> None:
        path = self.path.partition("?")[0]
        if path in ("/", "/index.html") and self.server.page:
            self._write(200, self.server.page, "text/html; charset=utf-8")
        elif path in ("/health", "/v1/health"):
            self._json(200, {"status": "ok"})
        elif path == "/v1/models":
            self._refuse_without_key()
            entry = {
                "id": self.server.model,
                "object": "model",
                "created": 0,
                "owned_by": "luthier",
            }
            self._json(200, {"object": "list", "data": [entry]})
        else:
            raise _Refused(404, _("There is nothing here."))

    def _post(self) -> None:
        self._refuse_without_key()
        path = self.path.partition("?")[0]
        if path == "/v1/chat/completions":
            self._complete(self._read())
        elif path == "/apply-template":
            request = self._read()
            messages = [turn.as_message() for turn in request.messages]
            self._json(200, {"prompt": self.server.engine.render(messages)})
        else:
            raise _Refused(404, _("There is nothing here."))

    def _refuse_other_hosts(self) -> None:
        host = self.headers.get("Host", "").rpartition(":")[0]
        if host not in ("127.0.0.1", "localhost", "[::1]"):
            raise _Refused(403, _("This server answers this computer only."))

    def _refuse_without_key(self) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if not hmac.compare_digest(given.encode(), self.server.key.encode()):
            raise _Refused(401, _("The key is wrong or missing."))

    def _read(self) -> _Request:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            raise _Refused(413, _("The request is too long, or does not say how long it is."))
        try:
            request = _Request.model_validate_json(self.rfile.read(int(length)))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise _Refused(400, f"{place}: {first['msg']}".removeprefix(": ")) from error
        plain = request.response_format in (None, {"type": "text"})
        if request.n != 1 or request.tools or not plain:
            raise _Refused(
                400,
                _(
                    "This server gives one plain answer, without tools or a response format; "
                    "serve the GGUF file instead: llama.cpp does both."
                ),
            )
        return request

    def _complete(self, request: _Request) -> None:
        messages = [turn.as_message() for turn in request.messages]
        read = self.server.engine.count(messages)
        pieces = self.server.engine.answer(messages, request.length)
        name = f"chatcmpl-{new_id()}"
        if request.stream:
            self._stream(name, pieces)
            return
        texts, last = [], Piece("", 0, "stop")
        for piece in pieces:
            texts.append(piece.text)
            last = piece
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": "".join(texts)},
            "finish_reason": last.finish,
        }
        usage = {
            "prompt_tokens": read,
            "completion_tokens": last.tokens,
            "total_tokens": read + last.tokens,
        }
        body = self._body(name, "chat.completion", choice)
        self._json(200, {**body, "usage": usage})

    def _stream(self, name: str, pieces: Iterator[Piece]) -> None:
        self.close_connection = True
        first = next(pieces)  # what cannot be answered is refused before the stream begins
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self._event(name, {"role": "assistant", "content": first.text}, first.finish)
        for piece in pieces:
            if piece.text or piece.finish:
                self._event(name, {"content": piece.text} if piece.text else {}, piece.finish)
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, name: str, delta: dict[str, str], finish: str) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish or None}
        body = json.dumps(self._body(name, "chat.completion.chunk", choice), ensure_ascii=False)
        self.wfile.write(f"data: {body}\n\n".encode())
        self.wfile.flush()

    def _body(self, name: str, kind: str, choice: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": name,
            "object": kind,
            "created": int(time.time()),
            "model": self.server.model,
            "choices": [choice],
        }

    def _error(self, status: int, words: str) -> None:
        kind = "authentication_error" if status == 401 else "invalid_request_error"
        self._json(status, {"error": {"message": words, "type": kind, "code": status}})

    def _json(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self._write(status, data, "application/json; charset=utf-8")

    def _write(self, status: int, data: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(data)
