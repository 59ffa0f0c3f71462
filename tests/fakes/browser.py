"""A page in a real Chromium without a window, steered through its DevTools protocol."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BINARIES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-quic"),
    "--remote-debugging-pipe",
)


class Page:
    """One open page; ``errors`` are what its console complained of."""

    def __init__(self, process: subprocess.Popen[bytes], send: Any, receive: Any) -> None:
        self._process, self._send, self._receive = process, send, receive
        self._number = 0
        self._session = ""
        self.errors: list[str] = []

    def open(self, address: str) -> None:
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self._call("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session = attached["sessionId"]
        self._call("Runtime.enable")
        self._call("Log.enable")
        self._call("Page.enable")
        self._call("Page.navigate", {"url": address})
        self.wait_for("document.readyState === 'complete'")

    def value(self, expression: str) -> Any:
        found = self._call("Runtime.evaluate", {"expression": expression, "returnByValue": True})
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def run(self, statement: str) -> None:
        self.value(f"({{ {statement} }}, true)" if statement.startswith("{") else f"{statement}; 1")

    def wait_for(self, condition: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not self.value(f"!!({condition})"):
            assert time.monotonic() < end, f"never true: {condition}"

    def _call(self, method: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters or {}}
        if self._session:
            message["sessionId"] = self._session
        self._send.write(json.dumps(message).encode() + b"\0")
        self._send.flush()
        while True:
            answer = json.loads(self._read())
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def _read(self) -> bytes:
        data = b""
        while not data.endswith(b"\0"):
            byte = self._receive.read(1)
            assert byte, "the browser has ended"
            data += byte
        return data[:-1]

    def _note(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(event["params"]))


@contextmanager
def chromium_page(address: str) -> Iterator[Page]:
    """The page at ``address``; the test is skipped where no Chromium is installed."""
    import os

    binary = next((path for name in BINARIES if (path := shutil.which(name))), None)
    if binary is None:
        pytest.skip("no Chromium is installed here")
    to_browser, from_us = os.pipe()
    from_browser, to_us = os.pipe()

    def wire() -> None:
        saved_in, saved_out = os.dup(to_browser), os.dup(to_us)
        os.dup2(saved_in, 3)
        os.dup2(saved_out, 4)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [binary, *QUIET, f"--user-data-dir={Path(profile)}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=wire,
            close_fds=False,
        )
        os.close(to_browser)
        os.close(to_us)
        with os.fdopen(from_us, "wb") as send, os.fdopen(from_browser, "rb", 0) as receive:
            page = Page(process, send, receive)
            try:
                page.open(address)
                yield page
            finally:
                process.kill()
                process.wait()
