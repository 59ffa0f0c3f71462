"""What a user's words wish from the data doctor: check, mend, show, undo, trace a row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from luthier.agent.brains.guide.understand_paths import read_path
from luthier.agent.brains.guide.understand_words import plain
from luthier.tools.data.remedies.registry import REMEDIES

WishKind = Literal["check", "all", "show", "one_by_one", "leave", "undo", "trace", "remedy"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to do; ``what`` is the remedy's name, the row, or the path of an evaluation file."""

    kind: WishKind
    what: str = ""


_MEND = r"(?:mend|fix|repair|clean|heal|cure|correct|clean up)"
_DATA = (
    r"(?:the |my |this |all )?(?:data|rows?|file|dataset|data set|problems|faults|findings|errors)"
)
_PATTERNS: tuple[tuple[WishKind, str], ...] = (
    ("all", rf"{_MEND} (?:it all|all(?: of (?:it|them))?|everything|them|them all|{_DATA})"),
    ("all", r"apply (?:all|every)(?: the)? (?:remedies|remedy|fixes)|mend(?: the)? rest"),
    ("one_by_one", r"(?:mend |fix |go )?(?:them )?one (?:by|after) (?:one|another)"),
    (
        "show",
        rf"(?:show|preview)(?: me)? (?:what (?:you would|would) (?:{_MEND}|change|do)"
        r"|the (?:remedies|fixes|changes|mending)|remedies|a diff|the diff)|before and after",
    ),
    (
        "undo",
        rf"(?:undo|revert|take back|roll back) (?:the |that |my |last )*(?:{_MEND}(?:ing|s)?|mending"
        r"|remed(?:y|ies)|fix(?:es)?|cleaning|repairs?|changes? to the (?:data|rows))"
        r"|un-?mend|unfix",
    ),
    (
        "check",
        rf"(?:check|examine|diagnose|lint|scan|audit|look over) {_DATA}"
        r"(?: again| thoroughly| (?:for|against) .*)?|data doctor|data check"
        r"|what(?: is|s)? wrong with (?:the|my) (?:data|rows|file)"
        r"|(?:find|look for) (?:personal data|secrets|keys|near (?:copies|duplicates))",
    ),
    ("leave", r"leave (?:the )?(?:data|rows|faults) as (?:it is|they are)|do not (?:mend|fix).*"),
)
_OUT = r"(?:drop|remove|delete|leave out) (?:the )?"
_WORDED: tuple[tuple[str, str], ...] = (
    (
        "pseudonymise",
        r"(?:pseudo|ano)nymi[sz]e.*"
        r"|(?:replace|hide|mask) (?:the )?(?:personal data|pii|names|emails?|phone numbers?).*",
    ),
    ("drop_near_copies", rf"{_OUT}near[ -](?:copies|duplicates)"),
    ("drop_refusals", rf"{_OUT}(?:refusals|boilerplate)"),
    ("drop_cut_answers", rf"{_OUT}(?:cut|truncated) (?:answers|rows)"),
    (
        "keep_frequent_answer",
        r"(?:solve|settle|remove|drop) (?:the )?contradictions|keep the most frequent answers?",
    ),
    ("redact_secrets", r"(?:remove|redact|take out) (?:the )?(?:secrets|keys|tokens|passwords)"),
    ("remove_html", r"(?:remove|strip|take out) (?:the )?(?:html|tags|html tags)"),
    ("fix_mojibake", rf"{_MEND} (?:the )?(?:encoding|mojibake|garbled letters|umlauts|accents)"),
    ("one_spelling", rf"{_MEND} (?:the )?(?:labels?|spellings?|label spellings?)"),
    ("remove_overlap", rf"{_OUT}overlap.*"),
)
_TRACE = (
    re.compile(r"(?:trace|track)(?: back)? (?:the )?(?:training )?row (?:number )?#?([\w:]+)"),
    re.compile(
        r"where (?:does|did|is) (?:the )?(?:training )?row (?:number )?#?([\w:]+) (?:come )?from"
    ),
)


def read_wish(text: str) -> Wish | None:
    """What is wished from the doctor, or None where the words are about something else."""
    words = plain(text.strip().removeprefix("/"))
    if not words or len(words) > 300:
        return None
    bare = re.sub(r"^(?:please|can you|could you|now)\b[\s,]*", "", words)
    bare = re.sub(r"[\s,.]+(?:please|now|then|first)$", "", bare)
    for pattern in _TRACE:
        traced = pattern.fullmatch(bare.rstrip("?"))
        if traced:
            return Wish("trace", traced.group(1))
    named = re.sub(r"^(?:apply|use|run|do)(?: the)?(?: remedy)? ", "", bare).replace(" ", "_")
    if named in REMEDIES:
        return Wish("remedy", named)
    for kind, pattern_text in _PATTERNS:
        if re.fullmatch(pattern_text, bare):
            return Wish(kind, (read_path(text) or "") if kind == "check" else "")
    for name, pattern_text in _WORDED:
        if re.fullmatch(pattern_text, bare):
            return Wish("remedy", name)
    return None
