"""The guide in one function: a situation in, a reply out. No state, no model, no chance."""

from __future__ import annotations

from luthier.agent.brains.guide.answers import respond_to_answer
from luthier.agent.brains.guide.handover import take_over
from luthier.agent.brains.guide.reply import Reply, call
from luthier.agent.brains.guide.results import respond_to_result
from luthier.agent.brains.guide.situation import (
    Answered,
    JobEnded,
    Opened,
    Result,
    Said,
    Situation,
    TookOver,
)
from luthier.agent.brains.guide.steps import next_step
from luthier.agent.brains.guide.words import respond_to_words
from luthier.tools.language import _, current_language, languages, mark

GREETING = mark(
    "Hello, I am **Luthier**. Together we look at your data, measure what can be had without tuning, "
    "tune a small language model where that is worth it, and prove on held-out rows whether it is "
    "better. Everything happens on this computer: nothing is uploaded, and nothing long starts "
    "without your yes."
)


def _greeting() -> str:
    """The greeting, and below it how to choose another language, each in its own name."""
    others = [language for language in languages() if language is not current_language()]
    ways = " · ".join(f"{language.name}: `/language {language.code}`" for language in others)
    return f"{_(GREETING)}\n\n{ways}"


def respond(situation: Situation) -> Reply:
    """What the guide says and does next."""
    facts = situation.facts
    match situation.event:
        case Opened():
            return next_step(facts).after("" if facts.source else _greeting())
        case TookOver(unanswered):
            return take_over(facts, unanswered)
        case Said(text):
            return respond_to_words(facts, text)
        case JobEnded(job_id):
            return call("take_in_result", job_id=job_id)
        case Answered() as answered:
            return respond_to_answer(facts, answered)
        case Result() as result:
            return respond_to_result(facts, result)
