"""The list of remedies, in the order in which they act. To add one: an entry in its family's file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from luthier.tools.data.model import Problem
from luthier.tools.data.remedies import (
    conversations,
    labels,
    leaving_out,
    lines,
    overlap,
    privacy,
    texts,
    turn_names,
)
from luthier.tools.data.remedies.base import Remedy
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

REMEDIES: dict[str, Remedy] = {
    remedy.name: remedy
    for family in (
        lines.REMEDIES,
        turn_names.REMEDIES,
        conversations.TEMPLATES,  # before its marks are taken for special tokens
        texts.REMEDIES,
        conversations.REMEDIES,
        labels.REMEDIES,
        privacy.REMEDIES,
        overlap.REMEDIES,
        leaving_out.REMEDIES,
    )
    for remedy in family
}


def remedy_of(written: str) -> tuple[Remedy, str]:
    """The remedy that ``name`` or ``name=setting`` means, and the setting.

    Raises:
        LuthierError: there is no such remedy.
    """
    name, _sign, setting = written.partition("=")
    remedy = REMEDIES.get(name.strip())
    if remedy is None:
        raise LuthierError(
            _("There is no remedy called “{name}”.", name=name),
            remedy=_("Choose from: {names}.", names=", ".join(REMEDIES)),
            code="data.unknown_remedy",
        )
    return remedy, setting


def remedies_for(code: str) -> tuple[str, ...]:
    """Names of the remedies that mend findings of this code."""
    return tuple(remedy.name for remedy in REMEDIES.values() if code in remedy.mends)


def offered(problems: Iterable[Problem], applied: Sequence[str] = ()) -> tuple[str, ...]:
    """Remedies that would mend something of ``problems`` and are not applied yet, in their order."""
    wanted = {written for problem in problems for written in problem.remedies} - set(applied)
    return in_order(wanted)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names, with or without settings, in the order in which the remedies act.

    Raises:
        LuthierError: one of them is unknown.
    """
    order = list(REMEDIES)
    return tuple(sorted(names, key=lambda written: order.index(remedy_of(written)[0].name)))


def is_automatic(written: str) -> bool:
    """Whether "mend all" applies it: it asks for no decision of the user's."""
    return remedy_of(written)[0].automatic
