"""The worker of an export: files made, checked, asked what the tuned model was asked, then kept.

An export becomes ``ready`` only after its checks and its parity; whatever failed is kept as a record
with the reasons, without its files, and is never called done.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from luthier.tools.errors import LuthierError
from luthier.tools.hosting.checks import tuned_problems
from luthier.tools.hosting.kinds import find_kind
from luthier.tools.hosting.kinds.base import Build, Built, Kind
from luthier.tools.hosting.model import Export, ExportKind, Parity
from luthier.tools.hosting.parity import find_problems, measure_parity
from luthier.tools.hosting.reference import tuned_answers
from luthier.tools.hosting.store import bytes_in, list_exports, save_export
from luthier.tools.hosting.tuned import Tuned, find_tuned
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.folder import now
from luthier.tools.language import _
from luthier.tools.models.tuned_folder import is_whole_model
from luthier.tools.report.card import hub_name

_FINEST = ("F16", "BF16")


class ExportPayload(BaseModel):
    """Input of the job ``export``; several precisions share the merging and the conversion."""

    train_job: str
    kind: ExportKind
    precisions: tuple[str, ...] = ("",)
    rows: int | None = None


def run(context: JobContext) -> dict[str, Any]:
    """Make the exports of the payload, one after the other.

    Returns:
        ``{"exports": [Export as JSON, ...]}``, at least one of them ready.

    Raises:
        LuthierError: the tuned model itself is broken, or no export passed (``export.failed``).
    """
    payload = ExportPayload.model_validate(context.spec.payload)
    kind = find_kind(payload.kind)
    tuned = find_tuned(context.workspace, payload.train_job)
    _refuse_broken(tuned)
    exports = []
    with _scratch(context) as scratch:
        for precision in payload.precisions or ("",):
            context.honour_stop()
            export = _made_before(context, kind, precision)
            if export is None:
                export = _export(context, kind, tuned, precision, payload.rows, scratch)
                save_export(context.workspace, export)
                _tell(context, export)
            exports.append(export)
    if all(export.state == "failed" for export in exports):
        raise _failed(exports[0], tuned)
    return {"exports": [export.model_dump(mode="json") for export in exports]}


@contextmanager
def _scratch(context: JobContext) -> Iterator[Path]:
    """A folder for what several formats share, as large as two models; only a pause keeps it."""
    folder = context.output / "scratch"
    folder.mkdir(exist_ok=True)
    try:
        yield folder
    except JobStopped as stopped:
        if stopped.request == "cancel":
            shutil.rmtree(folder, ignore_errors=True)
        raise
    except Exception:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _id(context: JobContext, kind: Kind, precision: str) -> str:
    return f"{context.spec.id}-{precision or kind.name}".upper()


def _made_before(context: JobContext, kind: Kind, precision: str) -> Export | None:
    """The export that this job had finished before it was paused or killed; it may be served now."""
    export_id = _id(context, kind, precision)
    for one in list_exports(context.workspace):
        if one.id == export_id and one.state == "ready" and Path(one.path).exists():
            return one
    return None


def _refuse_broken(tuned: Tuned) -> None:
    problems = tuned_problems(tuned.adapter, tuned.reference.folder)
    if problems:
        raise LuthierError(
            _("This tuned model cannot be exported."),
            why=problems[0],
            remedy=_("Train again with a lower learning rate, and look at the losses."),
            place=str(tuned.adapter),
            code="export.adapter_broken",
        )


def _export(
    context: JobContext, kind: Kind, tuned: Tuned, precision: str, rows: int | None, scratch: Path
) -> Export:
    export_id = _id(context, kind, precision)
    final = context.workspace.exports / export_id
    part = context.workspace.exports / f".{export_id}-part"
    for folder in (part, final):
        shutil.rmtree(folder, ignore_errors=True)
    part.mkdir(parents=True)
    build = Build(
        workspace=context.workspace,
        tuned=tuned,
        folder=part,
        scratch=scratch,
        log=context.folder / "tools.log",
        precision=precision,
        say=_Steps(context),
    )
    try:
        built = kind.make(build)
        parity = None if built.problems else _measure(build, kind, built, rows)
        problems = built.problems or find_problems(parity) if parity else built.problems
        if not problems:
            part.rename(final)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Export(
        id=export_id,
        session_id=context.spec.session_id,
        train_job=tuned.job.id,
        kind=kind.name,
        precision=built.precision,
        name=tuned.name,
        path="" if problems else str(final / built.path.relative_to(part)),
        bytes=0 if problems else bytes_in(final),
        created_at=now(),
        state="failed" if problems else "ready",
        parity=parity,
        problems=problems,
        notes=built.notes,
        base_model=hub_name(tuned.plan, tuned.reference),
    )


def _measure(build: Build, kind: Kind, built: Built, most: int | None) -> Parity:
    rows = build.tuned.test_rows(build.workspace, most)
    if not rows:
        raise LuthierError(
            _("There are no test rows to compare the export on."),
            remedy=_("Prepare the data with a few more rows, train again, then export."),
            code="export.no_rows",
        )
    reference = tuned_answers(build.workspace, build.tuned, rows, build.say)
    answers = kind.ask(build, built, [row.prompt for row in rows])
    plan = build.tuned.plan
    return measure_parity(rows, plan.task, plan.evaluation.metric, reference, answers)


class _Steps:
    """Reports progress and stops where the user asked for it."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._began: dict[str, float] = {}

    def __call__(self, label: str, done: float, total: float) -> None:
        began = self._began.setdefault(label, time.monotonic())
        left = (time.monotonic() - began) / done * (total - done) if done and total else None
        self._context.progress(label, done, total, left)
        self._context.honour_stop()


def _tell(context: JobContext, export: Export) -> None:
    if export.state == "failed":
        reason = export.problems[0] if export.problems else ""
        context.notice(_("{title} failed: {reason}", title=export.title, reason=reason), tone="bad")
    elif export.parity:
        context.notice(
            _(
                "{title} is ready: {share} of its answers are the tuned model's.",
                title=export.title,
                share=f"{export.parity.identical:.0%}",
            ),
            tone="good",
        )


def _failed(export: Export, tuned: Tuned) -> LuthierError:
    if export.kind == "gguf" and export.precision not in _FINEST:
        instead = _("Use a finer number format, such as F16, or the merged model.")
    elif export.kind == "gguf":
        instead = _("Use the merged model; no number format of GGUF is finer than this one.")
    elif is_whole_model(tuned.adapter):
        instead = _(
            "Use the model as training left it, in {folder}; it is what was measured.",
            folder=tuned.adapter,
        )
    else:
        instead = _("Use the adapter on the base model; it is what was measured.")
    return LuthierError(
        _("{title} did not pass, so it was not kept.", title=export.title),
        why=" ".join(export.problems),
        remedy=instead,
        code="export.failed",
    )
