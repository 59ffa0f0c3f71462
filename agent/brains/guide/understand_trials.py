"""What a typed message wishes to try: a search for settings, its winner, a learning curve."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from luthier.agent.brains.guide.understand_numbers import read_minutes


@dataclass(frozen=True, slots=True)
class TrialsWish:
    """The tool that does it, with its arguments."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


_POLITE = (
    r"(?:please |can you |could you |would you |let us |lets |i want you to |i want to |and )*"
)
_SETTINGS = (
    r"(?:the |my |some |better |best |good |other |optimal )*"
    r"(?:settings?|hyper ?-?parameters?|parameters|values|learning rates?(?: and (?:the )?ranks?)?)"
)
_SEARCH = re.compile(
    rf"{_POLITE}(?:(?:search|look|hunt)(?: for)?|find|optimi[sz]e|tune|sweep(?: over)?|try(?: out)?) "
    rf"{_SETTINGS}(?: (?P<time>.*))?"
    rf"|{_POLITE}(?:do |run |start |make )?(?:a |the )?(?:small )?"
    r"(?:hyper ?-?parameter |settings |grid |random )?(?:search|sweep)"
    r"(?: (?:for|over|of) (?:the )?settings)?(?: (?P<more>(?:for|in|within|of|over) .*))?"
)
_TAKE = re.compile(
    rf"{_POLITE}(?:take|use|keep|apply|adopt) (?:the (?:best|winner|winning)"
    r"(?: (?:settings?|trial|one|values))?|the settings of the (?:winner|best trial))"
)
_CURVE = re.compile(
    rf"{_POLITE}(?:(?:draw|show|make|plot|measure|run|give)(?: me)? )?(?:the |a )?learning curve"
    r"|(?:would|will|do|does|could) (?:more|further|additional) (?:data|rows|examples) (?:help|pay off"
    r"|make it better|improve (?:it|the model|anything))"
    r"|how (?:many|much) more (?:data|rows|examples) (?:do|would|does) (?:i|we|it) need"
)


def read_trials(words: str) -> TrialsWish | None:
    """The wish in ``words`` (lower case, no marks), or None."""
    words = words.removesuffix(" please").strip()
    if words in ("search", "a search", "sweep"):  # of what?
        return None
    if _CURVE.fullmatch(words):
        return TrialsWish("learning_curve")
    if _TAKE.fullmatch(words):
        return TrialsWish("take_best_settings")
    found = _SEARCH.fullmatch(words)
    if not found:
        return None
    minutes = read_minutes(found["time"] or found["more"] or "")
    return TrialsWish("search_settings", {"minutes": minutes} if minutes else {})
