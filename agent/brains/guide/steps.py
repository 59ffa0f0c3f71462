"""The next step of the journey, from the facts alone: the same facts always give the same step."""

from __future__ import annotations

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide import questions
from luthier.agent.brains.guide.curve import curve_step
from luthier.agent.brains.guide.deploying import base_step, deploy_step
from luthier.agent.brains.guide.hosting import host_step
from luthier.agent.brains.guide.mending import mending_step
from luthier.agent.brains.guide.reading import reading_step
from luthier.agent.brains.guide.reply import Reply, ask, call, say
from luthier.tools.data.split import FEWEST, too_few
from luthier.tools.facts import Facts
from luthier.tools.language import _, mark


def next_step(facts: Facts) -> Reply:
    """What to ask, do or say next."""
    for stage in (
        _interview,
        _advice,
        _data,
        _baseline,
        _plan,
        _train,
        deploy_step,
        _evaluate,
        curve_step,
        host_step,
    ):
        reply = stage(facts)
        if reply is not None:
            return reply
    return say(_(FINISHED))


def follow(facts: Facts, text: str) -> Reply:
    """After a piece of news only an open question is asked again; nothing is started by it."""
    step = next_step(facts)
    return step.after(text) if step.tool == ASK_USER else say(text)


FINISHED = mark(
    "That is the whole journey. You can **talk to the tuned model** with `/chat` (side by side with "
    "the base model), open the report, ask me anything, or try it differently: “use 4 epochs”, "
    "“go back to the data”."
)


def _interview(facts: Facts) -> Reply | None:
    brief = facts.brief
    if facts.source is None:
        return say(_(JUST_ASKING)) if facts.has("just_asking") else ask(questions.start())
    reading = reading_step(facts)
    if reading is not None:
        return reading
    mending = mending_step(facts)
    if mending is not None:
        return mending
    if facts.source.usable < FEWEST:
        error = too_few(facts.source.usable, facts.source.usable)
        return ask(questions.file(facts.source), f"**{error.what}** {error.why}\n\n{error.remedy}")
    if brief.use_case is None:
        return ask(questions.use_case(facts.source))
    if brief.tried is None:
        return ask(questions.tried())
    if brief.minutes is None:
        return ask(questions.worth(facts.source))
    return None


JUST_ASKING = mark(
    "Ask me anything on tuning, data, cost or hosting. When you want to begin, type the path of a "
    "file or say “try the example”."
)


def _advice(facts: Facts) -> Reply | None:
    if facts.advice is None:
        return call("give_advice")
    if facts.has("advice.stop"):
        return say(
            _(
                "We stopped at the advice. If you come back with other results or more rows, say “go on” "
                "and we continue from here."
            )
        )
    if facts.advice.recommendation != "tune" and not facts.has("advice.go_on"):
        return ask(questions.go_on_regardless(facts))
    return None


def _data(facts: Facts) -> Reply | None:
    assert facts.source is not None
    if facts.dataset is None:
        if not facts.source.mapping.confident and not facts.has("mapping.ok"):
            return ask(questions.columns(facts.source))
        if facts.source.to_agree and not facts.has("rows.leave_out"):
            return ask(questions.leave_out(facts.source))
        return call("prepare_data", leave_out_unusable=facts.has("rows.leave_out"))
    if not facts.tokens_checked:
        return call("check_tokens")
    if facts.token_blockers:
        return ask(questions.blocked(facts))
    return None


def _baseline(facts: Facts) -> Reply | None:
    if facts.baseline is None:
        if facts.baseline_job:
            return say("")
        if facts.has("baseline.skipped"):
            return None
        base = None if facts.has("baseline.here") else base_step(facts)
        if base is not None:
            return base
        return call(
            "run_baselines",
            _(
                "Before tuning anything I measure what can be had **without** it, on the held-out test "
                "rows: the base model as it is, and the best prompt with examples I can find."
            ),
        )
    if facts.has("baseline.stop"):
        return say(
            _(
                "We stopped at the alternative, which is good enough for what you asked. Say “tune "
                "regardless” if you want to see what tuning would add."
            )
        )
    if good_enough(facts) and not facts.has("baseline.go_on"):
        return ask(questions.stop_at_baseline())
    return None


def good_enough(facts: Facts) -> bool:
    """Whether an alternative already reaches the criterion of the interview."""
    baseline, criterion = facts.baseline, facts.brief.criterion
    if baseline is None or criterion is None:
        return False
    return any(arm.metrics.get(baseline.metric, 0.0) >= criterion for arm in baseline.arms)


def _plan(facts: Facts) -> Reply | None:
    if facts.plan is None:
        return call("make_plan")
    if facts.train_job:
        return None
    if not facts.is_measured_here:
        return _launch(facts)
    if facts.estimate is None or not facts.estimate.measured:
        if facts.preflight_job:
            return say("")
        return call(
            "run_preflight",
            _(
                "I try the plan for real before you decide: one step on your longest rows, one "
                "evaluation step, one save. That gives true memory and time."
            ),
        )
    return _launch(facts)


def _launch(facts: Facts) -> Reply:
    if facts.has("launch.declined"):
        return say(_("The plan is ready. Say “start the training” when you are."))
    return call("launch_training")


def _train(facts: Facts) -> Reply | None:
    return say("") if facts.training is None else None


def _evaluate(facts: Facts) -> Reply | None:
    if facts.evaluation is None:
        if facts.evaluate_job:
            return say("")
        if facts.has("evaluation.declined"):
            return say(
                _(
                    "The tuned model has not been measured. Say “measure it” to go on, talk to it with "
                    "`/chat`, or say “train it on this computer” to try it without a provider."
                )
            )
        return call(
            "run_evaluation",
            _("Now the same test for the tuned model: the same held-out rows, the same metrics."),
        )
    if not facts.report:
        return call("write_report")
    return None
