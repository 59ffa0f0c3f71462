"""A model server on loopback that follows a script: streaming chat completions, and every failure.

Nobody's client is patched: tests drive the real one over HTTP. The script is a list of replies, or a
function from the request to a reply; ``requests`` keeps what was sent.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer: text, thoughts and calls are streamed in pieces; ``fault`` spoils it.

    ``calls`` are names with arguments: an object, or a string that is sent as it is. ``fault`` is
    "drop" (the connection breaks after the text) or "hang" (nothing more comes until released).
    ``usage`` is None where the server does not count tokens. ``raw`` are the lines of a stream as a
    certain server sends them, in place of everything else.
    """

    text: str = ""
    calls: Sequence[tuple[str, Any]] = ()
    thoughts: str = ""
    finish: str = ""
    fault: str = ""
    indexed: bool = True
    usage: tuple[int, int] | None = (100, 20)
    raw: Sequence[str] = ()


@dataclass(frozen=True)
class Refusal:
    """An HTTP error in OpenAI's form; ``times`` how often before the script goes on."""

    status: int
    message: str = "no"
    code: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"retry-after-ms": "1"})


Script = Callable[[dict[str, Any]], Reply | Refusal]


class OpenAIServer:
    """A context manager: ``with OpenAIServer([...]) as server: server.base_url``."""

    def __init__(
        self, script: Iterable[Reply | Refusal] | Script, models: Sequence[str] = ("scripted",)
    ) -> None:
        self.requests: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        self.api_keys: list[str] = []
        self.paths: list[str] = []
        self.models = models
        self.hanging = threading.Event()
        self.released = threading.Event()
        self._script = script if callable(script) else _in_turn(list(script))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def base_url(self) -> str:
        """The endpoint as a user would type it."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def __enter__(self) -> OpenAIServer:
        self._thread.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next_reply(self, request: dict[str, Any]) -> Reply | Refusal:
        """What to answer to ``request``."""
        self.requests.append(request)
        return self._script(request)

    @property
    def last_messages(self) -> list[dict[str, Any]]:
        """The messages of the newest request."""
        return list(self.requests[-1]["messages"])


def _in_turn(replies: list[Reply | Refusal]) -> Script:
    def next_one(_request: dict[str, Any]) -> Reply | Refusal:
        if not replies:
            return Refusal(400, "the script is over")
        return replies.pop(0)

    return next_one


def _handler(the_server: OpenAIServer) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"script": the_server})


class _Handler(BaseHTTPRequestHandler):
    script: OpenAIServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        pass

    def do_GET(self) -> None:
        listed = [{"id": name, "object": "model"} for name in self.script.models]
        self._send_json(200, {"object": "list", "data": listed}, {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length))
        self.script.authorizations.append(self.headers.get("Authorization", ""))
        self.script.api_keys.append(self.headers.get("api-key", ""))
        self.script.paths.append(self.path)
        reply = self.script.next_reply(body)
        if isinstance(reply, Refusal):
            error = {"message": reply.message, "code": reply.code or None, "type": "error"}
            self._send_json(reply.status, {"error": error}, reply.headers)
            return
        if not body.get("stream"):
            self._send_json(200, _whole(reply), {})
            return
        try:
            self._stream(reply)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _send_json(self, status: int, body: Any, headers: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if reply.raw:
            for line in reply.raw:
                self._chunk(f"{line}\n\n".encode())
            self._chunk(b"")
            return
        for delta in _deltas(reply):
            self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        if reply.fault == "drop":
            self.close_connection = True
            return
        if reply.fault == "hang":
            self.script.hanging.set()
            self.script.released.wait(30)
        finish = reply.finish or ("tool_calls" if reply.calls else "stop")
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        if reply.usage:
            into, out = reply.usage
            usage = {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out}
            self._event({"choices": [], "usage": usage})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, part: dict[str, Any]) -> None:
        whole = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
        self._chunk(f"data: {json.dumps({**whole, **part})}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def _whole(reply: Reply) -> dict[str, Any]:
    into, out = reply.usage or (0, 0)
    usage = {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out}
    message = {"role": "assistant", "content": reply.text}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish or "stop"}
    whole = {"id": "c", "object": "chat.completion", "created": 0, "model": "m"}
    return whole | {"choices": [choice]} | ({"usage": usage} if reply.usage else {})


def _deltas(reply: Reply) -> Iterable[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    for piece in re.findall(r"\S+\s*|\s+", reply.thoughts):
        yield {"reasoning_content": piece}
    for piece in re.findall(r"\S+\s*|\s+", reply.text):
        yield {"content": piece}
    for number, (name, arguments) in enumerate(reply.calls):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        place = {"index": number if reply.indexed else 0}
        begin = {"id": f"call_{number}", "type": "function", "function": {"name": name}}
        if not reply.indexed:
            begin["function"] = {"name": name, "arguments": text}
            yield {"tool_calls": [{**place, **begin}]}
            continue
        yield {"tool_calls": [{**place, **begin}]}
        for start in range(0, len(text), 7):
            piece = {"function": {"arguments": text[start : start + 7]}}
            yield {"tool_calls": [{**place, **piece}]}


def does(name: str, text: str = "", /, **arguments: Any) -> Reply:
    """A reply with one call."""
    return Reply(text=text, calls=[(name, arguments)])
