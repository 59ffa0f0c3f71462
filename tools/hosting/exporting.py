"""Starting exports: which kind and number format, and why; the work itself is a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.hosting.llama_cpp import has_toolkit, need_toolkit
from luthier.tools.hosting.model import Export
from luthier.tools.hosting.parity import FEWEST_ALIKE
from luthier.tools.hosting.tuned import Tuned
from luthier.tools.jobs.model import Job
from luthier.tools.jobs.supervisor import launch
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

AS_GOOD = 0.02
"""How far below the tuned model's an export's metric may be to be called as good: rounding alone
moves a row or two of a hundred."""


_FINER = ("Q4_K_M", "Q6_K", "Q8_0", "F16")
"""The formats that are proposed, each finer than the one before."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An export to make: its kind and, for GGUF, the number formats."""

    kind: str
    precisions: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What Luthier would make, and why."""

    wish: Wish
    reason: str


def propose(workspace: Workspace, parameters: int, exports: Sequence[Export] = ()) -> Proposal:
    """The export that suits most: what parity measured decides, else the model's size."""
    from luthier.tools.hosting.kinds.gguf import default_format

    measured = best_measured(exports)
    if measured is not None:
        return Proposal(
            Wish(measured.kind, (measured.precision,)),
            _(
                "{title} is the smallest one that was measured to be as good as the tuned model.",
                title=measured.title,
            ),
        )
    if not has_toolkit(workspace):
        return Proposal(
            Wish("merged"),
            _("The merged model needs nothing more than what is installed already."),
        )
    tried = {one.precision for one in exports if one.kind == "gguf" and _lost_too_much(one)}
    usual = default_format(parameters)
    chosen = next((one for one in _FINER[_FINER.index(usual) :] if one not in tried), None)
    if chosen is None:
        return Proposal(
            Wish("merged"), _("Every GGUF format that was tried lost too much of what it learned.")
        )
    if chosen != usual:
        return Proposal(
            Wish("gguf", (chosen,)),
            _("{coarser} lost too much of what it learned; a finer format may not.", coarser=usual),
        )
    reasons = {
        "Q8_0": _("The model is small, and small models lose the most by coarser numbers."),
        "Q6_K": _("A middle size takes six bits without harm, as a rule; parity will tell."),
        "Q4_K_M": _("A large model takes four bits without much harm; parity will tell."),
    }
    return Proposal(Wish("gguf", (chosen,)), reasons[chosen])


def best_measured(exports: Sequence[Export]) -> Export | None:
    """The smallest GGUF export that passed and is as good as the tuned model."""
    good = [
        one
        for one in exports
        if one.kind == "gguf"
        and one.state == "ready"
        and one.parity
        and one.parity.score >= one.parity.reference - AS_GOOD
    ]
    return min(good, key=lambda one: one.bytes, default=None)


def _lost_too_much(one: Export) -> bool:
    """Whether it was measured to be worse; what failed for another reason says nothing of its format."""
    found = one.parity
    if found is None:
        return False
    return found.score < found.reference - AS_GOOD or found.alike < FEWEST_ALIKE


def read_wish(kind: str, precisions: Sequence[str] = (), parameters: int = 0) -> Wish:
    """A wish in the registry's spelling; GGUF without a format takes the default for the size.

    Raises:
        LuthierError: the kind or the format is unknown.
    """
    from luthier.tools.hosting.kinds import find_kind, find_precision
    from luthier.tools.hosting.kinds.gguf import FORMATS, default_format

    if kind.upper().replace("-", "_") in FORMATS:
        kind, precisions = "gguf", (kind, *precisions)
    found = find_kind(kind.lower())
    if not found.precisions:
        return Wish(found.name)
    wanted = precisions or (default_format(parameters),)
    return Wish(found.name, tuple(dict.fromkeys(find_precision(found, one) for one in wanted)))


def start_export(
    workspace: Workspace,
    tuned: Tuned,
    wish: Wish,
    *,
    session_id: str,
    idempotency_key: str,
    rows: int | None = None,
) -> Job:
    """Start the job that makes, checks and measures an export.

    Raises:
        LuthierError: what :func:`export_order` raises.
    """
    title, payload = export_order(workspace, tuned, wish, rows)
    return launch(
        workspace,
        kind="export",
        session_id=session_id,
        title=title,
        payload=payload,
        idempotency_key=idempotency_key,
    )


def export_order(
    workspace: Workspace, tuned: Tuned, wish: Wish, rows: int | None = None
) -> tuple[str, dict[str, Any]]:
    """The title and the input of the job that makes an export.

    Raises:
        LuthierError: ``llama_cpp.missing``, or the disk has no room for it (``export.no_room``).
    """
    if wish.kind == "gguf":
        need_toolkit(workspace)
    _need_room(workspace, tuned)
    formats = ", ".join(one for one in wish.precisions if one)
    what = f"{wish.kind} {formats}".strip()
    payload = {
        "train_job": tuned.job.id,
        "kind": wish.kind,
        "precisions": list(wish.precisions),
        "rows": rows,
    }
    return _("Exporting {name} ({what})", name=tuned.name, what=what), payload


def _need_room(workspace: Workspace, tuned: Tuned) -> None:
    """A merged copy, a converted copy and the result: at most three times two bytes a parameter."""
    import shutil

    from luthier.tools.wording import size

    needed = tuned.reference.parameters * 2 * 3
    free = shutil.disk_usage(workspace.home).free
    if free < needed:
        raise LuthierError(
            _("There is not enough room on the disk for an export."),
            why=_(
                "It needs up to {needed} while it is made; {free} are free.",
                needed=size(needed),
                free=size(free),
            ),
            remedy=_("Delete older exports (`luthier exports delete ID`) or free some space."),
            place=str(workspace.home),
            code="export.no_room",
        )
