"""Confusions and fields as tables."""

from __future__ import annotations

from luthier.tools.evaluation.breakdown import Confusion
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.words import percent
from luthier.tools.language import _, plural
from luthier.tools.views import Table

WIDEST = 8  # labels that fit beside each other; more are told as a list of mistakes
MOST_MISTAKES = 12


def breakdown_tables(evaluation: Evaluation) -> tuple[Table, ...]:
    """A table per arm for labels, and one for the fields of all arms."""
    tables = [_confusion(evaluation, one) for one in evaluation.confusions]
    fields = _fields(evaluation)
    return (*tables, *((fields,) if fields else ()))


def _label(evaluation: Evaluation, name: str) -> str:
    arm = evaluation.arm(name)
    return arm.label if arm else name


def _confusion(evaluation: Evaluation, confusion: Confusion) -> Table:
    title = _("What was taken for what: {arm}", arm=_label(evaluation, confusion.arm))
    if len(confusion.labels) > WIDEST:
        return _mistakes(title, confusion)
    others = any(confusion.other)
    rows = tuple(
        (label, *map(str, confusion.counts[place]), *((str(confusion.other[place]),) * others))
        for place, label in enumerate(confusion.labels)
    )
    return Table(
        title=title,
        columns=(_("expected ↓ answered →"), *confusion.labels, *((_("no label"),) * others)),
        rows=rows,
        notes=(_("Right answers stand on the diagonal from top left to bottom right."),),
    )


def _mistakes(title: str, confusion: Confusion) -> Table:
    """The commonest mistakes, where a square would be too wide."""
    pairs = [
        (count, label, confusion.labels[other])
        for place, label in enumerate(confusion.labels)
        for other, count in enumerate(confusion.counts[place])
        if count and other != place
    ]
    pairs += [
        (count, label, _("no label at all"))
        for label, count in zip(confusion.labels, confusion.other, strict=True)
        if count
    ]
    pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    wrong = sum(count for count, _wanted, _given in pairs)
    return Table(
        title=title,
        columns=(_("expected"), _("answered"), _("times")),
        rows=tuple((wanted, given, str(count)) for count, wanted, given in pairs[:MOST_MISTAKES]),
        notes=(
            plural(
                "{n} answer is wrong in all; the commonest mistakes come first.",
                "{n} answers are wrong in all; the commonest mistakes come first.",
                wrong,
            ),
        ),
    )


def _fields(evaluation: Evaluation) -> Table | None:
    if not evaluation.fields:
        return None
    first = evaluation.fields[0]
    by_arm = [{one.name: one for one in each.fields} for each in evaluation.fields]
    rows = tuple(
        (
            field.name or _("(the whole answer)"),
            str(field.rows),
            *(
                _cell(known[field.name].exact, known[field.name].loose)
                for known in by_arm
                if field.name in known
            ),
        )
        for field in first.fields
    )
    return Table(
        title=_("Field by field"),
        columns=(
            _("field"),
            _("in rows"),
            *(_label(evaluation, each.arm) for each in evaluation.fields),
        ),
        rows=rows,
        notes=(
            _(
                "How often the field is right to the letter; in brackets where capitals, marks and "
                "numbers written as text do not count."
            ),
        ),
    )


def _cell(exact: float, loose: float) -> str:
    return percent(exact) if exact == loose else f"{percent(exact)} ({percent(loose)})"
