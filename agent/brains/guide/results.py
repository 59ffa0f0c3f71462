"""What the guide says after a tool has come back, and where it goes from there."""

from __future__ import annotations

from collections.abc import Callable

from luthier.agent.brains.guide import autotrain, deploying, hosting, questions, rating
from luthier.agent.brains.guide.can_do import can_do
from luthier.agent.brains.guide.reply import Reply, ask, say
from luthier.agent.brains.guide.results_data import (
    checked,
    data_checked,
    inspected,
    mended,
    prepared,
    previewed_remedies,
    undone,
    written,
)
from luthier.agent.brains.guide.results_failed import declined, failed
from luthier.agent.brains.guide.results_jobs import job_started, taken_in
from luthier.agent.brains.guide.reword import reworded
from luthier.agent.brains.guide.situation import Result
from luthier.agent.brains.guide.steps import follow, next_step
from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.wording import duration


def respond_to_result(facts: Facts, result: Result) -> Reply:
    """Say what a result means and take the next step."""
    if result.data.get("interrupted"):
        return say("")
    if result.data.get("declined"):
        return declined(facts, result)
    if not result.ok:
        return failed(facts, result)
    handler = _HANDLERS.get(result.name)
    return handler(facts, result) if handler else next_step(facts)


def _advised(facts: Facts, _result: Result) -> Reply:
    advice = facts.advice
    assert advice is not None
    if advice.recommendation == "tune":
        return next_step(facts).after(_("My advice: **go ahead**, for the reasons above."))
    return next_step(facts).after(
        _("That is my honest advice, for the reasons above. It is your decision.")
    )


def _lesson(facts: Facts, result: Result) -> Reply:
    """A lesson changes nothing: the question that was open when it was asked for is still open."""
    lessons = result.data.get("lessons") or []
    asked = ask(reworded(result.asked, facts)) if result.asked else None
    if not lessons:
        none = _("I have no lesson on that. {can_do}", can_do=can_do(facts))
        return (asked or next_step(facts)).after(none)
    text = f"**{_closed(lessons[0]['title'])}** {lessons[0]['text']}"
    more = [lesson["title"] for lesson in lessons[1:]]
    if more:
        text += "\n\n" + _("*See also: {titles}*", titles=_closed(_(", ").join(more)))
    return asked.after(text) if asked else follow(facts, text)


def _closed(words: str) -> str:
    """Words with a full stop after them, unless they end a sentence already."""
    return words if words.endswith((".", "!", "?", "؟", "…")) else f"{words}."


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
    return follow(facts, result.summary)


def _shown(facts: Facts, _result: Result) -> Reply:
    return follow(facts, "")


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


def _place_chosen(facts: Facts, result: Result) -> Reply:
    """The screen shows what changes and what is known of the place; the journey goes on."""
    return next_step(facts).after(result.summary)


def _split_chosen(facts: Facts, result: Result) -> Reply:
    return next_step(facts).after(result.summary)


def _exported(facts: Facts, result: Result) -> Reply:
    return follow(facts, result.summary)


def _controlled(_facts: Facts, result: Result) -> Reply:
    pausing = result.data.get("state") in ("pausing", "paused")
    said = [result.summary, _("What is done so far is kept.")]
    return say(" ".join([*said, _("Say “resume” to go on.")] if pausing else said))


def _told(facts: Facts, result: Result) -> Reply:
    """What the tool said is the answer, unless the screen shows it; the open question stands."""
    return follow(facts, "" if result.data.get("allowed") else result.summary)


def _reported(facts: Facts, _result: Result) -> Reply:
    return next_step(facts)


def _noted(facts: Facts, result: Result) -> Reply:
    return next_step(facts).after(str(result.data.get("refitted") or ""))


_HANDLERS: dict[str, Callable[[Facts, Result], Reply]] = {
    "inspect_data": inspected,
    "fetch_data": inspected,
    "write_questions": written,
    "note_answers": _noted,
    "give_advice": _advised,
    "prepare_data": prepared,
    "check_tokens": checked,
    "run_baselines": job_started,
    "judge_answers": job_started,
    "rate_answers": rating.shown,
    "rate_pair": rating.shown,
    "compare_alternatives": job_started,
    "compare_elsewhere": job_started,
    "use_own_metric": job_started,
    "run_preflight": job_started,
    "launch_training": job_started,
    "run_evaluation": job_started,
    "get_starter": job_started,
    "take_in_result": taken_in,
    "search_lessons": _lesson,
    "go_back": _went_back,
    "take_decision": _decided,
    "show_plan": _shown,
    "find_sessions": _shown,
    "keep_session": _said,
    "delete_session": _said,
    "show_row": _shown,
    "trace_row": _shown,
    "check_data": data_checked,
    "preview_remedies": previewed_remedies,
    "mend_data": mended,
    "undo_mending": undone,
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
    "export_model": job_started,
    "install_autotrain": lambda _facts, result: say(autotrain.installed_words(result)),
    "write_autotrain_files": lambda _facts, result: say(autotrain.written_words(result)),
    "get_llama_cpp": lambda facts, result: hosting.got_llama_cpp(result) or next_step(facts),
    "serve_export": lambda facts, _result: say(hosting.served_words(facts)),
    "list_hosting": lambda _facts, result: say(hosting.listed_words(result)),
    "choose_backend": _place_chosen,
    "list_hosted": _told,
    "delete_hosted": _told,
    "adopt_job": job_started,
    "name_endpoint": lambda facts, result: next_step(facts).after(result.summary),
    "show_snippets": lambda _facts, _result: say(hosting.snippets_words()),
    "show_server_log": lambda _facts, _result: say(hosting.log_words()),
    "show_commands": lambda _facts, result: say(hosting.commands_words(result)),
    "check_server": lambda _facts, result: say(hosting.checked_words(result)),
    "deploy_base": job_started,
    "deploy_tuned": job_started,
    "search_settings": job_started,
    "learning_curve": job_started,
    "ask_harness": job_started,
    "take_best_settings": _planned,
    "show_deployments": _shown,
    "check_deployment": _shown,
    "delete_deployment": lambda facts, result: follow(facts, deploying.deleted_words(result)),
    "stop_server": lambda _facts, result: say(hosting.stopped_words(result)),
    "delete_export": lambda _facts, result: say(hosting.deleted_words(result)),
    "create_in_ollama": lambda _facts, result: say(hosting.ollama_words(result)),
    "push_to_hub": lambda _facts, result: say(hosting.pushed_words(result)),
}
