"""What can go wrong between here and a model, in plain words, each with what to do about it."""

from __future__ import annotations

import json
from typing import Any

import openai

from luthier.agent.settings import BrainSettings
from luthier.tools.endpoints.keys import variable_for
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.secrets import HIDDEN, without_keys

OR_THE_GUIDE = mark("Or type /model and choose the guide, which goes on from here without a model.")

SAY_OTHERWISE = mark(
    "What you said last is not sent again, unless you type /retry. Say it in other words, or use "
    "another model."
)

_CONTEXT = (
    "context_length",
    "context length",
    "context size",
    "context window",
    "maximum context",
    "too many tokens",
    "prompt is too long",
    "exceeds the available context",
)
_NO_TOOLS = (
    "does not support tools",
    "does not support function",
    "support tool use",
    "tool choice requires",
    "tools param requires",
    "tool calling is not supported",
)
_FILTER = (
    "content_filter",
    "content management policy",
    "responsible_ai",
    "safety system",
)


def is_about_context(error: openai.APIError) -> bool:
    """Whether the conversation was too long for the model."""
    return _mentions(error, _CONTEXT)


def is_about_usage(error: openai.APIError) -> bool:
    """Whether the server does not know the wish to count tokens."""
    return _mentions(error, ("stream_options", "include_usage"))


def is_about_form(error: openai.APIError) -> bool:
    """Whether the server cannot hold a model to the form of an answer."""
    return _mentions(error, ("response_format", "json_schema", "grammar", "structured output"))


def explain(
    error: Exception, settings: BrainSettings, secret: str, *, midway: bool = False
) -> LuthierError:
    """The error for the user; ``secret`` is taken out of whatever the server said.

    ``midway`` says that the answer had begun to come.
    """
    what, why, remedy, code = _words(error, settings, midway)
    if not why and isinstance(error, openai.APIError):
        why = _server_words(error, secret)
    return LuthierError(
        what,
        why=why,
        remedy=_or_the_guide(remedy),
        place=settings.words,
        code=code,
    )


def empty_answer(settings: BrainSettings) -> LuthierError:
    """The model ended without a word or a call."""
    return LuthierError(
        _("The model gave an empty answer."),
        why=_("Small models do so now and then."),
        remedy=_or_the_guide(_("Type /retry, or say it in other words.")),
        place=settings.words,
        code="llm.empty",
    )


def repeating(settings: BrainSettings) -> LuthierError:
    """The model says one thing over and over, which it would never end by itself."""
    return LuthierError(
        _("The model said the same thing over and over, so I cut it off."),
        why=_("Small models do so now and then."),
        remedy=_or_the_guide(_("Type /retry, or say it in other words.")),
        place=settings.words,
        code="llm.repeats",
    )


def filtered(settings: BrainSettings) -> LuthierError:
    """The provider broke the answer off."""
    return LuthierError(
        _("The provider's content filter stopped the answer."),
        remedy=_or_the_guide(_(SAY_OTHERWISE)),
        place=settings.words,
        code="llm.content_filter",
    )


def _or_the_guide(remedy: str) -> str:
    return f"{remedy} {_(OR_THE_GUIDE)}"


_Words = tuple[str, str, str, str]


def _words(error: Exception, settings: BrainSettings, midway: bool) -> _Words:
    if isinstance(error, openai.APITimeoutError) or _is_timeout(error):
        return (
            _("The model did not answer in time."),
            _("The server took the question and then said nothing for minutes."),
            _("Type /retry to ask again; a smaller model answers faster."),
            "llm.timeout",
        )
    if isinstance(error, openai.APIStatusError):
        return _status_words(error, settings)
    if isinstance(error, openai.APIConnectionError) and not midway:
        return (
            _("No model server answers at {base_url}.", base_url=settings.base_url),
            _("Nothing listens there, or the network is away."),
            _(
                "Start the server, or check the address with `luthier model show`; then type /retry."
            ),
            "llm.unreachable",
        )
    if isinstance(error, openai.APIError) and not isinstance(error, openai.APIConnectionError):
        return _request_words(error) or (
            _("The model server broke off with an error."),
            "",
            _("Type /retry to ask again."),
            "llm.server_error",
        )
    return (
        _("The connection to the model was lost in the middle of its answer."),
        _("What it had said so far stands above; nothing that was done is lost."),
        _("Say “go on”."),
        "llm.dropped",
    )


def _status_words(error: openai.APIStatusError, settings: BrainSettings) -> _Words:
    special = _request_words(error)
    if special:
        return special
    variable = variable_for(settings)
    if error.status_code == 401:
        what = _("The provider does not accept the key, or there is none.")
        remedy = _(
            "Set the right one: export {variable}=…, then start Luthier again, or put it into the "
            "keyring with `luthier model use`; then type /retry.",
            variable=variable,
        )
        return what, "", remedy, "llm.key_refused"
    if error.status_code == 403:
        what = _("Your key may not use {model}.", model=settings.model)
        return what, "", _("Ask for access, or choose another model."), "llm.forbidden"
    if error.status_code == 404:
        what = _(
            "There is no model {model} at {base_url}.",
            model=settings.model,
            base_url=settings.base_url,
        )
        return what, "", _("`luthier model list` shows what there is."), "llm.not_found"
    if error.status_code == 429:
        return _too_much(error)
    if error.status_code >= 500:
        what = _("The model server failed, also when asked again.")
        return what, "", _("Wait a little and type /retry."), "llm.server_error"
    return (
        _("The model server did not take the request."),
        "",
        _("Try another model."),
        "llm.refused",
    )


def _too_much(error: openai.APIStatusError) -> _Words:
    if _mentions(error, ("insufficient_quota", "billing", "credit")):
        what = _("The provider says that your credit is used up.")
        return what, "", _("Add credit there, or choose another model."), "llm.no_credit"
    what = _("The provider is answering no more requests for now, also when asked again.")
    return what, "", _("Wait a minute and type /retry."), "llm.too_many_requests"


def _request_words(error: openai.APIError) -> _Words | None:
    if _mentions(error, _NO_TOOLS):
        return (
            _("This model cannot call tools, which the seat needs."),
            "",
            _("Choose a model made for tool calls, such as Qwen3 or Llama 3.1."),
            "llm.no_tools",
        )
    if _mentions(error, _FILTER):
        what = _("The provider's content filter refused the conversation.")
        return what, "", _(SAY_OTHERWISE), "llm.content_filter"
    if is_about_context(error):
        return (
            _("The conversation no longer fits into this model, even shortened."),
            "",
            _(
                "What you said last is not sent again; say it more briefly, or use a model with a "
                "longer context (or start its server with more of it) and type /retry."
            ),
            "llm.context",
        )
    return None


def _is_timeout(error: Exception) -> bool:
    import httpx2

    return isinstance(error, httpx2.TimeoutException)


def _mentions(error: openai.APIError, signs: tuple[str, ...]) -> bool:
    text = f"{error.message} {error.code} {json.dumps(error.body, default=str)}".lower()
    return any(sign in text for sign in signs)


def _server_words(error: openai.APIError, secret: str) -> str:
    body: Any = error.body
    text = body.get("message") if isinstance(body, dict) else None
    text = str(text or error.message).strip()
    if secret:
        text = text.replace(secret, HIDDEN)
    return _("The server says: {text}", text=without_keys(text)[:300])
