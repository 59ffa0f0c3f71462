"""When a learning curve is the next step: it may change the verdict, and the time allows it."""

from __future__ import annotations

from luthier.agent.brains.guide.reply import Reply, call, say
from luthier.tools.catalog.trials import CURVE_SETTLED, curve_seconds
from luthier.tools.evaluation.learning_curve import part_sizes
from luthier.tools.evaluation.verdict import more_rows_may_decide
from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.wording import duration


def curve_step(facts: Facts) -> Reply | None:
    """Propose the curve once for each training; the tool asks before it starts anything long."""
    if facts.curve_job:
        return say("")
    if not is_proposed(facts):
        return None
    return call(
        "learning_curve",
        _(
            "Whether **more rows** would bring it to the goal can be measured: tuned on a quarter and on "
            "half of your rows as well, it shows how fast it improves. That takes about {time}; you are "
            "asked before it starts, and the verdict is then made again.",
            time=duration(curve_seconds(facts, _trained(facts))),
        ),
    )


def can_be_drawn(facts: Facts) -> bool:
    """Whether a curve of the tuned model can be drawn here, and was not yet."""
    if facts.evaluation is None or facts.evaluation.learning or facts.dataset is None:
        return False
    here = not (facts.training or {}).get("endpoint") and facts.is_measured_here
    return here and bool(part_sizes(facts.dataset.train))


def is_proposed(facts: Facts) -> bool:
    """Whether it is the next thing to do, unless the user has moved on or said no before."""
    moved_on = facts.exports or facts.served or facts.has("host.later")
    if moved_on or facts.has(CURVE_SETTLED) or facts.plan is None or not can_be_drawn(facts):
        return False
    assert facts.evaluation is not None
    assert facts.dataset is not None
    if not facts.dataset.validation or not more_rows_may_decide(facts.evaluation):
        return False
    trained = _trained(facts)
    minutes = facts.brief.minutes
    allowed = minutes * 60 if minutes else trained
    return trained > 0 and curve_seconds(facts, trained) <= allowed


def _trained(facts: Facts) -> float:
    """Seconds that the whole training took; 0 where that is not known."""
    return float((facts.training or {}).get("seconds") or 0)
