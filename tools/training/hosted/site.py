"""A provider as one job deals with it: where it is, what is different there, how long to wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import openai

from luthier.tools.endpoints.failures import mentions
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.jobs.context import JobContext
from luthier.tools.training.hosted.api import RemoteCheckpoint, RemoteJob
from luthier.tools.training.hosted.profiles import Profile
from luthier.tools.training.hosted.record import Record

LONGEST_WAIT = 120.0

Publish = Callable[[JobContext, Record, RemoteJob], EndpointModel]
"""Makes the tuned model answer, and says where; OpenAI needs nothing for it, Azure a deployment."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a job is tuned.

    ``endpoint`` is asked for files and jobs, ``base`` is the untuned model for the comparison (None:
    it cannot be asked there). ``extra`` are fields of the creation call that the SDK does not know,
    ``leaves`` adds to the result of the job, ``keeps`` to what is written down of a checkpoint.
    """

    profile: Profile
    endpoint: EndpointModel
    base: EndpointModel | None
    publish: Publish
    extra: dict[str, Any] = field(default_factory=dict)
    byte_order_mark: bool = False
    secret: str = ""
    leaves: Callable[[RemoteJob], dict[str, Any]] = lambda _job: {}
    keeps: Callable[[RemoteCheckpoint], dict[str, Any]] = lambda _found: {}

    @property
    def label(self) -> str:
        """The provider as the user knows it."""
        return self.profile.label

    def is_passing(self, error: openai.APIError) -> bool:
        """Whether the same call may succeed later: busy, broken, or cut off on the way."""
        if not isinstance(error, openai.APIStatusError):
            return True
        if error.status_code == 429:
            return not mentions(error, "insufficient_quota", "billing", "exceeded_quota")
        return error.status_code in (408, 409) or error.status_code >= 500

    def wait(self, context: JobContext, error: openai.APIError, attempt: int) -> None:
        """Wait as long as the provider asked for, else longer with each attempt.

        Raises:
            JobStopped: a stop was asked for.
        """
        seconds = min(_retry_after(error) or 0.5 * 2.0**attempt, LONGEST_WAIT)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            context.honour_stop()
            time.sleep(min(left, 0.5))


def _retry_after(error: openai.APIError) -> float:
    if not isinstance(error, openai.APIStatusError):
        return 0.0
    headers = error.response.headers
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return float(headers[name]) / scale
        except (KeyError, ValueError):
            continue
    return 0.0
