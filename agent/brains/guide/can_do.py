"""What can be said at this point of the journey: the way on where nothing was understood."""

from __future__ import annotations

from luthier.tools.facts import Facts
from luthier.tools.language import _, mark

START = mark(
    "At this point you can type the path of your file or the id of a Hub data set, say “try the "
    "example”, or ask about any word I use (“what is LoRA?”)."
)
DATA = mark(
    "At this point you can ask about any word I use (“what is a held-out split?”), give me another file "
    "by its path, correct the columns (“answer column is …”), or say “go back to the data”."
)
PLAN = mark(
    "At this point you can change any value of the plan (“use 2 epochs”, “rank 32”), say “start the "
    "training” or “go back to the data”, or ask about any word I use (“what is an epoch?”)."
)
TRAINING = mark(
    "At this point you can ask “how is it going?”, say “pause” or “cancel”, or ask about any word I use "
    "(“what is the loss?”)."
)
TUNED = mark(
    "At this point you can talk to the tuned model with `/chat`, say “show the results”, “export the "
    "model” or, to try it differently, “use 4 epochs”, or ask about any word I use (“what is GGUF?”)."
)


def can_do(facts: Facts, *, asked: bool = False) -> str:
    """What can be said now; ``asked`` where a question is open, which is said first."""
    now = _(_at(facts))
    return " ".join((_("A question is waiting for your answer."), now)) if asked else now


def _at(facts: Facts) -> str:
    if facts.source is None:
        return START
    if facts.training is not None:
        return TUNED
    if facts.train_job:
        return TRAINING
    return PLAN if facts.plan is not None else DATA
