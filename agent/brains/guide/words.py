"""Free text: questions, changes, paths, wishes. What is not understood is never a dead end."""

from __future__ import annotations

from collections.abc import Callable

from luthier.agent.brains.guide import autotrain, hosting
from luthier.agent.brains.guide import words_shown as shown
from luthier.agent.brains.guide.can_do import can_do
from luthier.agent.brains.guide.mending import (
    mended_last,
    respond_to_wish,
)
from luthier.agent.brains.guide.reading import respond_to_reading
from luthier.agent.brains.guide.reply import Reply, ask, call, say
from luthier.agent.brains.guide.steps import next_step
from luthier.agent.brains.guide.understand import (
    Intent,
    only_says_why,
    read_intent,
)
from luthier.agent.brains.guide.understand_hosting import HostingWish
from luthier.agent.brains.guide.understand_where import named_place
from luthier.agent.brains.guide.words_changes import respond_to_change
from luthier.agent.journey import overview
from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.questions import Question
from luthier.tools.training.relative import is_relative

_INTERRUPTS = (
    "reading",
    "question",
    "go_back",
    "path",
    "help",
    "status",
    "pause",
    "resume",
    "cancel",
    "chat_model",
    "show_data",
    "show_plan",
    "show_results",
    "report",
    "session",
    "sessions",
    "restart",
    "example",
    "export_data",
    "count_tokens",
    "launch",
    "once_more",
    "quit",
    "doctor",
    "allowed",
    "ask_again",
    "hosting",
    "alternatives",
    "trials",
    "autotrain",
    "where",
)


def is_about_something_else(text: str, question: Question) -> bool:
    """Whether words typed at a question are a question, a command or a path rather than an answer."""
    intent = read_intent(text)
    if intent.kind != "change":
        return intent.kind in _INTERRUPTS
    # "shorter, and friendlier" is a use case as long as there is no plan to compare with.
    wishes = all(is_relative(change.value) for change in intent.changes)
    return question.id != "worth" and not (wishes and question.id in ("use_case", "tried"))


def respond_to_words(facts: Facts, text: str, question: Question | None = None) -> Reply:
    """Do what the words ask; ``question`` is the one that was open when they were typed."""
    intent = read_intent(text)
    place = place_in_passing(facts, text) if question is None else None
    if place:
        return place
    if question and intent.kind == "question" and not intent.topic:
        return ask(question, question.why)
    handler = _HANDLERS.get(intent.kind)
    if handler is None:
        return _not_understood(facts, text, question)
    return handler(facts, intent, text)


def respond_to_reason(facts: Facts, reason: str) -> Reply | None:
    """Do what the words given with a no wish for; None where they only say why."""
    intent = read_intent(reason)
    if intent.kind == "question" and only_says_why(reason):
        return None
    if intent.kind in (
        "change",
        "go_back",
        "path",
        "question",
        "hosting",
        "trials",
        "alternatives",
    ):
        return respond_to_words(facts, reason)
    return None


def _not_understood(facts: Facts, text: str, question: Question | None) -> Reply:
    if question is None and len(text.split()) > 1:
        return call("search_lessons", query=text)
    step = next_step(facts)
    again = ask(question) if question else step
    words = _(
        "I did not understand that. {can_do}", can_do=can_do(facts, asked=question is not None)
    )
    return again.after(words) if question else say(words)


def _question(_facts: Facts, _intent: Intent, text: str) -> Reply:
    return call("search_lessons", query=text)


def _go_back(facts: Facts, intent: Intent, text: str) -> Reply:
    if text.strip().lower() == "undo" and mended_last(facts):
        return call("undo_mending")
    if intent.stage == "host":
        return hosting.respond_to_wish(facts, HostingWish("ask_export"))
    return call("go_back", stage=intent.stage or overview(facts)[0])


def _path(_facts: Facts, intent: Intent, _text: str) -> Reply:
    return call("inspect_data", path=intent.path)


def _hosting(facts: Facts, intent: Intent, _text: str) -> Reply:
    assert intent.hosting is not None
    return hosting.respond_to_wish(facts, intent.hosting)


def _autotrain(facts: Facts, intent: Intent, _text: str) -> Reply:
    return autotrain.respond_to_autotrain(facts, intent.topic, intent.path)


def _alternatives(facts: Facts, intent: Intent, _text: str) -> Reply:
    assert intent.alternatives is not None
    if facts.dataset is None:
        return next_step(facts).after(
            _("I can measure that as soon as the data is prepared; then say it again.")
        )
    wish = intent.alternatives
    if wish.measuring:
        tool, arguments = wish.measuring
        return call(tool, **arguments)
    return call("compare_alternatives", arms=list(wish.arms), prompt=wish.prompt)


def _trials(_facts: Facts, intent: Intent, _text: str) -> Reply:
    assert intent.trials is not None
    return call(intent.trials.tool, **intent.trials.arguments)


def _yes(facts: Facts, _intent: Intent, _text: str) -> Reply:
    """Also "start the training" and "tune regardless": the step that was put off is taken."""
    if facts.has("launch.declined"):
        return call("take_decision", decision="launch.declined", taken=False)
    if facts.has("advice.stop"):
        return call("take_decision", decision="advice.stop", taken=False)
    if facts.has("baseline.stop"):
        return call("take_decision", decision="baseline.go_on")
    if facts.has("just_asking") and facts.source is None:
        return call("take_decision", decision="just_asking", taken=False)
    for put_off in ("deploy.declined", "endpoint.later", "evaluation.declined"):
        if facts.has(put_off):
            return call("take_decision", decision=put_off, taken=False)
    if facts.has("host.later"):
        return call("take_decision", decision="host.later", taken=False)
    if facts.open_jobs():
        return call("job_status")
    return next_step(facts)


def _example(_facts: Facts, _intent: Intent, text: str) -> Reply:
    name = "elle" if "elle" in text.lower() or "limerick" in text.lower() else "shop_tickets"
    return call("inspect_data", example=name)


def _quit(_facts: Facts, _intent: Intent, _text: str) -> Reply:
    return say(
        _(
            "`/quit` closes the chat. Everything is kept, running jobs go on, and `luthier` brings you "
            "back here."
        )
    )


def _no(facts: Facts, _intent: Intent, _text: str) -> Reply:
    return say(_("All right. {can_do}", can_do=can_do(facts)))


def _help(facts: Facts, _intent: Intent, _text: str) -> Reply:
    return next_step(facts).after(
        _(
            "I take you from a file of examples to a tuned model that is proven better, or "
            "to the advice not to tune. {can_do} Commands: `/help` lists them.",
            can_do=can_do(facts),
        )
    )


def _greeting(facts: Facts, _intent: Intent, _text: str) -> Reply:
    return next_step(facts).after(_("Hello!"))


def _thanks(_facts: Facts, _intent: Intent, _text: str) -> Reply:
    return say(_("You are welcome."))


def _steer(action: str) -> Callable[[Facts, Intent, str], Reply]:
    def respond(_facts: Facts, _intent: Intent, _text: str) -> Reply:
        return call("control_job", action=action)

    return respond


def _session(_facts: Facts, intent: Intent, _text: str) -> Reply:
    assert intent.session is not None
    return call(intent.session.tool, **intent.session.arguments)


def _sessions(_facts: Facts, _intent: Intent, _text: str) -> Reply:
    return say(_("`/sessions` lists your saved sessions; choose one there to go on with it."))


def _restart(_facts: Facts, _intent: Intent, _text: str) -> Reply:
    return call("go_back", stage="start")


def _doctor(facts: Facts, intent: Intent, _text: str) -> Reply:
    reply = respond_to_wish(facts, intent.wish) if intent.wish else None
    return reply or next_step(facts).after(_("There is no data to look after yet."))


def _allowed(_facts: Facts, _intent: Intent, _text: str) -> Reply:
    return call("show_allowed")


def _ask_again(_facts: Facts, _intent: Intent, _text: str) -> Reply:
    return call("ask_again")


def place_in_passing(facts: Facts, text: str) -> Reply | None:
    """A place to train that was named in the middle of something else: it is dealt with first."""
    place = named_place(text)
    if place is None or read_intent(text).kind == "question":
        return None
    same = facts.backend == place.arguments["backend"]
    if same and place.arguments.get("provider", "") in ("", facts.hosted and facts.hosted.provider):
        return None
    return call(place.tool, **place.arguments)


def _where(_facts: Facts, intent: Intent, _text: str) -> Reply:
    assert intent.where is not None
    return call(intent.where.tool, **intent.where.arguments)


def _reading(facts: Facts, intent: Intent, _text: str) -> Reply:
    assert intent.reading is not None
    return respond_to_reading(facts, intent.reading)


_HANDLERS: dict[str, Callable[[Facts, Intent, str], Reply]] = {
    "question": _question,
    "change": respond_to_change,
    "go_back": _go_back,
    "path": _path,
    "yes": _yes,
    "unsure": _help,
    "no": _no,
    "help": _help,
    "greeting": _greeting,
    "thanks": _thanks,
    "report": shown.report,
    "status": shown.status,
    "pause": _steer("pause"),
    "resume": _steer("resume"),
    "cancel": _steer("cancel"),
    "chat_model": shown.chat_model,
    "show_data": shown.show_data,
    "show_plan": shown.show_plan,
    "show_results": shown.show_results,
    "export_data": shown.export_data,
    "count_tokens": shown.count_tokens,
    "session": _session,
    "sessions": _sessions,
    "restart": _restart,
    "example": _example,
    "launch": _yes,
    "once_more": _yes,
    "quit": _quit,
    "doctor": _doctor,
    "allowed": _allowed,
    "ask_again": _ask_again,
    "hosting": _hosting,
    "autotrain": _autotrain,
    "reading": _reading,
    "alternatives": _alternatives,
    "where": _where,
    "trials": _trials,
}
