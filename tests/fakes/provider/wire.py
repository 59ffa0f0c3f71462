"""HTTP for the provider: requests as values, answers as values, one handler that knows no routes."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """What a client sent; header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object.

        Raises:
            Refused: it is none.
        """
        try:
            found = json.loads(self.body or b"{}")
        except ValueError as error:
            raise Refused(400, "We could not parse the JSON body of your request.") from error
        if not isinstance(found, dict):
            raise Refused(400, "The body must be an object.")
        return found

    def parts(self) -> dict[str, tuple[str, bytes]]:
        """The parts of a multipart body: name to file name and content."""
        found = re.search(r"boundary=\"?([^\";]+)", self.headers.get("content-type", ""))
        if not found:
            raise Refused(400, "Expected a multipart body.")
        parts = {}
        for block in self.body.split(b"--" + found[1].encode())[1:-1]:
            head, _, content = block.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            name = re.search(rb'[; ]name="([^"]*)"', head)
            file = re.search(rb'filename="([^"]*)"', head)
            if name:
                file_name = file[1].decode() if file else ""
                parts[name[1].decode()] = (file_name, content.removesuffix(b"\r\n"))
        return parts


@dataclass(frozen=True)
class Answer:
    """What goes back: an object as JSON, or bytes as they are."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """An error in OpenAI's form."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        error = {"message": message, "type": kind, "param": param, "code": code}
        self.answer = Answer({"error": error}, status)


class Dropped(Exception):
    """The connection ends here, without an answer."""


class Listener:
    """Listens on a free port of loopback and gives every request to ``answer``."""

    def __init__(self, answer: Callable[[Request], Answer], port: int = 0) -> None:
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", port), type("Handler", (_Handler,), {"answering": staticmethod(answer)})
        )
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def serve(self) -> None:
        """Answer until :meth:`close`."""
        self._server.serve_forever(poll_interval=0.01)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    answering: Callable[[Request], Answer]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        pass

    def _answer(self) -> None:
        target = urlsplit(self.path)
        body = self._body()
        request = Request(
            method=self.command,
            path=unquote(target.path),
            query={name: values[-1] for name, values in parse_qs(target.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        try:
            answer = type(self).answering(request)
        except Refused as refused:
            answer = refused.answer
        except Dropped:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        try:
            self._send(answer)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        blocks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            blocks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(blocks)

    def _send(self, answer: Answer) -> None:
        raw = isinstance(answer.body, bytes)
        data = answer.body if raw else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        usual = {"Content-Type": "application/octet-stream" if raw else "application/json"}
        self.send_header("Content-Length", str(len(data)))
        for name, value in (usual | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
