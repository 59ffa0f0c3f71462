"""Where to train, and what to do at a provider: "use OpenAI instead", "back to local", "show my jobs"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

BACKENDS = {
    "openai": ("openai", "open ai", "chatgpt's api", "oai"),
    "nebius": ("nebius", "token factory", "nebius token factory"),
    "together": ("together", "together ai", "together.ai"),
    "azure": ("azure", "azure openai", "microsoft", "foundry"),
    "autotrain": ("autotrain", "auto train", "autotrain advanced"),
    "local": (
        "local",
        "locally",
        "this computer",
        "this machine",
        "my computer",
        "my machine",
        "my own computer",
        "my laptop",
        "home",
        "here",
    ),
}
"""Names of places as people say them; nebius and together are providers of the backend ``openai``."""

_PROVIDERS = ("nebius", "together")
_NAMES = {name: key for key, names in BACKENDS.items() for name in names}
_PLACE = "|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True))
_URL = r"https?://[^\s,]+"
_DO = (
    r"(?:train|tune|fine[- ]?tune|retrain|run|launch|do|start|make)(?:d|ing)?(?: (?:it|this|that|the "
    r"(?:plan|model|training|tuning|job)|my (?:model|data)|everything|(?:a |the )?model))?"
)
_LEAD = (
    r"(?:please |now |ok(?:ay)?,? |no,? |and |then |let'?s |i (?:want|would like|wish) to "
    r"|can (?:you|we) |could (?:you|we) )*"
)
_TO = (
    r"(?:use|take|choose|try|prefer) "
    r"|(?:switch|change|move|go|back|return)(?: it| the plan| over)? (?:back )?(?:to|over to) "
)
_SWITCH = re.compile(
    rf"^{_LEAD}(?:{_DO} (?:at|on|with|via|using|in|through|by)?|{_TO})"
    rf"\s*(?:the )?(?:provider |backend )?(?P<place>{_PLACE})"
    rf"(?: (?:api|backend|provider))?(?:,? (?:instead|again|now|please|then))*"
    rf"(?: at (?P<url>{_URL}))?"
    rf"(?:(?:,? (?:with|and|using)|:)? (?:the )?model (?P<model>[\w./:@-]+))?"
    rf"(?:,? (?:instead|again|now|please|then|for (?:the )?training|to (?:train|tune)(?: it)?))*[.!]?$",
    re.IGNORECASE,
)
_SIDE_BY_SIDE = re.compile(
    rf"^{_LEAD}{_DO} together\b(?! ?\.?ai\b)",
    re.IGNORECASE,
)
"""“Let's do it together” names no provider."""
_AT_URL = re.compile(
    rf"^(?:please )?(?:{_DO}|use the provider|use)(?: at| on| with)? (?P<url>{_URL})"
    rf"(?:(?:,? (?:with|and|using))? (?:the )?model (?P<model>[\w./:@-]+))? (?:for|to) "
    rf"(?:train|tun|fine)\w*.*$",
    re.IGNORECASE,
)
_MODEL_THERE = re.compile(
    r"^(?:please )?(?:use|take|tune|train) (?:the )?model (?P<model>[\w./:@-]+) "
    r"(?:at (?:the|that) provider|there|at (?P<place>openai|azure|together|nebius))[.!]?$",
    re.IGNORECASE,
)
_IN_PASSING = r"open ?ai|azure(?: openai)?|nebius|together(?= ?\.?ai)|autotrain"
_NAMED = re.compile(
    r"\b(?:train|tun|fine[- ]?tun)\w*\b[^.?!]{0,60}?\b(?:at|on|with|via|using|in|through) "
    rf"(?:the )?(?P<place>{_IN_PASSING})\b"
    rf"|\b(?P<other>{_IN_PASSING})\b[^.?!]{{0,30}}?\bfine[- ]?tun\w*",
    re.IGNORECASE,
)
_JOBS = re.compile(
    r"^(?:please )?(?:show|list|see|what are)(?: me)? (?:my |the |all )*(?:hosted )?(?:fine[- ]?tuning )?"
    r"(?P<what>jobs|files|models|trainings)(?: (?:i have|of mine))? (?:at|on|with) "
    rf"(?:the provider|{_PLACE})[.?!]?$",
    re.IGNORECASE,
)
_DELETE = re.compile(
    r"^(?:please )?(?:delete|remove|throw away) (?:the |my |this |that )?(?:uploaded |tuned |hosted )?"
    r"(?P<what>file|files|model)(?: (?P<id>(?:file-|ft:|[\w.-]+/)[\w./:-]+))?(?: (?:at|from|on) "
    rf"(?:the provider|{_PLACE}))?[.!]?$",
    re.IGNORECASE,
)
_ANSWERS_AS = re.compile(
    r"^(?:please )?(?:it|the (?:tuned )?model|the tuned one) answers (?:as|under(?: the name)?) "
    r"(?P<name>[\w./:@-]+)[.!]?$"
    r"|^(?:please )?(?:the|its|my) endpoint(?:'s name)? is (?:called |named )?"
    r"(?P<other>[\w./:@-]+)[.!]?$",
    re.IGNORECASE,
)
_ADOPT = re.compile(
    r"^(?:please )?(?:adopt|take over|take in|watch|follow) (?:the )?job (?P<id>(?:ftjob|ft)-[\w-]+)"
    rf"(?: (?:at|from|on) (?:the provider|{_PLACE}))?[.!]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WhereWish:
    """The tool that does it, with its arguments."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


def read_where(text: str) -> WhereWish | None:
    """What words wish of the place to train; None where they are about something else."""
    words = " ".join(text.split()).strip()
    switch = _SWITCH.match(words)
    if switch and not _SIDE_BY_SIDE.search(words):
        return _choose(switch["place"], switch["url"] or "", switch["model"] or "")
    at_url = _AT_URL.match(words)
    if at_url:
        given = {"base_url": at_url["url"].rstrip(".,"), "model": at_url["model"] or ""}
        return WhereWish("choose_backend", {"backend": "openai", **_said(given)})
    there = _MODEL_THERE.match(words)
    if there:
        if there["place"]:
            return _choose(there["place"], "", there["model"])
        return WhereWish("choose_backend", {"backend": "same", "model": there["model"]})
    return _read_errand(words)


def _read_errand(words: str) -> WhereWish | None:
    """What is there already: jobs, files, models."""
    shown = _JOBS.match(words)
    if shown:
        what = shown["what"].lower()
        return WhereWish("list_hosted", {"what": "jobs" if what == "trainings" else what})
    deleted = _DELETE.match(words)
    if deleted and (deleted["id"] or deleted["what"].lower() != "model"):
        return WhereWish("delete_hosted", {"id": deleted["id"] or ""})
    named = _ANSWERS_AS.match(words)
    if named:
        name = (named["name"] or named["other"]).rstrip(".")
        return WhereWish("name_endpoint", {"name": name})
    adopted = _ADOPT.match(words)
    return WhereWish("adopt_job", {"id": adopted["id"]}) if adopted else None


def named_place(text: str) -> WhereWish | None:
    """A place to train that is named in the middle of something else, such as an answer."""
    if read_where(text):
        return None
    found = _NAMED.search(text)
    return _choose(found["place"] or found["other"], "", "") if found else None


def _choose(place: str, url: str, model: str) -> WhereWish:
    name = _NAMES[" ".join(place.lower().split())]
    given = {"base_url": url.rstrip(".,"), "model": model}
    if name in _PROVIDERS:
        given["provider"] = name
        name = "openai"
    return WhereWish("choose_backend", {"backend": name, **_said(given)})


def _said(given: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if value}
