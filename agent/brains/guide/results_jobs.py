"""What the guide says when a job begins and when its result is in."""

from __future__ import annotations

import math
from typing import Any

from luthier.agent.brains.guide import autotrain, deploying, hosting, questions
from luthier.agent.brains.guide.curve import can_be_drawn, is_proposed
from luthier.agent.brains.guide.questions_hosting import worth_shipping
from luthier.agent.brains.guide.reply import Reply, ask, say
from luthier.agent.brains.guide.situation import Result
from luthier.agent.brains.guide.steps import next_step
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.evaluation.learning_views import curve_in_words
from luthier.tools.facts import Facts
from luthier.tools.jobs.model import STATE_WORDS, JobState
from luthier.tools.language import _, plural
from luthier.tools.training.trials.model import SearchResult
from luthier.tools.wording import duration

TOLERATED_OVERTIME = 1.2
STILL_FALLING = 0.9
"""Share of the steps after which a best moment counts as the end."""
MORE_PASSES = 1.5


def job_started(_facts: Facts, result: Result) -> Reply:
    """What runs now, and what can be done meanwhile."""
    words = {
        "launch_training": _(
            "The training is running in a process of its own. You can keep asking me "
            "things, **pause** or **cancel** it, or close the chat: it goes on, and I pick it up when "
            "you come back."
        ),
        "run_baselines": _(
            "This takes a few minutes. Ask me anything meanwhile, such as “what is a "
            "held-out split?”"
        ),
        "get_starter": _("This is needed once and takes about half a minute."),
        "export_model": hosting.export_started(),
        "deploy_base": deploying.started_words(),
        "deploy_tuned": deploying.started_words(),
        "search_settings": _(
            "Each trial is a job with a line of its own; **pause** and **cancel** work as with any job."
        ),
        "ask_harness": _("Both models are asked in turn; the results so far stay as they are."),
        "learning_curve": _(
            "Each tuning is a job with a line of its own; the tuned model you have stays as it is."
        ),
    }
    return say(words.get(result.name, _("I tell you as soon as it is done.")))


_OF_A_PLAN = ("preflight", "train", "evaluate", "search", "curve")
"""Jobs whose result is only mentioned where the plan has moved on since."""


def taken_in(facts: Facts, result: Result) -> Reply:
    """What the result of a job says, and the next step."""
    kind, state = result.data.get("kind"), result.data.get("state")
    if state != "succeeded":
        return _job_came_to_nothing(facts, str(kind), str(state), result)
    if result.data.get("told"):
        return next_step(facts).after(result.summary)
    if result.data.get("older") and kind in _OF_A_PLAN:
        return next_step(facts).after(result.summary)
    if kind == "preflight" and result.data.get("refitted"):
        return next_step(facts).after(f"{result.data['refitted']}\n\n{_preflight_words(facts)}")
    words = {
        "baseline": _baseline_words,
        "preflight": _preflight_words,
        "train": _training_words,
        "evaluate": _verdict_words,
        "judge": lambda _facts: _("The judge's verdicts are above."),
        "export": hosting.export_words,
        "deploy": deploying.deployed_words,
        "search": _search_words,
        "curve": _curve_words,
        "harness": _harness_words,
    }.get(str(kind))
    if kind == "autotrain":
        return say(autotrain.ready_words())
    return next_step(facts).after(words(facts) if words else _("The starter model is ready."))


def _search_words(facts: Facts) -> str:
    found = SearchResult.model_validate(facts.search)
    if not found.winner:
        return _("No trial ended with a figure, so the plan stays as it is.")
    if not found.changes():
        return _("The settings of the plan have won: nothing has to be changed.")
    return _(
        "The winner is marked above. Nothing has changed yet: say “take the best settings” to put it "
        "into the plan."
    )


def _curve_words(facts: Facts) -> str:
    assert facts.evaluation is not None
    return curve_in_words(facts.evaluation)


def _harness_words(_facts: Facts) -> str:
    return _("lm-eval's figures are in the table of what was lost, above.")


def _job_came_to_nothing(facts: Facts, kind: str, state: str, result: Result) -> Reply:
    if state == "paused":
        return say(_("The job is **paused**; its checkpoint is kept. Say “resume” to go on."))
    if kind == "train":
        return say(
            _(
                "The training: **{state}**. {words}\n\nIts checkpoints are kept. Say “resume” "
                "to try again from there, or change the plan, such as “learning rate 0.0001”, "
                "and say “start the training”.",
                state=_(STATE_WORDS[JobState(state)]),
                words=result.data.get("words", ""),
            )
        )
    if kind == "autotrain":
        return say(str(result.data.get("words", "")))
    if kind == "judge":
        return say(_("Nothing was judged. {words}", words=result.data.get("words", "")))
    if kind in ("search", "curve", "harness"):
        words = str(result.data.get("words", ""))
        return next_step(facts).after(_("That came to nothing: {words}", words=words))
    if kind in ("export", "serve"):
        return hosting.ended(facts, kind, state, str(result.data.get("words", "")))
    if kind == "deploy":
        return deploying.ended(state, str(result.data.get("words", "")))
    tool = {"baseline": "run_baselines", "preflight": "run_preflight", "starter": "get_starter"}
    name = tool.get(kind, "run_evaluation")
    return ask(questions.recover(name, _(TOOLS[name].label)))


def _baseline_words(facts: Facts) -> str:
    baseline = facts.baseline
    assert baseline is not None
    best = max(baseline.arms, key=lambda arm: arm.metrics.get(baseline.metric, 0.0))
    score = best.metrics.get(baseline.metric, 0.0)
    return _(
        "Without tuning, the best is **{label}** with {score:.0%} on {test_rows} "
        "held-out rows. That is the mark to beat.",
        label=best.label,
        score=score,
        test_rows=baseline.test_rows,
    )


def _preflight_words(facts: Facts) -> str:
    estimate = facts.estimate
    assert estimate is not None
    fit = (
        _("It fits this computer.")
        if estimate.fits
        else _("**It does not fit this computer as it is**; say “batch size 2” or “length 256”.")
    )
    return _(
        "Measured on this computer: about **{train_seconds}** of training. "
        "{fit}{over_time} Change any value by saying so, such as “use 2 epochs” or “rank 32”.",
        train_seconds=duration(estimate.train_seconds),
        fit=fit,
        over_time=_over_time(facts),
    )


def _over_time(facts: Facts) -> str:
    """What to say where the measured time is well above the minutes that the user gave."""
    estimate, plan, minutes = facts.estimate, facts.plan, facts.brief.minutes
    assert estimate is not None
    if plan is None or not minutes or estimate.train_seconds <= minutes * 60 * TOLERATED_OVERTIME:
        return ""
    fitting = max(1, int(plan.train.epochs * minutes * 60 / estimate.train_seconds))
    if fitting >= plan.train.epochs:
        return " " + plural(
            "That is **more than the {n} minute** you gave it; fewer rows would be quicker.",
            "That is **more than the {n} minutes** you gave it; fewer rows would be quicker.",
            minutes,
        )
    wish = plural("“use {n} epoch”", "“use {n} epochs”", fitting)
    return " " + plural(
        "That is **more than the {n} minute** you gave it: {wish} would come close.",
        "That is **more than the {n} minutes** you gave it: {wish} would come close.",
        minutes,
        wish=wish,
    )


def _training_words(facts: Facts) -> str:
    training = facts.training
    assert training is not None
    endpoint = training.get("endpoint")
    if endpoint:
        return _trained_elsewhere(training, endpoint["model"])
    early = training.get("stopped_early")
    words = _(
        "The training is done: the loss on rows it did not learn from fell from "
        "{base_validation_loss:.2f} to **{best_validation_loss:.2f}**. I kept the best "
        "checkpoint and checked the saved weights.",
        base_validation_loss=training["base_validation_loss"],
        best_validation_loss=training["best_validation_loss"],
    )
    return f"{words} " + _("It stopped early: {reason}.", reason=early) if early else words


def _trained_elsewhere(training: dict[str, Any], model: str) -> str:
    """What a provider has made, and how its checkpoints can be measured."""
    if training.get("awaits_deployment") or training.get("awaits_endpoint"):
        done = _("The training is done. What it measured and what it cost stands above.")
    else:
        done = _(
            "The training is done: the tuned model answers as **{model}** at its provider. What it "
            "measured there and what it cost stands above.",
            model=model,
        )
    kept = training.get("checkpoints") or ()
    if not kept:
        return done
    step = kept[0]["step"]
    more = (
        _(
            "Checkpoints were kept: “deploy checkpoint {step} at azure” makes one answer, too.",
            step=step,
        )
        if training.get("awaits_deployment")
        else _(
            "Checkpoints were kept: “compare with checkpoint {step}” measures one, too.", step=step
        )
    )
    return f"{done} {more}"


def _verdict_words(facts: Facts) -> str:
    evaluation = facts.evaluation
    assert evaluation is not None
    verdict = evaluation.verdict
    if verdict is None:
        return _("The comparison is above.")
    return "\n\n".join(part for part in (f"**{verdict.sentence}**", _what_may_help(facts)) if part)


def _whether_more_rows_would(facts: Facts) -> str:
    """The learning curve, offered where it can be drawn, was not yet, and does not come by itself."""
    if is_proposed(facts) or not can_be_drawn(facts):
        return ""
    return _(
        "Say “learning curve” to see whether more rows would, and about how many, before you collect "
        "them."
    )


def _what_may_help(facts: Facts) -> str:
    """What to try where the verdict is not to ship."""
    training, plan = facts.training, facts.plan
    if worth_shipping(facts) or not training or plan is None:
        return ""
    steps, best = training.get("steps") or 0, training.get("best_step") or 0
    if training.get("stopped_early") or best < steps * STILL_FALLING:
        words = _(
            "More passes would hardly help, since the validation loss had stopped falling. What may: "
            "more rows like those it got wrong, which are shown above, or a larger base model."
        )
        return f"{words} {_whether_more_rows_would(facts)}".strip()
    more = math.ceil(plan.train.epochs * MORE_PASSES)
    words = _(
        "The validation loss was still falling when the training ended, so more passes may help: say "
        "“use {more} epochs”.",
        more=more,
    )
    took = float(training.get("seconds") or 0)
    if not took:
        return words
    seconds = took * more / plan.train.epochs
    return f"{words} " + _("That would take about {time}.", time=duration(seconds))
