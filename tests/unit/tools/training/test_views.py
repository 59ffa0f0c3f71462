"""The plan on the screen: every value with its reason, and a warning where it cannot run."""

from __future__ import annotations

from fakes.plans import MACHINE, STARTER, propose, report

from luthier.tools.estimate.formula import estimate_plan
from luthier.tools.training.views import plan_views
from luthier.tools.views import Callout, Settings


def test_values_and_reasons_stand_side_by_side() -> None:
    view = plan_views(propose(), None)[0]
    assert isinstance(view, Settings)
    shown = {setting.name: setting for setting in view.settings}
    assert shown["learning rate"].value == "2e-3"
    assert shown["goal"].value == "80%"
    assert shown["trained layers"].value == "all"
    assert shown["metric"].value == "exact match (exact_match)"
    assert all(setting.reason for setting in view.settings)


def test_changes_are_invited_only_where_they_can_be_said() -> None:
    invited, fixed = (plan_views(propose(), None, changeable=can)[0] for can in (True, False))
    assert isinstance(invited, Settings)
    assert isinstance(fixed, Settings)
    assert invited.notes
    assert not fixed.notes


def test_the_estimate_follows() -> None:
    plan = propose()
    views = plan_views(plan, estimate_plan(plan, report(400), STARTER, MACHINE))
    assert len(views) == 2
    assert isinstance(views[1], Settings)
    assert {"memory", "disk", "time to train"} <= {s.name for s in views[1].settings}


def test_a_plan_that_does_not_fit_is_said_so() -> None:
    plan = propose()
    small = MACHINE.model_copy(update={"memory_available": 10**8, "free_disk": 10**6})
    callout = plan_views(plan, estimate_plan(plan, report(400), STARTER, small))[-1]
    assert isinstance(callout, Callout)
    assert callout.tone == "bad"
    assert len(callout.lines) == 2
