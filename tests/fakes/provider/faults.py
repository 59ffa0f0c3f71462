"""What can go wrong at a provider, as data: which request is hit, how often, and by what."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from typing import Literal

from fakes.provider.wire import Answer, Dropped, Refused, Request

UPLOAD = ("POST", r"/files$")
CREATE = ("POST", r"/fine_tuning/jobs$")
LOOK = ("GET", r"/fine_tuning/jobs/[^/]+$")
EVENTS = ("GET", r"/events$")
CHAT = ("POST", r"/chat/completions$")
ANY = ("", r".")


@dataclass
class Fault:
    """One thing that goes wrong ``times`` times at the requests it fits, then no more.

    ``drop`` "before" breaks the connection with nothing done; "after" breaks it once the provider
    has done what was asked: the client cannot tell which it was. ``seconds`` only delays. ``hold``
    stops the answer there until :attr:`gate` is set; :attr:`reached` says that it has come so far.
    :attr:`moments` are those of the clock in which a request was hit; without anything else set, nothing
    goes wrong and the request is only noted.
    """

    where: tuple[str, str]
    status: int = 0
    code: str | None = None
    message: str = "Something is wrong here."
    kind: str = "invalid_request_error"
    headers: dict[str, str] = field(default_factory=dict)
    drop: Literal["", "before", "after"] = ""
    seconds: float = 0.0
    hold: Literal["", "before", "after"] = ""
    reached: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)
    times: int = 1
    method: str = ""
    met: int = 0
    moments: list[float] = field(default_factory=list)

    def fits(self, request: Request) -> bool:
        """Whether this request is hit."""
        method, pattern = self.where
        return (
            self.met < self.times
            and (self.method or method) in ("", request.method)
            and re.search(pattern, request.path) is not None
        )

    def strike(self) -> None:
        """Before anything is done.

        Raises:
            Dropped, Refused: as the fault says.
        """
        self.met += 1
        self.moments.append(time.monotonic())
        if self.seconds:
            time.sleep(self.seconds)
        self.pause("before")
        if self.drop == "before":
            raise Dropped
        if self.status:
            refused = Refused(self.status, self.message, self.code, kind=self.kind)
            body = refused.answer.body
            refused.answer = Answer(body, self.status, dict(self.headers))
            raise refused

    def pause(self, when: str) -> None:
        """Wait at the gate, where this is the moment to hold."""
        if self.hold == when:
            self.reached.set()
            self.gate.wait(60)

    def after(self) -> None:
        """Once everything is done and nothing is answered yet.

        Raises:
            Dropped: as the fault says.
        """
        self.pause("after")
        if self.drop == "after":
            raise Dropped
