"""Tools that try several trainings: a small search for settings, and a learning curve."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.learning import measure_tokens, reference_for
from luthier.tools.catalog.plan import ChangePlan, change_settings, not_yet, plan_of
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.estimate.formula import LOAD_SECONDS, train_seconds, work_of
from luthier.tools.estimate.machine import measure_machine
from luthier.tools.evaluation.learning_curve import FEWEST_ROWS, part_sizes
from luthier.tools.facts import Facts
from luthier.tools.language import _, mark, plural
from luthier.tools.questions import Approval, Editable
from luthier.tools.training.backends import backend_of
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.plan import Plan
from luthier.tools.training.trials.model import SearchResult
from luthier.tools.training.trials.search import plan_rounds
from luthier.tools.views import JobView
from luthier.tools.wording import duration, rows

USUAL_MINUTES = 30
CURVE_SETTLED = "curve.settled"
"""The decision that keeps a curve from being proposed again: it was begun, or not wanted."""


class Search(BaseModel):
    """How long to search."""

    minutes: float = Field(default=USUAL_MINUTES, gt=0, le=24 * 60, description="time in all")


def search_settings(context: ToolContext, arguments: Search) -> Outcome:
    """Try learning rates, ranks and passes within the time, judged on the validation rows."""
    payload = search_payload(context, arguments)
    job = start_job(context, "search", _("Searching for settings"), payload)
    return Outcome(
        _("Job {id} tries settings; each trial is a job with a line of its own.", id=job.id),
        facts={"search_job": job.id, "search": None},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def search_payload(context: ToolContext, arguments: Search) -> dict[str, Any]:
    """The input of the job ``search``.

    Raises:
        LuthierError: the plan is run elsewhere, or there are no rows to judge by.
    """
    plan = _own_plan(context)
    load, epoch = _speed(context, plan)
    return {
        "plan": plan.model_dump(mode="json"),
        "seconds": arguments.minutes * 60,
        "load_seconds": load,
        "epoch_seconds": epoch,
    }


def approve_search(context: ToolContext, arguments: Search) -> Approval:
    """What a search means: how many trainings of what length, and how long in all."""
    plan = _own_plan(context)
    load, epoch = _speed(context, plan)
    rounds = plan_rounds(plan, arguments.minutes * 60, load, epoch)
    tried = plural(
        "{n} training of {passes:g} epochs",
        "{n} trainings of {passes:g} epochs each",
        len(rounds.candidates),
        passes=rounds.passes,
    )
    if rounds.finals:
        tried += plural(
            ", then {n} more of the best, for {passes} epochs",
            ", then {n} more of the best, for {passes} epochs",
            len(rounds.finals),
            passes=_(", ").join(f"{one.passes:g}" for one in rounds.finals),
        )
    takes = rounds.seconds(load, epoch)
    return Approval(
        tool="search_settings",
        effect=Effect.LONG_JOB,
        title=_("Search for settings on this computer"),
        details=(
            (_("Trials"), tried),
            (_("Time"), _("about {time}; none is begun after {budget}", time=duration(takes),
                          budget=duration(arguments.minutes * 60))),
            (_("Judged by"), _("the validation rows; the test rows are not looked at")),
            (_("Afterwards"), _("nothing changes in the plan until you say so")),
            (_("Price and privacy"), _("free; nothing leaves this computer")),
        ),
        editable=(Editable(name="minutes", label=_("minutes"), value=f"{arguments.minutes:g}"),),
    )  # fmt: skip


def take_best_settings(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Put the winner of the search into the plan."""
    if context.facts.search is None:
        raise not_yet(_("There is no search yet."), _("Say “search the settings for 30 minutes”."))
    found = SearchResult.model_validate(context.facts.search)
    changes = found.changes()
    if not changes:
        raise LuthierError(
            _("The plan as it is has won the search, so there is nothing to change."),
            remedy=_("Start the training, or search for longer."),
            code="search.nothing_better",
        )
    outcome = change_settings(context, ChangePlan(changes=changes))
    facts = {**outcome.facts, "search": found.model_dump(mode="json")}
    return Outcome(outcome.summary, facts=facts, views=outcome.views)


def learning_curve(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Tune on a quarter and on half of the rows and measure both on the same test rows."""
    plan, evaluation = _curve_of(context)
    job = start_job(
        context,
        "curve",
        _("Drawing the learning curve"),
        {"plan": plan.model_dump(mode="json"), "evaluation_id": evaluation},
    )
    return Outcome(
        _("Job {id} tunes on a quarter and on half of the rows.", id=job.id),
        facts={
            "curve_job": job.id,
            "settled": [
                *(one for one in context.facts.settled if one != CURVE_SETTLED),
                CURVE_SETTLED,
            ],
        },
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def approve_curve(context: ToolContext, _arguments: NoArguments) -> Approval:
    """What a learning curve means: which trainings, and how long."""
    plan, _evaluation = _curve_of(context)
    dataset = context.facts.dataset
    sizes = part_sizes(dataset.train if dataset else 0)
    whole = float((context.facts.training or {}).get("seconds") or 0)
    if not whole:
        load, epoch = _speed(context, plan)
        whole = load + plan.train.epochs * epoch
    return Approval(
        tool="learning_curve",
        effect=Effect.LONG_JOB,
        title=_("Draw a learning curve on this computer"),
        details=(
            (_("Trainings"), _(", ").join(rows(size) for size in sizes)),
            (_("Time"), _("about {time}", time=duration(curve_seconds(context.facts, whole)))),
            (_("Judged by"), _("the same test rows as the tuned model")),
            (_("Price and privacy"), _("free; nothing leaves this computer")),
        ),
    )


def curve_seconds(facts: Facts, whole: float) -> float:
    """What a learning curve takes where the training on all rows took ``whole`` seconds.

    Each part takes its share of that, and is loaded and measured as the tuned model was.
    """
    rows_in_all = facts.dataset.train if facts.dataset else 0
    tuned = facts.evaluation.arm("tuned") if facts.evaluation else None
    load = (facts.estimate.load_seconds if facts.estimate else 0.0) or LOAD_SECONDS
    each = 2 * load + (tuned.seconds if tuned else 0.0)
    return sum(each + whole * size / rows_in_all for size in part_sizes(rows_in_all))


def _own_plan(context: ToolContext) -> Plan:
    """The plan, if it is run on this computer and has rows to be judged by."""
    plan = plan_of(context)
    backend = backend_of(plan.backend)
    if not backend.measures_here:
        raise LuthierError(
            _("Several trainings are tried on this computer only."),
            why=_("This plan is run at {backend}, where each would cost money.",
                  backend=_(backend.label)),
            remedy=_("Say “train on this computer” first."),
            code="trials.elsewhere",
        )  # fmt: skip
    dataset = context.facts.dataset
    if dataset is None or not dataset.validation:
        raise LuthierError(
            _("There are no validation rows to judge by."),
            remedy=_("Add rows to the file and prepare the data again."),
            code="trials.no_validation",
        )
    return plan


def _curve_of(context: ToolContext) -> tuple[Plan, str]:
    plan, evaluation = _own_plan(context), context.facts.evaluation
    if context.facts.training is None or evaluation is None:
        raise not_yet(
            _("There is no tuned model to compare with yet."),
            _(
                "Train and measure it first; then smaller parts of the data can be compared with it."
            ),
        )
    dataset = context.facts.dataset
    if dataset is None or not part_sizes(dataset.train):
        raise LuthierError(
            _("There are too few rows for a learning curve."),
            why=_("Half of them must be {rows} at least.", rows=rows(FEWEST_ROWS)),
            remedy=_("Collect a few dozen rows first."),
            code="curve.too_few_rows",
        )
    return plan, evaluation.id


def _speed(context: ToolContext, plan: Plan) -> tuple[float, float]:
    """Seconds to load and for one pass: measured where that was done, else from the formula."""
    estimate = context.facts.estimate
    if estimate is not None and estimate.measured and estimate.epoch_seconds:
        checks = plan.train.evaluations_per_epoch * estimate.check_seconds
        return estimate.load_seconds, estimate.epoch_seconds + checks
    report = measure_tokens(context, plan.train.max_length, method_of(plan))
    machine = measure_machine(context.workspace)
    work = work_of(plan, report)
    seconds = train_seconds(plan, work, reference_for(context), machine) / plan.train.epochs
    return LOAD_SECONDS, seconds


TOOLS = (
    Tool(
        name="search_settings",
        description="Try several learning rates, LoRA ranks and epochs within a number of minutes and "
        "compare them on the validation rows. The user is asked first.",
        arguments=Search,
        run=search_settings,
        effect=Effect.LONG_JOB,
        approval=approve_search,
        label=mark("Starting the search for settings"),
        repeatable=True,
    ),
    Tool(
        name="take_best_settings",
        description="Put the winner of the finished search into the plan, when the user says so.",
        arguments=NoArguments,
        run=take_best_settings,
        effect=Effect.WRITES_HOME,
        label=mark("Taking the best settings"),
    ),
    Tool(
        name="learning_curve",
        description="Tune on a quarter and half of the rows too, to say whether more rows would "
        "help and about how many. After the evaluation; the user is asked first.",
        arguments=NoArguments,
        run=learning_curve,
        effect=Effect.LONG_JOB,
        approval=approve_curve,
        label=mark("Starting the learning curve"),
        repeatable=True,
    ),
)
