"""Rating pairs of answers blind, one question after the other; stopping keeps what was rated."""

from __future__ import annotations

from luthier.agent.brains.guide.reply import Reply, ask, call
from luthier.agent.brains.guide.situation import Result
from luthier.agent.brains.guide.steps import follow
from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.questions import Choice, Question

QUESTION = "rate"


def rate_question(number: int, total: int) -> Question:
    """Which of the two answers above is better."""
    return Question(
        id=f"{QUESTION}.{number}",
        text=_("Pair {number} of {total}: which answer is better?", number=number, total=total),
        choices=(
            Choice(id="A", label=_("Answer A")),
            Choice(id="B", label=_("Answer B")),
            Choice(id="tie", label=_("Both are as good, or as bad")),
            Choice(id="stop", label=_("Stop rating"), detail=_("what you rated is kept")),
        ),
        default="tie",
        why=_(
            "Your own eyes are the best judge. Nobody knows here which model wrote which answer, and a "
            "dozen pairs also show whether a language model as judge sees it as you do."
        ),
        allow_back=False,
    )


def shown(facts: Facts, result: Result) -> Reply:
    """After a pair was shown: ask; after the last one: say what came out."""
    pair = result.data.get("pair")
    if pair:
        return ask(rate_question(int(pair), int(result.data["of"])))
    notes = [str(note) for note in result.data.get("notes") or ()]
    return follow(facts, "\n\n".join([result.summary, *notes[-1:]]))


def answered(facts: Facts, question_id: str, chosen: str) -> Reply:
    """Note the choice, which shows the next pair, or leave it for now."""
    if chosen == "stop":
        return follow(
            facts, _("All right. Say “rate the answers” to go on; what you rated is kept.")
        )
    number = int(question_id.partition(".")[2])
    return call("rate_pair", pair=number, better=chosen)
