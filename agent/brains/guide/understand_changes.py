"""Read what a user wants changed: "use 2 epochs", "rank 32", "take column answer as completion".

The words for the plan's settings come from the plan itself, so a new setting is understood at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from luthier.agent.brains.guide.arabic import in_english
from luthier.agent.brains.guide.understand_columns import (
    read_column,
    read_several_columns,
    unquoted,
)
from luthier.agent.brains.guide.understand_method import read_method
from luthier.agent.brains.guide.understand_numbers import read_minutes, read_number, read_share
from luthier.agent.brains.guide.understand_relative import read_relative
from luthier.agent.brains.guide.understand_split import read_split
from luthier.tools.training.plan_fields import FIELDS

SYSTEM_PROMPT = "system prompt"
MINUTES = "minutes"
MARK = "good enough"
"""Names of what can be changed outside the plan, besides the columns."""


@dataclass(frozen=True, slots=True)
class Change:
    """``field_words`` in words that the plan (``field_for``) or the names above know; or, where
    nothing like it is known, the user's own words. ``value`` is text: "2", "5e-4", "90%"."""

    field_words: str
    value: str


_SIMILAR = 84
"""Least similarity (0 to 100, normalised Levenshtein) at which a mistyped setting is recognised."""
_FIELD_WORDS: dict[str, str] = {
    word.casefold(): field.label for field in FIELDS for word in (field.label, *field.synonyms)
}
_LEAD = re.compile(
    r"^(?:(?:ok(?:ay)?|yes|no(?=\s*,)|well|but|and|then|also|so|hm+|please|maybe|actually|now|just"
    r"|instead|can (?:you|we|i)|could (?:you|we)|would you|will you|lets|let us|let me|how about"
    r"|what about|what if (?:we|you|i)|i (?:want|need|prefer)(?: you)?(?: to)?"
    r"|i(?: woul)?d (?:like|prefer|rather)(?: you)?(?: to)?|we should|you (?:should|could|can)"
    r"|go with|lets go with|try to)\b[\s,:]*)+",
    re.I,
)
_TAIL = re.compile(
    r"(?:[\s,]+(?:please|instead(?: of .*)?|rather than .*|for now|if possible|thanks|thank you|now"
    r"|then|at most|only|again|this time|ok|okay))+[.!?]*$|[.!?\s]+$",
    re.I,
)
_ASKING = re.compile(
    r"^(?:what(?!s? (?:about|if))|why|how(?! about)|when|who|where|which|explain|tell me|does|do"
    r"|did|is|are|was|were|will (?!you)|should|(?:the )?difference between)\b",
    re.I,
)
_CLAUSES = re.compile(r"[;\n]|,(?!\d)|\band\b|\bthen\b|\bbut\b|\bas well as\b", re.I)
_VERBS = (
    "change|set|switch|adjust|raise|increase|lower|reduce|decrease|bump|put|make|drop|bring|turn"
)
_FILLER = re.compile(
    r"^(?:(?:use|try|take|make|do|go|train|run|set|with|it|for|only|just|the|a|an|of|about|to|give"
    r"|change|want|have|on|put|at|switch|in|over)\b\s*)+",
    re.I,
)


def read_change(text: str) -> list[Change]:
    """All changes that the text asks for, in order; empty where it asks for none."""
    request = _without_politeness(in_english(text))
    if not request or len(request) > 2000 or _ASKING.match(request):
        return []
    whole = _read_text_valued(request)
    if whole:
        return [whole]
    split = read_split(request)
    if split:
        return [Change(*split)]
    columns = read_several_columns(request)
    if columns:
        return [Change(*columns)]
    found: list[Change] = []
    for clause in _CLAUSES.split(request):
        change = _read_clause(clause.strip(), goes_on=bool(found))
        found += [change] if change else []
    return found


def _without_politeness(text: str) -> str:
    request = text.strip().replace("’", "'")
    request = re.sub(r"\b(let|what)'s\b", r"\1s", request, flags=re.I)
    request = re.sub(r"\bi'd\b", "i would", request, flags=re.I)
    return _TAIL.sub("", _LEAD.sub("", request)).strip()


_MODEL = re.compile(
    r"(?:(?:use|take|try|load|set|change|switch to|tune|with)\s+)?(?:the\s+|my\s+|a\s+)?(?:base\s+)?"
    r"model(?:\s+(?:to|is|at|in|from|called|named)|\s*[=:])?\s+[\"']?((?:[\w.-]*[/\\~]|starter\b).*)$"
    r"|(?:use|take|try|switch to|tune)\s+([\w-][\w.-]*/[\w.-]*[\w-])$",
    re.I,
)
"""A folder, a Hub id such as ``Qwen/Qwen2.5-0.5B``, or the starter."""


def _read_text_valued(request: str) -> Change | None:
    """A system prompt, a name or a model is taken as it stands, with its commas and "and"s."""
    found = re.match(
        rf"(?:(?:{_VERBS}|use)\s+)?(?:the\s+|a\s+)?system (?:prompt|message)\s*"
        r"(?:to|as|is|should be|=|:|of)\s*(.+)$",
        request,
        re.I | re.S,
    )
    if found:
        return Change(SYSTEM_PROMPT, unquoted(found.group(1)))
    named = re.match(
        r"(?:call it|name it|(?:change|set) the name to|rename it to)\s+(.+)$", request, re.I
    )
    if named:
        return Change("name", unquoted(named.group(1)))
    model = _MODEL.match(request)
    return Change("model", unquoted(model.group(1) or model.group(2))) if model else None


def _read_clause(clause: str, *, goes_on: bool) -> Change | None:
    clause = _TAIL.sub("", _LEAD.sub("", clause)).strip()
    if not clause or _ASKING.match(clause):
        return None
    method = read_method(clause)
    if method:
        return Change("method", method)
    column = read_column(clause, lambda words: _field_named(words) is not None)
    if column:
        return Change(*column)
    return (
        _read_mark(clause)
        or _read_switch(clause)
        or _read_comparison(clause)
        or _read_assignment(clause)
        or _read_value_and_field(clause)
        or _read_time(clause, goes_on=goes_on)
        or _read_unknown(clause)
    )


def _read_switch(clause: str) -> Change | None:
    """Settings that are named by a word instead of a number."""
    off = re.match(
        r"(?:turn off|switch off|disable|no|without|dont use|do not use|never) (.+)$", clause, re.I
    )
    on = re.match(r"(?:turn on|switch on|enable) (.+)$", clause, re.I)
    target = _field_named((off or on or [""])[1] if off or on else "")
    if target == "patience" and off:
        return Change(target, "0")
    if target == "gradient checkpointing":
        return Change(target, "no" if off else "yes")
    if target in ("LoRA dropout", "warm-up") and off:
        return Change(target, "0")
    bare = _FILLER.sub("", clause)
    schedule = re.fullmatch(
        r"(cosine|linear|constant)(?: (?:schedule|scheduler|decay|learning rate(?: schedule)?))?",
        bare,
        re.I,
    )
    if schedule:
        return Change("schedule", schedule.group(1).casefold())
    layers = re.search(r"\b(all|upper half|upper|half)\b.*\blayers\b", bare, re.I)
    if layers and len(bare.split()) <= 7:
        return Change(
            "trained layers", "all" if layers.group(1).casefold() == "all" else "upper half"
        )
    return None


def _read_assignment(clause: str) -> Change | None:
    """ "change the rank to 32", "rank = 32", "the length should be 256"."""
    clause = re.sub(r"\bnumber of (?:the )?", "", clause, flags=re.I)
    found = re.match(
        rf"(?:(?:{_VERBS}|use)\s+)?(?:the\s+|my\s+|our\s+)?(.+?)\s*"
        r"(?:\s(?:up|down|back))?(?:\sfrom \S+)?"
        r"(?:\s(?:to|at|is|are|of|should be|shall be|must be|into)\s|=|:)\s*(.+)$",
        clause,
        re.I,
    )
    field = _field_named(found.group(1)) if found else None
    return Change(field, _value(field, found.group(2))) if found and field else None


def _read_value_and_field(clause: str) -> Change | None:
    """ "rank 32", "use 2 epochs", "make it three passes", "a batch size of 4"."""
    bare = re.sub(r"(?<=\d) tokens?$", "", _FILLER.sub("", clause).strip())
    words = bare.split()
    if not 2 <= len(words) <= 6:
        return None
    for cut in range(1, len(words)):
        head, tail = " ".join(words[:cut]), " ".join(words[cut:])
        field = _field_named(head)
        if field and _is_value(tail):
            return Change(field, _value(field, tail))
        field = _field_named(re.sub(r"^of (?:the )?", "", tail))
        if field and _is_value(head):
            return Change(field, _value(field, head))
    return None


def _read_comparison(clause: str) -> Change | None:
    """ "more epochs", "double the rank", "a bit longer"."""
    found = read_relative(clause, _field_named) or read_relative(
        _FILLER.sub("", clause).strip(), _field_named
    )
    return Change(*found) if found else None


def _is_value(text: str) -> bool:
    """Nothing but a number, in digits or words."""
    if re.fullmatch(r"[-+]?[\d.,]+(?:e[-+]?\d+)?\s?[%k]?", text, re.I):
        return True
    return (
        read_number(text) is not None
        and re.fullmatch(r"[a-z -]+", text, re.I) is not None
        and (len(text.split()) <= 3)
    )


_SHARE = (
    r"(?:about |around |at least |only |already )?(?P<share>[\d.,]+ ?(?:%|per ?cent)|0?[.,]\d+"
    r"|(?:\d+|[a-z]+) (?:out of|of|in) (?:every )?(?:\d+|ten|twenty|a hundred))"
)
_MARKS = tuple(
    re.compile(rf"(?:{pattern})(?: (?:right|correct|for (?:me|us)|accuracy))*", re.I)
    for pattern in (
        rf"(?:that(?: i|')?s |what is |for (?:me|us) )?(?:good )?enough"
        rf"(?: for (?:me|us))?(?: is| means| would be| starts at| from|:| =)? {_SHARE}",
        rf"{_SHARE}(?: right| correct)?(?: is| are| would be| will be| counts as)? (?:good )?enough",
        rf"(?:i|we)(?: a|')?(?:m|re| am| are| would be|d be) (?:happy|content|satisfied) with {_SHARE}",
    )
)


def _read_mark(clause: str) -> Change | None:
    """ "good enough is 90%", "9 of 10 would be enough", "I'd be happy with 80%"."""
    found = next(filter(None, (pattern.fullmatch(clause) for pattern in _MARKS)), None)
    return Change(MARK, found["share"]) if found and read_share(found["share"]) else None


_SPENDING = re.compile(
    r"(?:use|take|spend|give it|allow|at most|up to|no more than|you (?:may|can) (?:take|use|have)"
    r"|it (?:may|can) take|make it(?: take)?|train (?:for|over)|run (?:for|over)?"
    r"|set the time to)\b",
    re.I,
)


_MY_TIME = re.compile(
    r"(?:i|we)(?: only| just)?(?: have|['’]ve got| have got| got| can spare)(?: only| just| about"
    r"| at most)? (?:\d+|an?|one|two|half an?|three) ?(?:min(?:ute)?s?|hours?|hrs?)"
    r"(?: left| today| for (?:this|it)| at most| to (?:train|spend|spare))*[.!]?$",
    re.I,
)
"""The whole clause, since "I have two hours of recordings" says something else."""


def _read_time(clause: str, *, goes_on: bool) -> Change | None:
    """ "give it half an hour"; a bare "30 minutes" only after another change."""
    if not re.search(r"\b(?:min(?:ute)?s?|hours?|hrs?|overnight|day)\b", clause, re.I):
        return None
    spending = _SPENDING.match(clause)
    if _MY_TIME.match(clause):
        goes_on = True
    if not spending and not goes_on:
        return None
    minutes = read_minutes(clause[spending.end() :] if spending else clause)
    return Change(MINUTES, str(minutes)) if minutes else None


def _read_unknown(clause: str) -> Change | None:
    """ "change X to Y" where X is nothing known: kept in the user's words, for an honest reply."""
    found = re.match(
        r"(?:change|set|switch)\s+(?:the\s+|my\s+)?(.+?)\s+(?:to|=|as)\s+(.+)$", clause, re.I
    )
    return Change(found.group(1).strip(), unquoted(found.group(2))) if found else None


def _field_named(words: str) -> str | None:
    """The plan's own name of the setting that the words name, small slips forgiven."""
    wanted = re.sub(r"[\s_-]+", " ", words.casefold()).strip()
    wanted = re.sub(r"^(?:the |a |an |my |number of |amount of )+", "", wanted)
    if wanted in _FIELD_WORDS:
        return _FIELD_WORDS[wanted]
    if len(wanted) < 4:
        return None
    near = process.extractOne(wanted, _FIELD_WORDS.keys(), scorer=fuzz.ratio, score_cutoff=_SIMILAR)
    return _FIELD_WORDS[near[0]] if near else None


def _value(field: str, text: str) -> str:
    """The value as the plan reads it: a number in digits where there is one."""
    text = _TAIL.sub("", text).strip()
    if field == "goal":
        share = read_share(text)
        return f"{share:g}" if share is not None else text
    if field in ("name", "model"):
        return unquoted(text)
    digits = re.match(
        r"(?:about |around |only )?([-+]?[\d.,]*\d(?:e[-+]?\d+)?\s?%?)(?![\w.])", text, re.I
    )
    if digits:
        return digits.group(1).replace(" ", "")
    number = read_number(text)
    return f"{number:.12g}" if number is not None else unquoted(text)
