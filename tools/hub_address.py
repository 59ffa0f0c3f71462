"""Where the Hugging Face Hub is: what ``HF_ENDPOINT`` says, the same for asking and for what is shown."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

_USUAL = "https://huggingface.co"


def hub_address() -> str:
    """The address that everything for and from the Hub goes to, without a slash at its end.

    Raises:
        LuthierError: ``HF_ENDPOINT`` is no web address (``hub.bad_address``).
    """
    address = os.environ.get("HF_ENDPOINT", "").strip().rstrip("/") or _USUAL
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # no number as its port
        is_web = False
    if not is_web:
        raise LuthierError(
            _("HF_ENDPOINT is no web address: {address}", address=_without_key(address)),
            why=_("It says where the Hugging Face Hub is, and nothing was sent there."),
            remedy=_(
                "Start Luthier with it unset for huggingface.co, or give the whole address with its "
                "https://, such as {example}.",
                example="https://hub.example.org",
            ),
            code="hub.bad_address",
        )
    return address


def hub_place() -> str:
    """The address as it is shown: without the scheme, and without a name and password in it.

    Raises:
        LuthierError: what :func:`hub_address` raises.
    """
    return _without_key(hub_address().partition("://")[2])


def _without_key(address: str) -> str:
    return address.rpartition("@")[2]
