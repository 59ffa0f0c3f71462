"""What the guide says where a tool failed or was declined, and how to go on."""

from __future__ import annotations

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide import (
    autotrain,
    deploying,
    hosting,
    questions,
    questions_elsewhere,
)
from luthier.agent.brains.guide.reply import Reply, ask, call, say
from luthier.agent.brains.guide.situation import Result
from luthier.agent.brains.guide.steps import follow, next_step
from luthier.agent.brains.guide.understand import asks_why
from luthier.agent.brains.guide.words import respond_to_reason
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.catalog.trials import CURVE_SETTLED
from luthier.tools.effects import Effect
from luthier.tools.facts import Facts
from luthier.tools.language import _, mark

STARTER_NEEDED = mark("From here on I need the base model, and it has to be made ready once.")


def declined(facts: Facts, result: Result) -> Reply:
    """What to do after a no: the wish behind it, or another way to go on."""
    reason = str(result.data.get("reason") or "")
    if asks_why(reason):
        return call(result.name, _why_asked(facts, result.name), **result.arguments)
    wish = respond_to_reason(facts, reason) if reason else None
    if wish is not None:
        return wish
    if result.name == "launch_training":
        return ask(questions.declined())
    if result.name == "get_starter":
        return ask(questions.starter())
    if result.name == "run_baselines":
        return ask(questions_elsewhere.unmeasured())
    if result.name == "run_evaluation":
        return ask(questions_elsewhere.unjudged(facts))
    if result.name == "learning_curve":
        return call("take_decision", decision=CURVE_SETTLED)
    checkpoint = result.arguments.get("step")
    if result.name in ("deploy_base", "deploy_tuned") and not checkpoint:
        return call("take_decision", decision="deploy.declined")
    return say(_("All right, I leave it as it is."))


_BECAUSE = {
    Effect.WRITES_OUTSIDE: mark("It writes files outside Luthier's own folder."),
    Effect.LONG_JOB: mark("It keeps this computer busy for a while."),
    Effect.NETWORK: mark("It may fetch something from the network."),
    Effect.UPLOAD: mark("It sends something from this computer to others."),
    Effect.MONEY: mark("It can cost money."),
    Effect.DELETES: mark("What it deletes cannot be brought back."),
}


def _why_asked(facts: Facts, tool: str) -> str:
    """Why a tool waits for a yes, in two sentences, before it is asked again."""
    elsewhere = tool == "launch_training" and facts.hosted is not None
    because = _BECAUSE.get(Effect.MONEY if elsewhere else TOOLS[tool].effect, "")
    rule = _("Nothing of that kind happens without your yes, and nothing has happened yet.")
    return f"{_(because)} {rule}" if because else rule


def failed(facts: Facts, result: Result) -> Reply:
    """What happened, why, and the question or step that leads on."""
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
    if code == "autotrain.missing":
        return autotrain.offer_install(text)
    if code == "host.nothing_exported" and result.name == "serve_export":
        return hosting.export_first(facts)
    if result.name in _SAID_ONLY:
        return say(text)
    if code.startswith("launch.blocked"):
        elsewhere = facts.hosted is not None
        return ask(
            questions_elsewhere.blocked_elsewhere() if elsewhere else questions.blocked(facts), text
        )
    if result.name in ("inspect_data", "fetch_data"):
        return _file_refused(facts, code, text)
    if result.name == "write_questions":
        return next_step(facts).after(text)
    if code == "journey.not_yet":
        return follow(facts, text)
    if result.name in _CORRECTIONS:
        return _ask_again_or_wait(facts, result, text)
    tool = TOOLS.get(result.name)
    return ask(questions.recover(result.name, _(tool.label) if tool else result.name), text)


_SAID_ONLY = (
    hosting.TOOL_NAMES
    | deploying.TOOL_NAMES
    | autotrain.TOOL_NAMES
    | {"list_hosted", "adopt_job", "delete_hosted", "name_endpoint"}
)
"""Tools whose failure is told and nothing else: the journey does not wait for them."""

_CORRECTIONS = (
    *("prepare_data", "choose_split", "export_data", "count_tokens"),
    *("choose_model", "choose_backend", "change_plan", "show_row"),
    *("search_settings", "take_best_settings", "learning_curve", "ask_harness"),
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
    if step.tool == result.name == "learning_curve":
        return call("take_decision", text, decision=CURVE_SETTLED)
    if step.tool == result.name:
        return ask(questions.file(facts.source), text)
    return step.after(text)
