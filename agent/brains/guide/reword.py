"""An open question in the language that is spoken now, when it was asked in another."""

from __future__ import annotations

from collections.abc import Callable

from luthier.agent.brains.guide import handover, questions, questions_elsewhere, reading
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.data.model import Inspection
from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.questions import Question

RECOVER = "recover."


def reworded(question: Question, facts: Facts) -> Question:
    """The guide's question as it would be asked now; what is not the guide's comes back as it is.

    The answers offered stay the same ones: only their words differ.
    """
    now = _asked_now(question.id, facts)
    if now is None or [each.id for each in now.choices] != [each.id for each in question.choices]:
        return question
    return now


def _asked_now(name: str, facts: Facts) -> Question | None:
    if name.startswith(RECOVER):
        tool = TOOLS.get(name.removeprefix(RECOVER))
        return questions.recover(tool.name, _(tool.label)) if tool else None
    if name in _ALWAYS_THE_SAME:
        return _ALWAYS_THE_SAME[name]()
    if name in _ABOUT_THE_FACTS:
        return _ABOUT_THE_FACTS[name](facts)
    source = facts.source
    return _ABOUT_THE_FILE[name](source) if source and name in _ABOUT_THE_FILE else None


_ALWAYS_THE_SAME: dict[str, Callable[[], Question]] = {
    "start": questions.start,
    "tried": questions.tried,
    "names": reading.names_question,
    "written": reading.rest_of_questions,
    "baseline": questions.stop_at_baseline,
    "declined": questions.declined,
    "unmeasured": questions_elsewhere.unmeasured,
    "blocked_elsewhere": questions_elsewhere.blocked_elsewhere,
    "starter": questions.starter,
}
_ABOUT_THE_FILE: dict[str, Callable[[Inspection], Question]] = {
    "part": reading.part_question,
    "speaker": reading.speaker_question,
    "documents": reading.documents_question,
    "leave_out": questions.leave_out,
    "mapping": questions.columns,
}
_ABOUT_THE_FACTS: dict[str, Callable[[Facts], Question | None]] = {
    handover.QUESTION: handover.asked_now,
    "file": lambda facts: questions.file(facts.source),
    "use_case": lambda facts: questions.use_case(facts.source),
    "worth": lambda facts: questions.worth(facts.source),
    "advice": questions.go_on_regardless,
    "blocked": questions.blocked,
    "unjudged": questions_elsewhere.unjudged,
    "endpoint": questions_elsewhere.endpoint,
}
