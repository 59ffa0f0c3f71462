"""What typed words mean as the reply to an approval, and how a reply reads in the conversation."""

from __future__ import annotations

import re

from luthier.agent.brains.guide.arabic import in_english
from luthier.agent.brains.guide.understand import read_change, read_intent, read_yes_no
from luthier.agent.brains.guide.understand_words import phrases, read_phrase
from luthier.tools.language import _
from luthier.tools.questions import Approval, Decision

_LASTS = re.compile(
    r"\b(?:always|(?:do not|don'?t|dont|no need to|never|stop) ask(?:ing)?(?: me)?(?: (?:again|anymore))?"
    r"|(?:for|in) (?:this|the (?:whole|rest of the)) session)\b",
    re.IGNORECASE,
)
_YES = re.compile(r"(?:yes|y|yep|yeah|ok|okay|sure|fine|allow(?: it)?|always)\b", re.IGNORECASE)
_SAYS_NO_MORE = phrases(
    """yes|y|yep|yeah|yup|ya|sure|ok|okay|fine|good|great|perfect|alright|absolutely|certainly|of|course
    |please|thanks|thank|you|go|on|ahead|do|it|this|that|now|start|starting|run|begin|continue|proceed
    |the|a|training|job|let|us|lets|i|we|agree|allow|allowed|and|then|so|me"""
)
"""Words beside a yes that put no condition on it."""
_NO = re.compile(
    r"(?:no|n|nope|nah|لا|كلا)(?:\s*[,.:;!،؛-]\s*|\s+(?=\S+\s+\S+\s+\S))(?P<reason>.+)",
    re.IGNORECASE | re.DOTALL,
)

_LONGEST_PLAIN_NO = 4
"""Words; "no thanks, not now" says no more than no, "not now, the battery is low" does."""


def read_decision(text: str, approval: Approval) -> Decision | None:
    """A yes, a yes that lasts, a no with or without a reason, or changed values; None for anything else.

    Only a plain yes is a yes: "yes, but use 2 epochs" asks for the value first, and where no such value
    can be changed here, or something else is wished, it is a no with that reason.
    """
    words = text.strip().replace("’", "'")
    no = _NO.fullmatch(words)
    if no:
        return Decision(approved=False, reason=no.group("reason").strip())
    wishes = read_change(words)
    if wishes:
        names = {_named(editable.name): editable.name for editable in approval.editable}
        changes = {names.get(wish.field_words.casefold(), ""): wish.value for wish in wishes}
        if "" in changes:
            return Decision(approved=False, reason=text.strip())
        return Decision(approved=False, changes=changes)
    english = in_english(words)
    asks = "?" in english or "؟" in words
    lasts = _YES.match(english) and _LASTS.search(english) and not asks
    if lasts and _says_no_more(_LASTS.sub("", english)):
        return Decision(approved=True, lasting=approval.lasting is not None)
    if english.casefold().startswith(
        "why"
    ):  # "why not" is a yes among friends, not an explicit one
        return None
    said = read_yes_no(words)
    if said == "yes" and (asks or not _is_plain(english)):
        return None if asks else Decision(approved=False, reason=words)
    if said is None and _names_what_is_asked(words, approval):
        return Decision(approved=True)
    if said == "no" and len(words.split()) > _LONGEST_PLAIN_NO:
        return Decision(approved=False, reason=words)
    return Decision(approved=said == "yes") if said in ("yes", "no") else None


def _is_plain(english: str) -> bool:
    """Whether a yes says nothing besides."""
    return read_phrase(english) == "yes" or _says_no_more(english)


def _says_no_more(english: str) -> bool:
    return set(re.findall(r"\w+", english.casefold().replace("'", ""))) <= _SAYS_NO_MORE


def _names_what_is_asked(words: str, approval: Approval) -> bool:
    """ "Start the training" is a yes where just that is asked, and costs nothing but time."""
    asked = (approval.tool, approval.effect) == ("launch_training", "long_job")
    return asked and not words.endswith(("?", "؟")) and read_intent(words).kind == "launch"


def _named(path: str) -> str:
    """The plan's own name of a value, which stands at the end of its place in the arguments."""
    return path.rpartition(".")[2].casefold()


def take_decision(text: str, approval: Approval) -> Decision:
    """As :func:`read_decision`, but whatever is no yes is a no with that reason."""
    return read_decision(text, approval) or Decision(approved=False, reason=text.strip())


def decided(decision: Decision, approval: Approval) -> str:
    """A decision as the transcript shows it."""
    if decision.changes:
        labels = {editable.name: editable.label for editable in approval.editable}
        values = ", ".join(
            f"{labels.get(name, name)} {value}" for name, value in decision.changes.items()
        )
        return _("Change this first: {values}", values=values)
    if not decision.approved:
        return _("No: {reason}", reason=decision.reason) if decision.reason else _("No")
    if decision.lasting and approval.lasting:
        return _(
            "Yes, and do not ask again in this session for {what}", what=approval.lasting.words
        )
    return _("Yes")
