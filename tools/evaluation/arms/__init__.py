"""The registry of arms: a new one is a file here and a line in ``ARMS``.

Arms that a plan names one by one, such as other tuned models, are made in ``arms_of_plan``.
"""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.arm import Arm
from luthier.tools.evaluation.arms.elsewhere import model_elsewhere
from luthier.tools.evaluation.arms.few_shot import FEW_SHOT
from luthier.tools.evaluation.arms.other_model import other_model
from luthier.tools.evaluation.arms.plain import BASE, TUNED
from luthier.tools.evaluation.arms.prompted import PROMPTED
from luthier.tools.evaluation.arms.retrieval import RETRIEVAL, TUNED_RETRIEVAL
from luthier.tools.language import _
from luthier.tools.training.plan import EvaluationPlan

ARMS: tuple[Arm, ...] = (BASE, PROMPTED, FEW_SHOT, RETRIEVAL, TUNED, TUNED_RETRIEVAL)
USUAL = ("base", "prompted", "few_shot", "tuned")
"""What is measured unless more is asked for; looking things up costs as much again."""


def arms_of(names: Sequence[str], *, tuned: bool) -> tuple[Arm, ...]:
    """The arms of these names, or the usual ones; those that need an adapter only with ``tuned``.

    The base model and, with ``tuned``, the tuned one are always among them: without the two there
    is nothing to compare.

    Raises:
        LuthierError: there is no arm of a name (``code`` ``evaluation.unknown_arm``).
    """
    known = {arm.name for arm in ARMS}
    for name in names:
        if name not in known:
            raise LuthierError(
                _("There is no alternative called “{name}”.", name=name),
                remedy=_("Choose among: {names}.", names=", ".join(known_names())),
                place="evaluation.arms",
                code="evaluation.unknown_arm",
            )
    wanted = {*(names or USUAL), "base", "tuned"}
    return tuple(arm for arm in ARMS if arm.name in wanted and (tuned or not arm.needs_adapter))


def arms_of_plan(plan: EvaluationPlan, *, tuned: bool) -> tuple[Arm, ...]:
    """Every arm that a plan asks for; fails as :func:`arms_of` does."""
    return (
        *arms_of(plan.arms, tuned=tuned),
        *map(other_model, plan.models),
        *map(model_elsewhere, plan.elsewhere),
    )


def known_names() -> tuple[str, ...]:
    """The names of all arms, in the order of the table."""
    return tuple(arm.name for arm in ARMS)
