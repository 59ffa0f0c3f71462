"""Keys kept out of everything that is stored or shown: conversations, logs, error messages.

Known are the values of environment variables that are named like keys, and texts that have the form of
a provider's key. What is found is replaced; nothing is remembered of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from luthier.tools.jobs.environment import SECRET

HIDDEN = "[key]"
SHORTEST = 12
"""Characters; a shorter value of a variable could be a word that means something else as well."""

_FORMS = re.compile(
    r"\b(?:sk-[\w-]{16,}|hf_[A-Za-z0-9]{20,}|gsk_[A-Za-z0-9]{20,}|AIza[\w-]{30,}|xai-[\w-]{20,}"
    r"|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{40,}|glpat-[\w-]{20,})"
)


def without_keys(text: str, environment: Mapping[str, str] | None = None) -> str:
    """``text`` with every key in it replaced by ``[key]``."""
    found = os.environ if environment is None else environment
    for name, value in found.items():
        if SECRET.search(name) and len(value.strip()) >= SHORTEST:
            text = text.replace(value.strip(), HIDDEN)
    return _FORMS.sub(HIDDEN, text)


class Scrubber:
    """Takes one secret out of a text that comes in pieces, wherever it is cut."""

    __slots__ = ("_held", "_secret")

    def __init__(self, secret: str) -> None:
        self._secret = secret if len(secret) >= SHORTEST else ""
        self._held = ""

    def feed(self, piece: str) -> str:
        """What is certain to be no part of the secret."""
        if not self._secret:
            return piece
        held = (self._held + piece).replace(self._secret, HIDDEN)
        keep = max(
            (
                size
                for size in range(1, min(len(self._secret), len(held) + 1))
                if held.endswith(self._secret[:size])
            ),
            default=0,
        )
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep]

    def finish(self) -> str:
        """The rest, once nothing more comes."""
        rest, self._held = self._held, ""
        return rest
