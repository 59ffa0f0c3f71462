"""A client of a model that is served over HTTP in OpenAI's form, on this computer.

Written on the standard library: a proxy of the environment must never see what is said to a server
on this computer, and nothing more than a request and its answer is needed.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any

from luthier.tools.data.model import Message
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.models.generation import Generated

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_POLL = 0.1


class ServedModel:
    """A served model by its address; ``key`` is sent with every request where there is one."""

    def __init__(self, url: str, key: str = "", model: str = "tuned", timeout: float = 300) -> None:
        self.url = url.rstrip("/")
        self.model = model
        self._key = key
        self._timeout = timeout

    def is_healthy(self) -> bool:
        """Whether it says that it is ready."""
        try:
            self.request("/health")
        except LuthierError:
            return False
        return True

    def wait_until_healthy(self, seconds: float, alive: Callable[[], bool]) -> bool:
        """Ask until it is ready, its process is gone, or the time is over."""
        end = time.monotonic() + seconds
        while alive() and time.monotonic() < end:
            if self.is_healthy():
                return True
            time.sleep(_POLL)
        return False

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt as the server writes it (``/apply-template``, as in llama.cpp's server)."""
        found = self.request("/apply-template", {"messages": _plain(messages)})
        return str(found["prompt"])

    def answer(self, messages: Sequence[Message], max_new_tokens: int) -> Generated:
        """Answer greedily.

        Raises:
            LuthierError: the server cannot be reached or refuses (``host.request_failed``).
        """
        found = self.request(
            "/v1/chat/completions",
            {
                "model": self.model,
                "messages": _plain(messages),
                "max_tokens": max_new_tokens,
                "temperature": 0,
                "seed": 13,
                "cache_prompt": False,
            },
        )
        choice, usage = found["choices"][0], found.get("usage", {})
        return Generated(
            text=choice["message"].get("content") or "",
            stopped=choice.get("finish_reason") == "stop",
            prompt_tokens=int(usage.get("prompt_tokens", 0)),
            completion_tokens=int(usage.get("completion_tokens", 0)),
        )

    def stream(self, messages: Sequence[Message], max_new_tokens: int = 512) -> Iterator[str]:
        """Answer greedily, a piece of text at a time; stop by no longer asking.

        Raises:
            LuthierError: the server cannot be reached, refuses, or breaks off.
        """
        path = "/v1/chat/completions"
        body = {
            "model": self.model,
            "messages": _plain(messages),
            "max_tokens": max_new_tokens,
            "temperature": 0,
            "stream": True,
        }
        with self._open(path, json.dumps(body).encode(), self._headers()) as response:
            try:
                for line in response:
                    text = line.decode(errors="replace").strip()
                    if text.startswith("data: {"):
                        choice = json.loads(text[6:])["choices"][0]
                        yield choice.get("delta", {}).get("content") or ""
            except (OSError, HTTPException, ValueError, LookupError) as error:
                raise self._refused(path, 0, str(error)) from error

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return headers

    def request(
        self, path: str, body: Any = None, *, method: str = "", data: bytes | Path | None = None
    ) -> dict[str, Any]:
        """One request and its JSON answer; ``data`` is sent as it is, a path as the file's content.

        Raises:
            LuthierError: the server cannot be reached or refuses (``host.request_failed``).
        """
        headers = self._headers()
        if isinstance(data, Path):
            headers["Content-Length"] = str(data.stat().st_size)
            with data.open("rb") as stream:
                return self._send(path, headers, stream, method)
        sent = data if data is not None else json.dumps(body).encode() if body is not None else None
        return self._send(path, headers, sent, method)

    def _send(self, path: str, headers: dict[str, str], data: Any, method: str) -> dict[str, Any]:
        with self._open(path, data, headers, method) as response:
            try:
                text = response.read()
            except (OSError, HTTPException) as error:
                raise self._refused(path, 0, str(error)) from error
        try:
            found = json.loads(text) if text.strip() else {}
        except ValueError:
            found = {}
        return found if isinstance(found, dict) else {}

    def _open(self, path: str, data: Any, headers: dict[str, str], method: str = "") -> Any:
        request = urllib.request.Request(
            self.url + path, data=data, headers=headers, method=method or None
        )
        try:
            return _DIRECT.open(request, timeout=self._timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refused(path, error.code, _words_in(error.read())) from error
        except (OSError, HTTPException) as error:
            raise self._refused(path, 0, str(getattr(error, "reason", error))) from error

    def _refused(self, path: str, status: int, words: str) -> LuthierError:
        return LuthierError(
            _("The server did not answer.")
            if status == 0
            else _("The server refused the request ({status}).", status=status),
            why=words[:500],
            remedy=_("Look at its log, and start it again if it has ended."),
            place=self.url + path,
            code=f"host.status_{status}" if status else "host.unreachable",
        )


def _plain(messages: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]


def _words_in(body: bytes) -> str:
    """What an error answer says, in OpenAI's form, Ollama's, or as plain text."""
    text = body.decode(errors="replace")
    try:
        error = json.loads(text).get("error", text)
    except (ValueError, AttributeError):
        return text
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)
