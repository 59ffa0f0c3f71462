"""The part of the Hugging Face Hub's API that fetching a data set needs, on loopback."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "b" * 40


class DataHub(ThreadingHTTPServer):
    """``files`` of one data set by path; ``status`` is answered instead where it is set.

    Of a file whose path is ``held`` only the first half is sent, until ``released`` is set.
    """

    def __init__(self, dataset: str, files: dict[str, bytes]) -> None:
        self.dataset, self.files, self.status, self.error_code = dataset, files, 0, ""
        self.asked: list[str] = []
        self.held = ""
        self.released = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: DataHub

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append(path)
        if self.server.status:
            self._send(self.server.status, b"{}", {"X-Error-Code": self.server.error_code})
        elif path.startswith(f"/api/datasets/{self.server.dataset}"):
            self._send(200, json.dumps(self._info(path)).encode(), {})
        elif path.startswith(f"/datasets/{self.server.dataset}/resolve/"):
            name = path.split("/", 6)[6]
            content = self.server.files[name]
            etag = hashlib.sha1(content, usedforsecurity=False).hexdigest()
            headers = {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}
            self._send(200, content, headers, hold=name == self.server.held)
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _info(self, path: str) -> Any:
        if "/tree/" in path:
            return [
                {"type": "file", "path": name, "size": len(data), "oid": "0" * 40}
                for name, data in self.server.files.items()
            ]
        listed = [
            {"rfilename": name, "size": len(data)} for name, data in self.server.files.items()
        ]
        return {"id": self.server.dataset, "sha": COMMIT, "siblings": listed}

    def _send(
        self, status: int, content: bytes, headers: dict[str, str], *, hold: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if hold:
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            self.server.released.wait()
            content = content[len(content) // 2 :]
        with suppress(ConnectionError):  # whoever asked may be gone
            self.wfile.write(content)


@contextmanager
def data_hub(dataset: str, files: dict[str, bytes]) -> Iterator[tuple[DataHub, str]]:
    """The server and its address."""
    server = DataHub(dataset, files)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
