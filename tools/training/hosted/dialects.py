"""The words in which providers take and tell jobs: one entry for each that differs from OpenAI's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from luthier.tools.training.hosted.api import Api
from luthier.tools.training.hosted.profiles import Profile
from luthier.tools.training.hosted.record import Record
from luthier.tools.training.hosted.request import request_of
from luthier.tools.training.hosted.site import Site
from luthier.tools.training.hosted.together import TogetherApi, together_request
from luthier.tools.training.plan import Plan


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of provider is spoken to: its calls, and the fields of a creation."""

    api: type[Api]
    request: Callable[[Plan, Site, Record, str], dict[str, Any]]


DIALECTS: Mapping[str, Dialect] = {
    "openai": Dialect(Api, request_of),
    "together": Dialect(TogetherApi, together_request),
}


def dialect_of(profile: Profile) -> Dialect:
    """The words of a provider."""
    return DIALECTS[profile.dialect]
