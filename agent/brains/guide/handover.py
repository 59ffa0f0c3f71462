"""Taking the seat from a language model: where we are, and the next step as an offer."""

from __future__ import annotations

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide.can_do import can_do
from luthier.agent.brains.guide.reply import Reply, ask, call, say
from luthier.agent.brains.guide.steps import next_step
from luthier.agent.brains.guide.understand import read_intent
from luthier.agent.brains.guide.words import respond_to_words
from luthier.agent.journey import overview
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.questions import Choice, Question

QUESTION = "handover"
SAY_TOO_LITTLE = frozenset(
    {"none", "yes", "no", "unsure", "launch", "once_more", "greeting", "thanks"}
)
"""Kinds of words that mean something only as a reply, or nothing to the guide."""


def take_over(facts: Facts, unanswered: str = "") -> Reply:
    """Answer what the model failed on, or say what is settled and offer the next step.

    The change of seats alone begins nothing.
    """
    if unanswered and read_intent(unanswered).kind not in SAY_TOO_LITTLE:
        words = _("I am the offline guide and go on from here, with what you said last.")
        return respond_to_words(facts, unanswered).after(words)
    return _offer(facts).after(_where_we_are(facts))


def _where_we_are(facts: Facts) -> str:
    _current, stages = overview(facts)
    settled = [f"- **{stage.title}**: {' · '.join(stage.lines)}" for stage in stages if stage.lines]
    if not settled:
        return _("I am the offline guide and go on from here. Nothing is settled yet.")
    words = _("I am the offline guide and go on from here. This is settled so far:")
    return "\n".join((words, "", *settled))


def _offer(facts: Facts) -> Reply:
    step = next_step(facts)
    if step.tool and step.tool != ASK_USER:
        return ask(next_step_question(step.tool))
    return step if step.tool or step.text else call("job_status")


def next_step_question(tool: str) -> Question:
    """Whether to go on with the step that ``tool`` takes."""
    return Question(
        id=QUESTION,
        text=_("Next comes: {label}. Shall I go on with it?", label=_(TOOLS[tool].label)),
        choices=(
            Choice(id="go_on", label=_("Go on")),
            Choice(
                id="other", label=_("Something else first"), detail=_("say it in your own words")
            ),
        ),
        default="go_on",
        why=_("Another spoke until now, so I ask before I do anything."),
        allow_back=False,
    )


def asked_now(facts: Facts) -> Question | None:
    """The same question as it would be asked now, if it still would be."""
    step = next_step(facts)
    return next_step_question(step.tool) if step.tool and step.tool != ASK_USER else None


def answered(facts: Facts, chosen: str, _assumed: bool) -> Reply:
    """Take the step, or say what else is possible."""
    return next_step(facts) if chosen == "go_on" else say(can_do(facts))
