"""The provider as a whole: ``with Provider(...) as provider: provider.base_url``."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from typing import Self

from fakes.provider.answering import Answerer, ModelAnswerer, ScriptedAnswerer
from fakes.provider.azure import Azure
from fakes.provider.dataplane import DataPlane
from fakes.provider.faults import Fault
from fakes.provider.jobs import Keeper
from fakes.provider.state import Store
from fakes.provider.together import PREFIX, Together
from fakes.provider.training import LuthierTrainer, ScriptedTrainer, Trainer
from fakes.provider.wire import Answer, Listener, Refused, Request

KEY = "sk-loopback-0123456789abcdef"
TOKEN = "loopback-control-plane-token"
MODEL = "gpt-4.1-mini-2025-04-14"


class Provider:
    """Files, jobs, models and deployments behind HTTP on loopback.

    Without a ``home`` its trainings follow a script and teach nothing; with one, they are trainings
    of Luthier's in that home on ``model`` (an id or folder), and its answers are that model's.
    ``clock_skew`` seconds are added to every time it tells. ``strict`` leaves out what OpenAI's
    published description does not know (the states ``pausing`` and ``paused``).
    """

    def __init__(
        self,
        home: Path | None = None,
        model: str = "starter",
        *,
        models: dict[str, str | None] | None = None,
        learning_rate: float = 5e-4,
        max_length: int = 512,
        auto_epochs: int = 3,
        port: int = 0,
    ) -> None:
        self.key, self.token = KEY, TOKEN
        self.clock_skew = 0
        self.faults: list[Fault] = []
        self.requests: Counter[tuple[str, str]] = Counter()
        self.trainer: Trainer = ScriptedTrainer()
        answerer: Answerer = ScriptedAnswerer()
        if home:
            self.trainer = LuthierTrainer(
                home, model, learning_rate=learning_rate, max_length=max_length
            )
            answerer = ModelAnswerer(home, model)
        self.store = Store()
        self.keeper = Keeper(self.store, self.trainer, self._now, auto_epochs)
        self.plane = DataPlane(self.keeper, answerer, models or {MODEL: None})
        self.azure = Azure(self.plane, self.key, self.token)
        self.together = Together(self.plane)
        self._answerer = answerer
        self._lock = threading.RLock()
        self._listener = Listener(self._answer, port)
        self._thread = threading.Thread(target=self._listener.serve, daemon=True)

    def _now(self) -> int:
        return int(time.time()) + self.clock_skew

    @property
    def url(self) -> str:
        """Where it listens; also Azure's endpoint and the address of its control plane."""
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def base_url(self) -> str:
        """OpenAI's base URL."""
        return f"{self.url}/v1"

    @property
    def together_url(self) -> str:
        """Together's base URL."""
        return f"{self.url}{PREFIX}"

    def count(self, what: str) -> int:
        """How many ``uploads``, ``creations`` or ``deployments`` there were."""
        return self.store.counted.get(what, 0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self._listener.close()
        self._thread.join()
        for part in (self.trainer, self._answerer):
            if isinstance(part, LuthierTrainer | ModelAnswerer):
                part.close()

    def _answer(self, request: Request) -> Answer:
        self.requests[request.method, request.path] += 1
        fault = next((one for one in self.faults if one.fits(request)), None)
        if fault:
            fault.strike()
        with self._lock:
            answer = self._route(request)
        if fault:
            fault.after()
        return answer

    def _route(self, request: Request) -> Answer:
        if request.path.startswith("/subscriptions/"):
            return self.azure.control(request)
        if request.path.startswith("/openai/"):
            return self.azure.data(request)
        if request.headers.get("authorization") != f"Bearer {self.key}":
            raise Refused(401, "Incorrect API key provided.", "invalid_api_key")
        if request.path.startswith(f"{PREFIX}/"):
            return self.together.answer(request)
        return self.plane.answer(request, request.path.removeprefix("/v1"))
