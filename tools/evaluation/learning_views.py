"""The learning curve as a picture, and in words what more rows would bring."""

from __future__ import annotations

from luthier.tools.evaluation.growth import rows_wanted, still_growing
from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.power_law import rows_range
from luthier.tools.evaluation.words import percent
from luthier.tools.language import _
from luthier.tools.views import Table


def learning_table(evaluation: Evaluation) -> tuple[Table, ...]:
    """Score by training rows with intervals; nothing where no curve was drawn."""
    points = sorted(evaluation.learning, key=lambda point: point.rows)
    if not points:
        return ()
    return (
        Table(
            title=_("Learning curve: the same test rows after tuning on parts of the data"),
            columns=(_("training rows"), _(find_metric(evaluation.metric).title)),
            rows=tuple(
                (
                    f"{point.rows:,}",
                    _("{figure} ({low:.0f} to {high:.0f})", figure=percent(point.value),
                      low=point.low * 100, high=point.high * 100),
                )
                for point in points
            ),
            notes=(curve_in_words(evaluation),),
        ),
    )  # fmt: skip


def curve_in_words(evaluation: Evaluation) -> str:
    """Whether more rows would help, how many, and how sure that is."""
    points = evaluation.learning
    if not any(point.value for point in points):
        return _(
            "Nothing was right with any number of rows, so the curve cannot say whether more of them "
            "would help."
        )
    if not still_growing(points):
        return _("The curve is flat at its end: more rows of the same kind would hardly help.")
    goal = evaluation.criterion
    wanted = rows_wanted(points, goal) if goal is not None else None
    if goal is None or wanted is None:
        return _("The curve still rises at its end: more rows would probably help.")
    words = _(
        "At this rate of improvement about {wanted:,} rows would reach {goal}.",
        wanted=wanted,
        goal=percent(goal),
    )
    found = rows_range(points, goal)
    if found is None:
        return words + " " + _("That is a guess from few points.")
    low, high = found
    if high is None:
        return words + " " + _(
            "It is a rough guess: a power law through the points says {low:,} at least, and cannot say "
            "how many at most.",
            low=low,
        )  # fmt: skip
    return words + " " + _(
        "It is a rough guess: a power law through the points says {low:,} to {high:,}.",
        low=low,
        high=high,
    )  # fmt: skip
