"""The doctor's part of the conversation: what it asks, what answers lead to, what is said of results."""

from __future__ import annotations

from luthier.agent.brains.guide.reply import Reply, ask, call
from luthier.agent.brains.guide.situation import Result
from luthier.agent.brains.guide.understand_mending import Wish
from luthier.tools.data.model import Inspection
from luthier.tools.data.remedies.registry import is_automatic, offered, remedy_of
from luthier.tools.facts import Facts
from luthier.tools.language import _, plural
from luthier.tools.questions import Choice, Question

_SKIPPED = "doctor.skip."


def mending_step(facts: Facts) -> Reply | None:
    """What the doctor asks or shows next; None where there is nothing that a remedy would mend."""
    source = facts.source
    if source is None or facts.dataset is not None or facts.has("doctor.left"):
        return None
    if not source.mapping.confident and not facts.has("mapping.ok"):
        return None
    if facts.has("doctor.one_by_one"):
        waiting = [name for name in _all_offered(source) if not facts.has(_SKIPPED + name)]
        return call("preview_remedies", remedies=[waiting[0]]) if waiting else None
    return ask(doctor_question(source)) if mendable(source) else None


def mendable(source: Inspection) -> tuple[str, ...]:
    """Remedies worth a question: they need no decision, and mend more than a note."""
    serious = [problem for problem in source.problems if problem.severity != "note"]
    return tuple(filter(is_automatic, offered(serious, source.mapping.remedies)))


def _all_offered(source: Inspection) -> list[str]:
    serious = [problem for problem in source.problems if problem.severity != "note"]
    names = offered(serious, source.mapping.remedies)
    return sorted(names, key=lambda name: not is_automatic(name))


def doctor_question(source: Inspection, shown: bool = False) -> Question:
    """Whether to mend, right after the file was read; ``shown``: the changes were seen already."""
    names = mendable(source)
    detail = "; ".join(_(remedy_of(name)[0].label) for name in names[:4])
    label = _("Mend all, and leave out what cannot be mended") if source.to_agree else _("Mend all")
    choices = [
        Choice(id="mend", label=label, detail=detail + ("; …" if len(names) > 4 else "")),
        Choice(id="show", label=_("Show me"), detail=_("before and after, on your own rows")),
        Choice(id="one_by_one", label=_("One by one"), detail=_("you decide on each")),
        Choice(id="leave", label=_("Leave it"), detail=_("the rows stay as they are")),
    ]
    return Question(
        id="doctor",
        text=plural(
            "The rows have one fault that I can mend. Shall I?",
            "The rows have {n} kinds of faults that I can mend. Shall I?",
            len(names),
        ),
        choices=tuple(choice for choice in choices if not shown or choice.id != "show"),
        default="mend",
        why=_(
            "A model learns faults as faithfully as everything else. Your file itself is not changed, "
            "and what is mended can be undone: say “undo the mending”."
        ),
    )


def remedy_question(name: str) -> Question:
    """Whether to apply one remedy, after its changes were shown."""
    remedy, _setting = remedy_of(name)
    return Question(
        id=f"remedy.{name}",
        text=_("Shall I {what}?", what=_(remedy.label)),
        choices=(
            Choice(id="apply", label=_("Yes, do that")),
            Choice(id="skip", label=_("Skip this one")),
            Choice(id="rest", label=_("Mend all the rest")),
            Choice(id="stop", label=_("Stop mending"), detail=_("the other rows stay as they are")),
        ),
        default="apply" if remedy.automatic else "skip",
        why=_("Above are rows of yours before and after. It can be undone at any time."),
    )


def answer_doctor(facts: Facts, chosen: str, _assumed: bool) -> Reply:
    """What the answer to :func:`doctor_question` leads to."""
    if chosen == "mend":
        leave = bool(facts.source and facts.source.to_agree)
        return call("mend_data", leave_out_rest=leave)
    if chosen == "show":
        return call("preview_remedies")
    decision = "doctor.one_by_one" if chosen == "one_by_one" else "doctor.left"
    return call("take_decision", decision=decision)


def answer_remedy(name: str, chosen: str) -> Reply:
    """What the answer to :func:`remedy_question` leads to."""
    if chosen == "apply":
        return call("mend_data", remedies=[name])
    if chosen == "skip":
        return call("take_decision", decision=_SKIPPED + name)
    if chosen == "rest":
        return call("mend_data")
    return call("take_decision", decision="doctor.left")


def previewed(facts: Facts, result: Result) -> Reply | None:
    """What is asked after remedies were shown on real rows; None goes on with the journey."""
    names = list(result.data.get("remedies") or ())
    if facts.source is None or facts.dataset is not None or not names:
        return None
    if len(names) == 1 and (facts.has("doctor.one_by_one") or not is_automatic(names[0])):
        if not result.data.get("touched") and facts.has("doctor.one_by_one"):
            return call("take_decision", decision=_SKIPPED + names[0])
        return ask(remedy_question(names[0]))
    if not mendable(facts.source):
        return None
    return ask(doctor_question(facts.source, shown=True))


def mended_words(facts: Facts, result: Result) -> str:
    """What was mended, and the way back."""
    source = facts.source
    assert source is not None
    before = result.data.get("usable_before", source.usable)
    words = plural(
        "Mended: {n} remedy applied, {usable} of {rows_in} rows are usable now (before: {before}).",
        "Mended: {n} remedies applied, {usable} of {rows_in} rows are usable now (before: {before}).",
        len(result.data.get("applied", ())),
        usable=source.usable,
        rows_in=source.rows_in,
        before=before,
    )
    return f"{words} {_('Say “undo the mending” to take it back.')}"


def undone_words(result: Result) -> str:
    """What was taken back."""
    names = ", ".join(result.data.get("undone", ()))
    return _("Undone: {names}. The rows are as they were before.", names=names)


def checked_words(facts: Facts) -> str:
    """What to do about a thorough check, beyond what is asked anyway."""
    chosen = [name for name in _by_choice(facts) if not is_automatic(name)]
    if not chosen:
        return _("The report above covers every row.")
    return _(
        "The report above covers every row. These remedies wait for your word: {names}. Say one of "
        "them, such as “{first}”.",
        names=", ".join(chosen),
        first=chosen[0].partition("=")[0],
    )


def _by_choice(facts: Facts) -> tuple[str, ...]:
    source = facts.source
    return offered(facts.findings(), source.mapping.remedies) if source else ()


def mended_last(facts: Facts) -> bool:
    """Whether the last thing settled is the mending, so that a bare "undo" means it."""
    source = facts.source
    return bool(source and source.mapping.remedies and facts.brief.use_case is None)


def respond_to_wish(facts: Facts, wish: Wish) -> Reply | None:
    """Do what was said about mending; None where there is no file to do it to."""
    if wish.kind == "trace":
        return call("trace_row", row=wish.what)
    if facts.source is None:
        return None
    if wish.kind == "undo":
        return call("undo_mending")
    if wish.kind == "check":
        return call("check_data", **({"against": wish.what} if wish.what else {}))
    if wish.kind == "show":
        return call("preview_remedies")
    if wish.kind == "remedy":
        named = next((n for n in _by_choice(facts) if n.partition("=")[0] == wish.what), wish.what)
        return (
            call("preview_remedies", remedies=[named]) if _must_ask(facts, named) else _mend(named)
        )
    if wish.kind == "all":
        return call("mend_data")
    decision = "doctor.one_by_one" if wish.kind == "one_by_one" else "doctor.left"
    return call("take_decision", decision=decision)


def _must_ask(facts: Facts, name: str) -> bool:
    """A remedy that leaves rows out is shown on real rows first, unless the data is prepared."""
    return facts.dataset is None and not is_automatic(name)


def _mend(name: str) -> Reply:
    return call("mend_data", remedies=[name])
