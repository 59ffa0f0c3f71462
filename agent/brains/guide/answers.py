"""What each answer to a question leads to. Free text that is no answer goes to :mod:`words`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from luthier.agent.brains.guide import handover, hosting, questions, rating, reading
from luthier.agent.brains.guide.mending import answer_doctor, answer_remedy
from luthier.agent.brains.guide.reply import Reply, ask, call, say
from luthier.agent.brains.guide.reword import reworded
from luthier.agent.brains.guide.situation import Answered
from luthier.agent.brains.guide.steps import next_step
from luthier.agent.brains.guide.understand import (
    read_choice,
    read_intent,
    read_minutes,
    read_share,
    read_tried,
    read_use_case,
)
from luthier.agent.brains.guide.understand_mending import read_wish
from luthier.agent.brains.guide.understand_reading import read_bare_hub_id
from luthier.agent.brains.guide.understand_where import read_where
from luthier.agent.brains.guide.words import (
    is_about_something_else,
    place_in_passing,
    respond_to_words,
)
from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.questions import Question

_BEFORE = {
    "doctor": "source",
    "use_case": "source",
    "tried": "use_case",
    "worth": "tried",
    "advice": "worth",
    "leave_out": "worth",
    "mapping": "worth",
}
"""The question that ``back`` returns to."""

_TAKE_BACK = {
    "use_case": ("use_case", "use_case_words"),
    "tried": ("tried", "tried_words"),
    "worth": ("minutes", "criterion", "benefit_words"),
}


def respond_to_answer(facts: Facts, event: Answered) -> Reply:
    """Take an answer in and say what comes next."""
    question, answer = reworded(event.question, facts), event.answer
    if answer.kind == "back":
        return _back(facts, question)
    assumed = answer.kind == "unsure"
    chosen = question.default if assumed else answer.choice_id
    place = place_in_passing(facts, answer.text) if answer.kind == "text" else None
    if place:
        return place
    if answer.kind == "text" and _wishes_mending(question, answer.text):
        return respond_to_words(facts, answer.text, question)
    if answer.kind == "text" and _moves(question, answer.text):
        return respond_to_words(facts, answer.text, question)
    if answer.kind == "text":
        picked = read_choice(answer.text, question.choices)
        if picked is None or _in_own_words(question, answer.text):
            return _free_text(facts, question, answer.text)
        chosen = picked
    return _chosen(facts, question, chosen, assumed)


def _wishes_mending(question: Question, text: str) -> bool:
    """Whether words typed at another question are for the doctor ("check my data")."""
    is_doctor = question.id == "doctor" or question.id.startswith("remedy.")
    return not is_doctor and read_wish(text) is not None


_ABOUT_PLACES = ("unmeasured", "unjudged", "blocked_elsewhere", "declined")
"""Questions whose own choices name places."""


def _moves(question: Question, text: str) -> bool:
    """Whether words typed at another question say where to train, however like a choice they sound."""
    return question.id not in _ABOUT_PLACES and read_where(text) is not None


def _in_own_words(question: Question, text: str) -> bool:
    """A sentence at a question that takes sentences says more than the choice it resembles."""
    if question.id == "documents" and "{" in text:
        return True  # a template of the user's own
    labels = {choice.label.lower() for choice in question.choices}
    if text.strip().lower() in labels:
        return False
    if question.id == "worth" and not text.strip(" .#)").isdecimal() and read_minutes(text):
        return True  # "half an hour" is no choice that speaks of an hour
    return question.id in ("use_case", "tried", "worth") and len(text.split()) > 3


def _back(facts: Facts, question: Question) -> Reply:
    before = _BEFORE.get(question.id)
    if before == "source":
        return ask(questions.start(), _("Back to the beginning: another file, or the example?"))
    if before:
        return call("note_answers", clear=list(_TAKE_BACK[before]))
    if question.id == "file":
        return next_step(facts)
    if question.id in ("blocked", "blocked_elsewhere", "baseline", "unmeasured", "declined"):
        return call("go_back", stage="data", text=_("Back to the data."))
    return ask(question, _("There is nothing before this question."))


def _chosen(facts: Facts, question: Question, chosen: str, assumed: bool) -> Reply:
    if question.id.startswith("recover."):
        return _recover(question.id.removeprefix("recover."), chosen)
    if question.id.startswith("remedy."):
        return answer_remedy(question.id.removeprefix("remedy."), chosen)
    if question.id.partition(".")[0] == "host":
        return hosting.host_answer(facts, question.id, chosen)
    if question.id.partition(".")[0] == rating.QUESTION:
        return rating.answered(facts, question.id, chosen)
    if question.id in reading.QUESTIONS:
        return reading.respond_to_reading_answer(facts, question, chosen)
    handler = _HANDLERS[question.id]
    return handler(facts, chosen, assumed)


def _start(facts: Facts, chosen: str, _assumed: bool) -> Reply:
    if chosen in ("shop_tickets", "elle"):
        return call("inspect_data", example=chosen)
    if chosen == "same" and facts.source is not None:
        return call("inspect_data", path=facts.source.path)
    if chosen == "sessions":
        return ask(
            questions.start(),
            _(
                "Your saved sessions are listed with `/sessions` (or `luthier sessions` in a shell); "
                "choose one there and it goes on where you left it."
            ),
        )
    if chosen == "ask":
        return call("take_decision", decision="just_asking")
    return ask(questions.file(facts.source))


def _use_case(_facts: Facts, chosen: str, assumed: bool) -> Reply:
    return call("note_answers", use_case=chosen, assumed=["use_case"] if assumed else [])


def _tried(_facts: Facts, chosen: str, assumed: bool) -> Reply:
    return call("note_answers", tried=[chosen], assumed=["tried"] if assumed else [])


def _worth(facts: Facts, chosen: str, assumed: bool) -> Reply:
    criterion, minutes = questions.WORTH_CHOICES[chosen]
    if assumed and facts.brief.criterion is not None:
        return call(
            "note_answers", minutes=minutes, assumed=["minutes"]
        )  # the mark was said before
    return call(
        "note_answers",
        criterion=criterion,
        minutes=minutes,
        assumed=["criterion", "minutes"] if assumed else [],
    )


def _advice(_facts: Facts, chosen: str, _assumed: bool) -> Reply:
    if chosen == "change":
        return call("note_answers", clear=[name for names in _TAKE_BACK.values() for name in names])
    return call("take_decision", decision=f"advice.{chosen}")


def _leave_out(facts: Facts, chosen: str, _assumed: bool) -> Reply:
    if chosen == "yes":
        return call("take_decision", decision="rows.leave_out")
    return ask(
        questions.file(facts.source),
        _("Mend the rows listed above in your file and save it; then give me its path again."),
    )


def _mapping(_facts: Facts, chosen: str, _assumed: bool) -> Reply:
    return call("inspect_data", completion_column=chosen)


def _blocked(facts: Facts, chosen: str, _assumed: bool) -> Reply:
    if chosen == "longer" and facts.plan:
        return call("change_plan", changes={"length": facts.plan.train.max_length * 2})
    if chosen == "set_aside":
        return call("prepare_data", set_aside_untrainable=True)
    return ask(
        questions.file(facts.source),
        _("Mend or shorten the rows named above in your file; then give me its path again."),
    )


def _baseline(_facts: Facts, chosen: str, _assumed: bool) -> Reply:
    return call("take_decision", decision=f"baseline.{chosen}")


def _unmeasured(_facts: Facts, chosen: str, _assumed: bool) -> Reply:
    if chosen == "later":
        return say(_("Nothing was lost. Say “go on” when you want to continue."))
    return call("take_decision", decision={"skip": "baseline.skipped"}.get(chosen, "baseline.here"))


def _unjudged(_facts: Facts, chosen: str, _assumed: bool) -> Reply:
    if chosen == "measure":
        return call("run_evaluation")
    return call("take_decision", decision="evaluation.declined")


def _endpoint(_facts: Facts, chosen: str, _assumed: bool) -> Reply:
    if chosen == "ready":
        return call("take_decision", decision="endpoint.ready")
    return call("take_decision", decision="endpoint.later")


def _blocked_elsewhere(_facts: Facts, chosen: str, _assumed: bool) -> Reply:
    if chosen == "again":
        return call("launch_training")
    if chosen == "local":
        return call("choose_backend", backend="local")
    if chosen == "data":
        return call("go_back", stage="data")
    return call("take_decision", decision="launch.declined")


def _declined(facts: Facts, chosen: str, _assumed: bool) -> Reply:
    if chosen == "plan":
        return call("show_plan")
    if chosen == "data":
        return call("go_back", stage="data")
    return call("take_decision", decision="launch.declined")


def _starter(_facts: Facts, chosen: str, _assumed: bool) -> Reply:
    if chosen == "fetch":
        return call("get_starter")
    return say(_("Type the path of the model's folder, such as `use model ~/models/my-model`."))


_HANDLERS: dict[str, Callable[[Facts, str, bool], Reply]] = {
    "start": _start,
    "file": _start,
    "use_case": _use_case,
    "tried": _tried,
    "worth": _worth,
    "advice": _advice,
    "leave_out": _leave_out,
    "mapping": _mapping,
    "blocked": _blocked,
    "baseline": _baseline,
    "declined": _declined,
    "unmeasured": _unmeasured,
    "unjudged": _unjudged,
    "endpoint": _endpoint,
    "blocked_elsewhere": _blocked_elsewhere,
    "starter": _starter,
    "doctor": answer_doctor,
    handover.QUESTION: handover.answered,
}


def _recover(tool: str, chosen: str) -> Reply:
    if chosen == "data":
        return call("go_back", stage="data")
    if chosen == "later":
        return say(_("Nothing was lost. Say “go on” when you want to continue."))
    return call(tool)


_YES_OR_NO = {
    "advice": ("go_on", "stop"),
    "leave_out": ("yes", "mend"),
    "names": ("yes", "no"),
    "written": ("yes", "no"),
    "starter": ("fetch", "folder"),
    "baseline": ("go_on", "stop"),
    "doctor": ("mend", "leave"),
    handover.QUESTION: ("go_on", "other"),
}
"""What a plain yes and a plain no mean where the choices are worded differently."""


def _free_text(facts: Facts, question: Question, text: str) -> Reply:
    """Words typed at a question: an answer in the user's own words, or something else entirely."""
    intent = read_intent(text)
    said = intent.kind
    if intent.kind == "go_back" and not intent.stage and question.allow_back and not _undoes(text):
        return _back(facts, question)
    if question.id.startswith("remedy.") and said in ("yes", "no"):
        return _chosen(facts, question, "apply" if said == "yes" else "skip", False)
    if question.id in _YES_OR_NO and said in ("yes", "launch", "no"):
        return _chosen(facts, question, _YES_OR_NO[question.id][said == "no"], False)
    if said == "unsure":
        return _chosen(facts, question, question.default, True)
    named = hosting.repository_words(question.id, text)
    if named:
        return named
    dataset = read_bare_hub_id(text) if question.wants_file else ""
    if dataset:
        return call("fetch_data", dataset=dataset)
    if is_about_something_else(text, question):
        return respond_to_words(facts, text, question)
    if question.id in ("use_case", "tried") and text.strip(" .#)").isdecimal():
        return ask(question, _no_such_choice(question))
    reader = {"use_case": _use_case_words, "tried": _tried_words, "worth": _worth_words}.get(
        question.id
    )
    reply = reader(text) if reader else reading.reading_words(question, text)
    return reply or respond_to_words(facts, text, question)


def _undoes(text: str) -> bool:
    return text.strip().lower() == "undo"  # may mean the doctor's remedies


def _no_such_choice(question: Question) -> str:
    return _(
        "There is no answer of that number: choose one from 1 to {n}, or say it in your own words.",
        n=len(question.choices),
    )


def _use_case_words(text: str) -> Reply:
    return call("note_answers", use_case=read_use_case(text) or "other", use_case_words=text)


def _tried_words(text: str) -> Reply:
    tried = read_tried(text) or ("nothing",)
    return call("note_answers", tried=list(tried), tried_words=text)


def _worth_words(text: str) -> Reply | None:
    share, minutes = read_share(text), read_minutes(text)
    if share is not None and text.strip().replace(".", "", 1).isdecimal():
        minutes = None  # a bare number is the mark, not the time as well
    if share is None and minutes is None:
        return None
    said: dict[str, Any] = {} if share is None else {"criterion": share}
    minutes = minutes or questions.USUAL_MINUTES
    return call("note_answers", **said, minutes=minutes, benefit_words=text)
