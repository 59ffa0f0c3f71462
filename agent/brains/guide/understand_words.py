"""Read a yes, a no or an "I don't know" out of what a user typed."""

from __future__ import annotations

import re
from typing import Literal

from luthier.agent.brains.guide.arabic import in_english

YesNo = Literal["yes", "no", "unsure"]


def phrases(text: str) -> frozenset[str]:
    """The phrases between the bars of ``text``."""
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))


_YES = phrases(
    """yes|y|yep|yeah|yup|ya|yea|yess|yeh|sure|ok|okay|okey|k|kk|fine|good|great|perfect|alright
    |right|correct|exactly|absolutely|definitely|certainly|indeed|agreed|aye|affirmative|true
    |please|do|continue|proceed|next|confirm|accept|approved|go|👍|✅|go ahead|go on|go for it
    |of course|all right|sounds good|sounds great|looks good|looks right|looks fine|do it|do that
    |please do|yes please|why not|thats right|thats correct|thats fine|that is right
    |that is correct|that is fine|that works|works for me|i agree|i do|i am|i have|i did
    |i think so|lets go|lets do it|lets do that|carry on|keep going|by all means|no problem
    |no objections|no objection|start it|i would|ok go|fine by me|ok then|as you like|as proposed
    |take it|for sure|makes sense|be my guest|launch it|very good|very well"""
)
_NO = phrases(
    """no|n|nope|nah|naw|never|negative|wrong|incorrect|false|nay|dont|none|nothing|neither|later
    |👎|❌|not yet|not now|not really|not at all|no thanks|no thank you|no way|rather not
    |id rather not|i would rather not|better not|please dont|do not|dont do it|dont do that
    |absolutely not|certainly not|of course not|no need|i dont|i do not|i havent|i have not
    |i didnt|i did not|not correct|not right|thats wrong|that is wrong|no i dont|forget it
    |leave it|definitely not|i dont think so|i disagree|hold off|not today|maybe later|not good"""
)
_UNSURE = phrases(
    """unsure|dunno|idk|maybe|perhaps|possibly|unclear|whatever|hmm|hm|uncertain|any|either
    |whichever|depends|default|skip|not sure|im not sure|i am not sure|dont know|i dont know
    |i do not know|no idea|i have no idea|no clue|cant say|i cannot say|i cant say|hard to say
    |you decide|you choose|up to you|your choice|you pick|you tell me|who knows|dont care
    |i dont care|doesnt matter|it doesnt matter|whatever you think|what do you think
    |what would you do|what do you recommend|it depends|could be|i guess|no preference
    |i dont mind|the default|take the default|use the default|not certain|havent decided
    |dont have a clue|no opinion|i wouldnt know|surprise me|skip it|skip this"""
)
_POLITE_END = re.compile(r"\s(?:please|thanks|thank you|then|luthier)$")
_FIRST_BREAK = re.compile(r"[,.;!:]| but | and ")
_LOST = re.compile(
    r"(?:im |i am |i )?(?:really |quite |still )?(?:not sure|dont know|unsure)\b"
    r"(?! (?:what|how|why|who)\b)"
)
_VAGUE_ALONE = frozenset({"right", "next", "good", "true", "do", "please", "go", "k"})
"""Words that mean yes alone, but not at the head of a sentence."""


def plain(text: str) -> str:
    """Lower case without apostrophes, quotes and brackets; single blanks, no marks at the ends."""
    lowered = text.casefold().replace("’", "").replace("'", "")
    return " ".join(re.sub(r"[^\w\s/%.,+:=<>👍✅👎❌-]", " ", lowered).split()).strip(" .,:-")


def read_yes_no(text: str) -> YesNo | None:
    """A yes, a no or an "I don't know"; None where the text is none of them.

    A sentence counts when it begins with its answer: "no, I have more rows" is a no.
    """
    asked = in_english(text).strip()
    if asked and set(asked) <= set("?. "):
        return "unsure"
    words = plain(text).replace(",", "").replace(".", "")
    whole = read_phrase(text)
    if whole or asked.endswith("?"):
        return whole
    first = plain(_FIRST_BREAK.split(asked.casefold().replace("’", "").replace("'", ""))[0])
    if first != words and first not in _VAGUE_ALONE and _meaning(first):
        return _meaning(first)
    return _read_opening(words)


def read_phrase(text: str) -> YesNo | None:
    """As :func:`read_yes_no`, but only where ``text`` is nothing besides its answer."""
    words = plain(text).replace(",", "").replace(".", "")
    return _meaning(words) or _meaning(_POLITE_END.sub("", words))


def _meaning(phrase: str) -> YesNo | None:
    if phrase in _UNSURE:
        return "unsure"
    if phrase in _NO:
        return "no"
    return "yes" if phrase in _YES else None


def _read_opening(words: str) -> YesNo | None:
    """Short sentences such as "i really dont know" or "yes do that now"."""
    if len(words.split()) > 8:
        return None
    if _LOST.match(words):
        return "unsure"
    if re.match(r"(?:yes|yep|yeah|yup|sure|okay|ok|of course|absolutely|certainly)\s", words):
        return "yes"
    return "no" if re.match(r"(?:no|nope|nah)\s", words) else None
