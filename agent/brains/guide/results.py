"""What the guide says after a tool has come back, and where it goes from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide import hosting, questions
from luthier.agent.brains.guide.mending import (
    checked_words,
    mended_words,
    previewed,
    undone_words,
)
from luthier.agent.brains.guide.reading import rest_of_questions
from luthier.agent.brains.guide.reply import Reply, ask, call, say
from luthier.agent.brains.guide.situation import Result
from luthier.agent.brains.guide.steps import JUST_ASKING, next_step
from luthier.agent.brains.guide.words import can_do, respond_to_reason
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.data.views import format_name
from luthier.tools.facts import Facts
from luthier.tools.jobs.model import STATE_WORDS, JobState
from luthier.tools.language import _, mark, plural
from luthier.tools.wording import duration

STARTER_NEEDED = mark("From here on I need the base model, and it has to be made ready once.")
TOLERATED_OVERTIME = 1.2


def respond_to_result(facts: Facts, result: Result) -> Reply:
    """Say what a result means and take the next step."""
    if result.data.get("interrupted"):
        return say("")
    if result.data.get("declined"):
        return _declined(facts, result)
    if not result.ok:
        return _failed(facts, result)
    handler = _HANDLERS.get(result.name)
    return handler(facts, result) if handler else next_step(facts)


def _declined(facts: Facts, result: Result) -> Reply:
    reason = str(result.data.get("reason") or "")
    if reason:
        return respond_to_reason(facts, reason)
    if result.name == "launch_training":
        return ask(questions.declined())
    if result.name == "get_starter":
        return ask(questions.starter())
    return say(_("All right, I leave it as it is."))


def _failed(facts: Facts, result: Result) -> Reply:
    error = result.data.get("error", {})
    code = error.get("code", "")
    words = f"**{error.get('what') or result.summary}**"
    place = error.get("place")
    parts = [f"{words} ({place})" if place else words, error.get("why"), error.get("remedy")]
    text = "\n\n".join(part for part in parts if part)
    if code == "model.starter_missing":
        return call("get_starter", _(STARTER_NEEDED))  # which asks by itself
    if code.startswith("model.starter"):
        return ask(questions.starter(), text)
    if code == "llama_cpp.missing":
        return hosting.missing_llama_cpp(result, text)
    if code == "host.nothing_exported" and result.name == "serve_export":
        return hosting.export_first(facts)
    if result.name in hosting.TOOL_NAMES:
        return say(text)
    if code.startswith("launch.blocked"):
        return ask(questions.blocked(facts), text)
    if result.name in ("inspect_data", "fetch_data"):
        return _file_refused(facts, code, text)
    if result.name == "write_questions":
        return next_step(facts).after(text)
    if code == "journey.not_yet":
        return _follow(next_step(facts), text)
    if result.name in _CORRECTIONS:
        return _ask_again_or_wait(facts, result, text)
    tool = TOOLS.get(result.name)
    return ask(questions.recover(result.name, _(tool.label) if tool else result.name), text)


_CORRECTIONS = (
    *("prepare_data", "choose_split", "export_data", "count_tokens"),
    *("choose_model", "change_plan", "show_row"),
    *("check_data", "preview_remedies", "mend_data", "undo_mending", "trace_row"),
)
"""Tools whose failure leaves everything as it was."""


_CORRECTED = (
    "data.unknown_column", "data.unknown_part", "data.unknown_speaker", "data.unknown_layout",
    "data.wrong_layout", "data.bad_template", "data.unknown_format", "data.incomplete_mapping",
)  # fmt: skip
"""Refused corrections of how a file is read: the file stays as it was read before."""


def _file_refused(facts: Facts, code: str, text: str) -> Reply:
    """A column that does not exist leaves the file as it was read; the open question stands."""
    step = next_step(facts)
    if facts.source is not None and code in _CORRECTED and step.tool in ("", ASK_USER):
        return step.after(text)
    return ask(questions.file(facts.source), text)


def _ask_again_or_wait(facts: Facts, result: Result, text: str) -> Reply:
    """After a failed correction nothing has changed, so the step before it still stands."""
    step = next_step(facts)
    if step.tool == result.name:
        return ask(questions.file(facts.source), text)
    return step.after(text)


def _inspected(facts: Facts, result: Result) -> Reply:
    source = facts.source
    assert source is not None
    name = PurePath(source.path).name
    lines = [
        _(
            "I read **{name}** ({format}): {rows}, {usable} of them usable. {reason}",
            name=name,
            format=format_name(source.format),
            rows=plural("{n} row", "{n} rows", source.rows_in),
            usable=source.usable,
            reason=source.task.reason,
        )
    ]
    if not result.data.get("changed_mapping"):
        lines.append(
            _(
                "The rows above show how I would use it. If that is wrong, say so: “prompt column is …, "
                "answer column is …”."
            )
        )
    if source.split.method == "group" and facts.split is None:
        lines.append(
            _(
                "“{column}” repeats, so I would keep all rows of one on one side of the split. If you do "
                "not want that, say “split randomly”.",
                column=source.split.column,
            )
        )
    step = next_step(facts)
    if result.data.get("changed_mapping") and step.tool == "prepare_data":
        return step.after(_("Changed. The rows above show it."))
    return step.after("\n\n".join(lines))


def _written(facts: Facts, result: Result) -> Reply:
    if not result.data.get("preview"):
        return _inspected(facts, result).after(result.summary)
    return ask(rest_of_questions(), result.summary)


def _advised(facts: Facts, _result: Result) -> Reply:
    advice = facts.advice
    assert advice is not None
    if advice.recommendation == "tune":
        return next_step(facts).after(_("My advice: **go ahead**, for the reasons above."))
    return next_step(facts).after(
        _("That is my honest advice, for the reasons above. It is your decision.")
    )


def _prepared(facts: Facts, _result: Result) -> Reply:
    data = facts.dataset
    assert data is not None
    return next_step(facts).after(
        _(
            "The data is split and **frozen**: {train} rows to learn from, {validation} to "
            "watch the learning, and {test} held out that no choice will see until the test.",
            train=data.train,
            validation=data.validation,
            test=data.test,
        )
    )


def _checked(facts: Facts, _result: Result) -> Reply:
    if facts.token_blockers:
        return next_step(facts).after(_("**These rows would teach the model something wrong.**"))
    return next_step(facts).after(
        _(
            "Above is one row exactly as the model will see it: what is marked *trained* is what it "
            "learns to say, and each answer ends with a token that teaches it to stop."
        )
    )


def _job_started(_facts: Facts, result: Result) -> Reply:
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
    }
    return say(words.get(result.name, "I tell you as soon as it is done."))


def _taken_in(facts: Facts, result: Result) -> Reply:
    kind, state = result.data.get("kind"), result.data.get("state")
    if state != "succeeded":
        return _job_came_to_nothing(facts, str(kind), str(state), result)
    words = {
        "baseline": _baseline_words,
        "preflight": _preflight_words,
        "train": _training_words,
        "evaluate": _verdict_words,
        "export": hosting.export_words,
    }.get(str(kind))
    return next_step(facts).after(words(facts) if words else _("The starter model is ready."))


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
    if kind in ("export", "serve"):
        return hosting.ended(facts, kind, state, str(result.data.get("words", "")))
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
    early = training.get("stopped_early")
    words = _(
        "The training is done: the loss on rows it did not learn from fell from "
        "{base_validation_loss:.2f} to **{best_validation_loss:.2f}**. I kept the best "
        "checkpoint and checked the saved weights.",
        base_validation_loss=training["base_validation_loss"],
        best_validation_loss=training["best_validation_loss"],
    )
    return f"{words} {early}" if early else words


def _verdict_words(facts: Facts) -> str:
    evaluation = facts.evaluation
    assert evaluation is not None
    verdict = evaluation.verdict
    return f"**{verdict.sentence}**" if verdict else _("The comparison is above.")


def _lesson(facts: Facts, result: Result) -> Reply:
    lessons = result.data.get("lessons") or []
    step = next_step(facts)
    if not lessons:
        return step.after(_("I have no lesson on that. {can_do}", can_do=can_do()))
    text = f"**{lessons[0]['title']}.** {lessons[0]['text']}"
    more = [lesson["title"] for lesson in lessons[1:]]
    if more:
        text += "\n\n" + _("*See also: {titles}.*", titles=_(", ").join(more))
    return step if step.text == _(JUST_ASKING) and not text else _follow(step, text)


def _follow(step: Reply, text: str) -> Reply:
    """After a lesson only an open question is asked again; nothing is started by a question."""
    from luthier.agent.act import ASK_USER

    return step.after(text) if step.tool == ASK_USER else say(text)


def _went_back(facts: Facts, result: Result) -> Reply:
    if result.data.get("stage") == "data" and facts.source is not None:
        return ask(
            questions.file(facts.source),
            _(
                "We are back at the data ({path}). Give me a path (the same one after you "
                "changed it, or another), or correct the columns: “answer column is …”.",
                path=facts.source.path,
            ),
        )
    return next_step(facts)


def _decided(facts: Facts, result: Result) -> Reply:
    return next_step(facts)


def _said(facts: Facts, result: Result) -> Reply:
    """What was done to a conversation; the step before it stands."""
    return _follow(next_step(facts), result.summary)


def _shown(facts: Facts, _result: Result) -> Reply:
    return _follow(next_step(facts), "")


def _planned(facts: Facts, result: Result) -> Reply:
    if facts.token_blockers:
        return ask(questions.blocked(facts), "**" + facts.token_blockers[0] + "**")
    if result.name != "change_plan":
        return next_step(facts).after(_("Here is the plan, with my reasons."))
    return next_step(facts).after(_changed_words(facts))


def _changed_words(facts: Facts) -> str:
    """A measured step is not measured again where only the number of steps has changed."""
    estimate = facts.estimate
    if estimate is None or not estimate.measured:
        return _("Changed.")
    return _(
        "Changed. What one step takes was measured before and still holds, so the training would now "
        "take about **{time}**.",
        time=duration(estimate.train_seconds),
    )


def _chose_model(facts: Facts, result: Result) -> Reply:
    return next_step(facts).after(result.summary)


def _split_chosen(facts: Facts, result: Result) -> Reply:
    return next_step(facts).after(result.summary)


def _exported(facts: Facts, result: Result) -> Reply:
    return _follow(next_step(facts), result.summary)


def _controlled(_facts: Facts, result: Result) -> Reply:
    pausing = result.data.get("state") in ("pausing", "paused")
    said = [result.summary, _("What is done so far is kept.")]
    return say(" ".join([*said, _("Say “resume” to go on.")] if pausing else said))


def _told(facts: Facts, result: Result) -> Reply:
    """What the tool said is the answer, unless the screen shows it; the open question stands."""
    return _follow(next_step(facts), "" if result.data.get("allowed") else result.summary)


def _reported(facts: Facts, _result: Result) -> Reply:
    return next_step(facts)


def _previewed(facts: Facts, result: Result) -> Reply:
    return previewed(facts, result) or _follow(next_step(facts), "")


def _mended(facts: Facts, result: Result) -> Reply:
    return next_step(facts).after(mended_words(facts, result))


def _undone(facts: Facts, result: Result) -> Reply:
    return next_step(facts).after(undone_words(result))


def _data_checked(facts: Facts, _result: Result) -> Reply:
    return _follow(next_step(facts), checked_words(facts))


_HANDLERS: dict[str, Callable[[Facts, Result], Reply]] = {
    "inspect_data": _inspected,
    "fetch_data": _inspected,
    "write_questions": _written,
    "give_advice": _advised,
    "prepare_data": _prepared,
    "check_tokens": _checked,
    "run_baselines": _job_started,
    "compare_alternatives": _job_started,
    "run_preflight": _job_started,
    "launch_training": _job_started,
    "run_evaluation": _job_started,
    "get_starter": _job_started,
    "take_in_result": _taken_in,
    "search_lessons": _lesson,
    "go_back": _went_back,
    "take_decision": _decided,
    "show_plan": _shown,
    "find_sessions": _shown,
    "keep_session": _said,
    "delete_session": _said,
    "show_row": _shown,
    "trace_row": _shown,
    "check_data": _data_checked,
    "preview_remedies": _previewed,
    "mend_data": _mended,
    "undo_mending": _undone,
    "show_results": _shown,
    "job_status": _shown,
    "make_plan": _planned,
    "change_plan": _planned,
    "choose_model": _chose_model,
    "choose_split": _split_chosen,
    "export_data": _exported,
    "count_tokens": _shown,
    "control_job": _controlled,
    "write_report": _reported,
    "show_allowed": _told,
    "ask_again": _told,
    "export_model": _job_started,
    "get_llama_cpp": lambda facts, result: hosting.got_llama_cpp(result) or next_step(facts),
    "serve_export": lambda facts, _result: say(hosting.served_words(facts)),
    "list_hosting": lambda _facts, result: say(hosting.listed_words(result)),
    "show_snippets": lambda _facts, _result: say(hosting.snippets_words()),
    "check_server": lambda _facts, result: say(hosting.checked_words(result)),
    "stop_server": lambda _facts, result: say(hosting.stopped_words(result)),
    "delete_export": lambda _facts, result: say(hosting.deleted_words(result)),
    "create_in_ollama": lambda _facts, result: say(hosting.ollama_words(result)),
    "push_to_hub": lambda _facts, result: say(hosting.pushed_words(result)),
}
