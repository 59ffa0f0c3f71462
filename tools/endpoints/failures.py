"""What can go wrong between here and a provider, in plain words, each with what to do about it."""

from __future__ import annotations

import json
from typing import Any

import openai

from luthier.tools.endpoints.keys import variable_for
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

_Words = tuple[str, str, str]
"""What happened, what to do, and the code."""

_MOST = 400


def explain(error: Exception, server: EndpointModel, secret: str) -> LuthierError:
    """The error for the user; ``secret`` is taken out of whatever the server said."""
    what, remedy, code = _words(error, server)
    why = server_words(error, secret) if isinstance(error, openai.APIStatusError) else ""
    return LuthierError(what, why=why, remedy=remedy, place=server.host, code=code)


def server_words(error: openai.APIError, secret: str) -> str:
    """The server's own words, as a sentence; nothing where it said nothing."""
    body: Any = error.body
    text = body.get("message") if isinstance(body, dict) else None
    text = str(text or error.message).strip()
    if secret:
        text = text.replace(secret, "[key]")
    return _("The provider says: {text}", text=text[:_MOST]) if text else ""


def mentions(error: openai.APIError, *signs: str) -> bool:
    """Whether any of the texts stands in what the server said."""
    text = f"{error.message} {error.code} {json.dumps(error.body, default=str)}".lower()
    return any(sign in text for sign in signs)


def _words(error: Exception, server: EndpointModel) -> _Words:
    if isinstance(error, openai.APIStatusError):
        return _status_words(error, server)
    if isinstance(error, openai.APITimeoutError):
        return (
            _("{host} did not answer in time.", host=server.host),
            _("Try again later; nothing is lost."),
            "endpoint.timeout",
        )
    return (
        _("{host} cannot be reached.", host=server.host or server.base_url),
        _("Check the network and the address {url}; then go on.", url=server.base_url),
        "endpoint.unreachable",
    )


def _status_words(error: openai.APIStatusError, server: EndpointModel) -> _Words:
    match error.status_code:
        case 401:
            return (
                _("{host} does not accept the key, or there is none.", host=server.host),
                _(
                    "Set the right one: export {variable}=…, then go on; or put it into the keyring "
                    "with `luthier hosted key`.",
                    variable=variable_for(server),
                ),
                "endpoint.key_refused",
            )
        case 403:
            return (
                _("Your account has no access to this at {host}.", host=server.host),
                _("Ask its administrator, or use another provider or this computer."),
                "endpoint.no_access",
            )
        case 404:
            return (
                _("{host} does not know what was asked for.", host=server.host),
                _("Check the name of the model and the address {url}.", url=server.base_url),
                "endpoint.not_found",
            )
        case 413:
            return (
                _("What was sent is too large for {host}.", host=server.host),
                _("Use fewer or shorter rows."),
                "endpoint.too_large",
            )
        case 429 if mentions(error, "insufficient_quota", "billing", "exceeded_quota", "credit"):
            return (
                _("Your credit at {host} is used up, or its limit is reached.", host=server.host),
                _("Add credit there or raise the limit, then go on."),
                "endpoint.no_credit",
            )
        case 429:
            return (
                _("{host} takes no more requests for now.", host=server.host),
                _("Wait a while, then go on; nothing is lost."),
                "endpoint.too_many_requests",
            )
        case status if status >= 500:
            return (
                _("{host} failed, also when asked again.", host=server.host),
                _("Wait a while, then go on; nothing is lost."),
                "endpoint.server_error",
            )
    return (
        _("{host} did not take the request.", host=server.host),
        _("What it says names the cause."),
        "endpoint.refused",
    )
