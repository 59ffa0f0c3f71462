"""A language model that a tool may ask to write something, as the session's brain provides it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from luthier.tools.endpoints.model import EndpointModel


@dataclass(frozen=True, slots=True)
class Written:
    """One answer with the tokens it took; both are 0 where the server does not count."""

    text: str
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Writer:
    """The connected model. ``ask`` raises LuthierError; ``price`` is in dollars, None if unknown.

    ``endpoint`` is where it answers, for what asks it from a job.
    """

    name: str
    is_local: bool
    ask: Callable[[str], Written]
    price: Callable[[int, int], float | None]
    endpoint: EndpointModel | None = None
