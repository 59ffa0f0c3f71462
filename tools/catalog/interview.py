"""Tools of the first stage: writing down what the user said, and advising on it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from luthier.tools.advice.model import Brief, Tried, UseCase
from luthier.tools.advice.rules import advise
from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.refitting import Refitted, fit_to_minutes
from luthier.tools.effects import Effect
from luthier.tools.language import _, mark
from luthier.tools.views import Callout


class NoteAnswers(BaseModel):
    """Answers to the four heads of the decision; leave out what is not settled yet."""

    use_case: UseCase | None = Field(
        default=None,
        description="labels: sort into labels; structured: answer as JSON; style: a voice or "
        "format; new_facts: know things it does not know; other",
    )
    use_case_words: str = Field(default="", description="the user's own words")
    tried: tuple[Tried, ...] | None = Field(default=None, description="alternatives tried so far")
    tried_words: str = ""
    minutes: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="minutes of training the user would spend"
    )
    criterion: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="share of right answers that is good enough, 0 to 1"
    )
    benefit_words: str = ""
    assumed: tuple[str, ...] = Field(
        default=(), description="names of the fields settled by a default, not by the user"
    )
    clear: tuple[str, ...] = Field(default=(), description="fields to take back")


def note_answers(context: ToolContext, arguments: NoteAnswers) -> Outcome:
    """Write answers into the brief; earlier ones stay unless given again or cleared."""
    given = arguments.model_dump(exclude_unset=True, exclude={"clear", "assumed"}, mode="json")
    old = context.facts.brief.model_dump(mode="json")
    empty = Brief().model_dump(mode="json")
    merged: dict[str, Any] = {**old, **given}
    for name in arguments.clear:
        if name in empty:
            merged[name] = empty[name]
    kept = [name for name in old["assumed"] if name not in given and name not in arguments.clear]
    merged["assumed"] = [*kept, *arguments.assumed]
    brief = Brief.model_validate(merged)
    noted = (
        "Noted: " + ", ".join([*given, *(f"{name} taken back" for name in arguments.clear)]) + "."
    )
    fitted = _fit_plan(context, brief) if "minutes" in given else None
    return Outcome(
        f"{noted} {fitted.words}" if fitted else noted,
        facts={
            "brief": brief.model_dump(mode="json"),
            **(fitted.facts(context.facts.preflight_job) if fitted else {}),
        },
        data={"refitted": fitted.words if fitted else ""},
    )


def _fit_plan(context: ToolContext, brief: Brief) -> Refitted | None:
    """Another time to spend fits the plan anew, as long as nothing was trained by it."""
    facts = context.facts
    if facts.plan is None or facts.estimate is None or facts.train_job:
        return None
    return fit_to_minutes(context, facts.plan, facts.estimate, brief.minutes)


def give_advice(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Decide from the brief and the data whether to tune, and record the advice."""
    source = context.facts.source
    advice = advise(
        context.facts.brief,
        rows=source.usable if source else None,
        task=source.task if source else None,
    )
    tone = {"tune": "good", "try_first": "warning", "do_not_tune": "bad"}[advice.recommendation]
    instead = advice.alternatives if advice.recommendation != "tune" else ()
    view = Callout.model_validate(
        {
            "tone": tone,
            "headline": advice.headline,
            "lines": [*advice.reasons, *(_("Instead: {other}", other=other) for other in instead)],
        }
    )
    return Outcome(
        _("Advice: {headline}", headline=" ".join((advice.headline, *advice.reasons))),
        facts={"advice": advice.model_dump(mode="json")},
        views=(view,),
        data=advice.model_dump(mode="json"),
    )


class TakeDecision(BaseModel):
    """A decision of the user that is not a fact about the data."""

    decision: str = Field(
        description="one of advice.go_on, advice.stop, baseline.go_on, baseline.stop, "
        "baseline.here (measure the alternatives on this computer instead of at the provider), "
        "baseline.skipped (train without having measured them), "
        "rows.leave_out, mapping.ok, doctor.left, doctor.one_by_one, just_asking, "
        "launch.declined, host.later, curve.settled (no learning curve is wanted), "
        "evaluation.declined (the tuned model stays unmeasured), "
        "endpoint.ready (it answers at its provider), endpoint.later"
    )
    taken: bool = Field(default=True, description="False takes it back")


def take_decision(context: ToolContext, arguments: TakeDecision) -> Outcome:
    """Record a decision; going on against the advice marks the advice as overruled."""
    settled = [d for d in context.facts.settled if d != arguments.decision]
    if arguments.taken:
        settled.append(arguments.decision)
    changes: dict[str, Any] = {"settled": settled}
    advice = context.facts.advice
    if arguments.decision == "advice.go_on" and advice and advice.recommendation != "tune":
        overruled = advice.model_copy(update={"overruled": arguments.taken})
        changes["advice"] = overruled.model_dump(mode="json")
    return Outcome(f"Decided: {arguments.decision}.", facts=changes)


TOOLS = (
    Tool(
        name="note_answers",
        description="Write down what the user said about use case, alternatives tried, costs and "
        "benefits. Use the user's own words in the *_words fields.",
        arguments=NoteAnswers,
        run=note_answers,
        effect=Effect.WRITES_HOME,
        label=mark("Noting your answer"),
        quiet=True,
    ),
    Tool(
        name="give_advice",
        description="Decide from the answers (and the data, where known) whether to tune, try "
        "something else first, or not tune. Call it once the four heads are answered.",
        arguments=NoArguments,
        run=give_advice,
        effect=Effect.WRITES_HOME,
        label=mark("Weighing whether tuning is the right thing"),
    ),
    Tool(
        name="take_decision",
        description="Record a decision of the user, such as going on against the advice.",
        arguments=TakeDecision,
        run=take_decision,
        effect=Effect.WRITES_HOME,
        label=mark("Noting your decision"),
        quiet=True,
    ),
)
