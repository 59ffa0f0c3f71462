"""What speaks against running a plan somewhere, known before anything is started."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Objection:
    """Something in a plan or its rows that this backend would refuse, or at least should be known.

    ``code`` is the name under which users of the provider know it; ``stops`` says that it cannot be
    started like this.
    """

    code: str
    message: str
    remedy: str = ""
    stops: bool = True
