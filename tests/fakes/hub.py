"""The part of the Hugging Face Hub's API that publishing needs, on loopback."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HEAD = "a" * 40


class FakeHub(ThreadingHTTPServer):
    """Repositories with their files; ``refuse`` is a status that every commit is answered with."""

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.tokens: set[str] = set()
        self.refuse = 0
        self.lose = ""
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        name = "/".join(self.path.split("?")[0].split("/")[3:5])
        files = self.server.repositories.get(name, {})
        if "/tree/" in self.path:
            tree = [
                {"type": "file", "path": path, "size": len(data), "oid": "0" * 40}
                for path, data in files.items()
            ]
            self._send(200, tree)
        else:
            siblings = [{"rfilename": path} for path in files]
            self._send(200, {"id": name, "sha": HEAD, "siblings": siblings})

    def do_POST(self) -> None:
        self.server.tokens.add(self.headers.get("Authorization", ""))
        raw = self._body()
        path = self.path.split("?")[0]
        if path == "/api/repos/create":
            self._create(json.loads(raw))
        elif path == "/api/validate-yaml":
            self._send(200, {"errors": [], "warnings": []})
        elif "/preupload/" in path:
            wanted = json.loads(raw)["files"]
            modes = [
                {"path": one["path"], "uploadMode": "regular", "shouldIgnore": False}
                for one in wanted
            ]
            self._send(200, {"files": modes})
        elif "/commit/" in path:
            self._commit("/".join(path.split("/")[3:5]), raw)
        else:
            self._send(404, {"error": f"no such place: {path}"})

    def _create(self, body: dict[str, Any]) -> None:
        name = (
            f"{body['organization']}/{body['name']}" if body.get("organization") else body["name"]
        )
        self.server.repositories.setdefault(name, {})
        self.server.private[name] = bool(body.get("private") or body.get("visibility") == "private")
        self._send(200, {"url": f"{self.server.url}/{name}", "name": name})

    def _commit(self, name: str, raw: bytes) -> None:
        if self.server.refuse:
            self._send(self.server.refuse, {"error": "You may not write here"})
            return
        for line in raw.decode().splitlines():
            entry = json.loads(line)
            if entry["key"] == "file" and entry["value"]["path"] != self.server.lose:
                content = base64.b64decode(entry["value"]["content"])
                self.server.repositories[name][entry["value"]["path"]] = content
        url = f"{self.server.url}/{name}/commit/{HEAD}"
        self._send(200, {"success": True, "commitOid": HEAD, "commitUrl": url})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            data = b""
            while size := int(self.rfile.readline(), 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    """The server, running in a thread."""
    server = FakeHub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
