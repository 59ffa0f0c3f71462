"""What a user's typed message means, without a language model: small tables and patterns.

Only what the user types is read here. Text out of files, columns and models never passes through,
so nothing written there can act as an instruction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from luthier.agent.brains.guide.arabic import in_english
from luthier.agent.brains.guide.autotrain import read_autotrain
from luthier.agent.brains.guide.understand_alternatives import (
    AlternativesWish,
    read_alternatives,
)
from luthier.agent.brains.guide.understand_brief import read_tried, read_use_case
from luthier.agent.brains.guide.understand_changes import SYSTEM_PROMPT, Change, read_change
from luthier.agent.brains.guide.understand_choices import read_choice
from luthier.agent.brains.guide.understand_commands import IntentKind, Stage, read_command
from luthier.agent.brains.guide.understand_dataset import read_export, read_tokens
from luthier.agent.brains.guide.understand_deploying import read_deploying
from luthier.agent.brains.guide.understand_harness import read_harness
from luthier.agent.brains.guide.understand_hosting import HostingWish, read_hosting
from luthier.agent.brains.guide.understand_mending import Wish, read_wish
from luthier.agent.brains.guide.understand_numbers import read_minutes, read_number, read_share
from luthier.agent.brains.guide.understand_paths import read_path
from luthier.agent.brains.guide.understand_reading import ReadingWish, read_reading
from luthier.agent.brains.guide.understand_sessions import SessionWish, read_session_wish
from luthier.agent.brains.guide.understand_trials import TrialsWish, read_trials
from luthier.agent.brains.guide.understand_where import WhereWish, read_where
from luthier.agent.brains.guide.understand_words import YesNo, plain, read_yes_no

__all__ = [
    "Change",
    "Intent",
    "IntentKind",
    "YesNo",
    "asks_why",
    "only_says_why",
    "read_change",
    "read_choice",
    "read_intent",
    "read_minutes",
    "read_number",
    "read_path",
    "read_share",
    "read_tried",
    "read_use_case",
    "read_yes_no",
]


@dataclass(frozen=True, slots=True)
class Intent:
    """What was meant, with what goes with it; ``wish`` is for the data doctor.

    ``topic`` is what a question is about, in the user's words; empty for "why?" and "what do you
    mean?", which ask about whatever was just said. ``stage`` of ``go_back`` is a stage of the
    journey (decide, data, baseline, plan, train, evaluate, host), or empty for "one step back".
    The topic of ``export_data`` is the format and of ``count_tokens`` the model, if they were named.
    ``hosting`` is what to do with the tuned model, ``reading`` how the data is to be read,
    ``alternatives`` what to measure beside it, ``session`` what to do with conversations, ``where``
    the place to train, or what to do there, ``trials`` what to try for comparison.
    """

    kind: IntentKind
    topic: str = ""
    stage: Stage = ""
    path: str = ""
    changes: tuple[Change, ...] = ()
    wish: Wish | None = None
    hosting: HostingWish | None = None
    reading: ReadingWish | None = None
    alternatives: AlternativesWish | None = None
    session: SessionWish | None = None
    where: WhereWish | None = None
    trials: TrialsWish | None = None


_TAKES_PATH = frozenset({"model", SYSTEM_PROMPT})
"""Settings whose value may look like a path: then it is not a data file."""
_LEAD = re.compile(
    r"^(?:(?:please|ok(?:ay)?|(?:hey|hi|hello)(?: there)?|so|and|now|well|luthier|can you|could you"
    r"|can i|could i"
    r"|can we|could we|may i|would you|will you|lets|let us|let me|i want you to|i want to"
    r"|i would like to|id like to|i need to|i wish to|i have to|want to|we should|just)\b[\s,]*)+"
)

_ASKING = re.compile(
    r"^(?:what|whats|whatre|why|whys|how|hows|when|who|where|which|whose|explain|define|describe"
    r"|tell me|teach me|does|do|did|is|are|was|were|will|would|should|can|could|may|must|has|have"
    r"|meaning of|i (?:do not|dont) (?:understand|get|know what)|difference between|lesson on"
    r"|more about|more on|about)\b"
)
_TOPIC_LEAD = re.compile(
    r"^(?:(?:what|whats)(?: (?:is|are|does|do|was|were|s))?(?: meant by)?|explain|define|describe"
    r"|(?:tell|teach) me(?: (?:more|something))?(?: (?:about|on|of))?|meaning of|how (?:does|do|is|are)"
    r"|lesson on|more (?:about|on)|about|i (?:do not|dont) (?:understand|get|know)(?: what)?"
    r"|can you explain|could you explain|please explain|(?:the )?difference between)\b\s*"
)
_TOPIC_TAIL = re.compile(r"\s*\b(?:mean|means|meaning|is|are|for|again|please|exactly|to me)$")
_ABOUT_THIS = re.compile(
    r"^(?:why(?: (?:is that|so|do you ask|are you asking|that|not|do you want to know|this question|"
    r"should i|do you need (?:this|that|it)))*|how come|what(?: do you mean| does (?:that|this|it) mean)?"
    r"|huh|pardon|come again|sorry|explain(?: (?:that|this|it))?|i (?:do not|dont) (?:understand|get it"
    r"|follow)(?: (?:that|this|the question))?|what is (?:that|this|it)|whats (?:that|this)|how so"
    r"|what for|meaning|say (?:that )?again|tell me (?:more|why))$"
)


_STATES = re.compile(
    r"^(?:(?:is|are|was|were|does|do|did|will|would|should|can|could|may|must|has|have)\b"
    r"(?! (?:i|you|we|he|she|it|they|this|that|these|those|there|the|a|an|my|your|our|its|their|any"
    r"|luthier|openai|azure)\b)"
    r"|do (?:it|this|that|so)\b|about (?:\d|half|twice|double|a |an |one |two |three )"
    r"|(?:when|where)\b(?! (?:is|are|was|were|does|do|did|will|would|should|can|could|may|must"
    r"|has|have)\b))"
)
"""Words that a question may begin with, going on as none does: "is too dear", "when I am back"."""


def asks_why(words: str) -> bool:
    """Whether a bare "why?" was said, about whatever was asked."""
    intent = read_intent(words) if words else Intent("none")
    return intent.kind == "question" and not intent.topic


def only_says_why(reason: str) -> bool:
    """Whether words given with a no that read like a question are none: "no, is too dear"."""
    text = in_english(reason).strip()
    return not text.endswith("?") and _STATES.match(plain(text)) is not None


def read_intent(said: str) -> Intent:
    """What the user means by what was ``said``; never fails, ``none`` where nothing fits."""
    text = in_english(said)
    words = plain(text.strip().removeprefix("/"))
    if not words:
        return Intent("help") if "?" in text else Intent("none")
    wish = _read_room_wish(said, text, words)
    if wish:
        return wish
    changes = read_change(said)
    if any(change.field_words in _TAKES_PATH for change in changes):
        return Intent("change", changes=tuple(changes))
    path = read_path(said)
    if path:
        return Intent("path", path=path)
    if len(words) > 1000:
        return Intent("none")
    request = _LEAD.sub("", words).strip(" ,.") or words
    command = read_command(words) or read_command(request)
    if command and not (changes and command == ("go_back", "")):  # "back to LoRA"
        return Intent(command[0], stage=command[1])
    if _ABOUT_THIS.match(words.replace(",", "")):
        return Intent("question")
    return _read_answer_or_wish(said, words, request, changes)


def _read_room_wish(said: str, text: str, words: str) -> Intent | None:
    """A wish that one room reads for itself, before paths and settings are looked for."""
    where = read_where(text) if len(words) <= 300 else None
    if where:
        return Intent("where", where=where)
    session = read_session_wish(said) or read_session_wish(text)
    if session:
        return Intent("session", session=session)
    dataset_wish = _read_dataset_wish(text)
    if dataset_wish:
        return dataset_wish
    alternatives = read_alternatives(text)
    if alternatives:
        return Intent("alternatives", alternatives=alternatives)
    autotrain = read_autotrain(text) if len(words) <= 300 else None
    if autotrain:
        return Intent("autotrain", topic=autotrain[0], path=autotrain[1])
    harness = read_harness(text) if len(words) <= 300 else None
    if harness:
        return Intent("trials", trials=TrialsWish("ask_harness", {"task": harness}))
    trials = read_trials(words) if len(words) <= 200 else None
    if trials:
        return Intent("trials", trials=trials)
    reading = read_reading(text)
    if reading:
        return Intent("reading", reading=reading)
    hosting = (read_deploying(text) or read_hosting(text)) if len(words) <= 200 else None
    if hosting:
        return Intent("hosting", hosting=hosting)
    mending = read_wish(text)
    return Intent("doctor", wish=mending) if mending else None


def _read_dataset_wish(text: str) -> Intent | None:
    """Before paths and models are looked for: a folder or a model may be named in these."""
    if len(text) > 1000:
        return None
    export = read_export(text)
    if export is not None:
        return Intent("export_data", topic=export[0], path=export[1])
    model = read_tokens(text)
    return None if model is None else Intent("count_tokens", topic=model)


def _read_answer_or_wish(said: str, words: str, request: str, changes: list[Change]) -> Intent:
    answer = read_yes_no(said)
    if changes:
        return Intent("change", changes=tuple(changes))
    if answer:
        return Intent(answer)
    if in_english(said).rstrip().endswith("?") or _ASKING.match(words) or _ASKING.match(request):
        return Intent("question", topic=_topic(words))
    return Intent("none")


def _topic(words: str) -> str:
    """What is asked about: the question without the words that make it one."""
    lead = re.sub(
        r"^(?:(?:please|ok|so|and|but|hey|hi|well|can you|could you)\b[\s,]*)+", "", words
    )
    topic = _TOPIC_LEAD.sub("", lead)
    topic = _TOPIC_TAIL.sub("", re.sub(r"^(?:a|an|the)\s+", "", topic)).strip(" ,.")
    return topic or words
