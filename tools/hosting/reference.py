"""The answers that every export is held against: the tuned model's own, on the held-out rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from luthier.tools.data.model import Row
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.measure import read_predictions
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.files import write_atomic
from luthier.tools.hosting.parity import Answers
from luthier.tools.hosting.tuned import Tuned
from luthier.tools.jobs.store import list_jobs, read_result
from luthier.tools.language import _
from luthier.tools.models.generation import Generated, generate
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.tuned_folder import need_tuned
from luthier.tools.progress import Progress
from luthier.tools.workspace import Workspace


def tuned_answers(
    workspace: Workspace, tuned: Tuned, rows: Sequence[Row], say: Progress
) -> Answers:
    """What the tuned model says to ``rows``: from its evaluation where that was made, else asked now.

    Raises:
        LuthierError: the tuned model has to be asked and is gone (``model.adapter_missing``), or it
            cannot be loaded.
    """
    known = _kept(workspace, tuned) or _evaluated(workspace, tuned)
    missing = [row for row in rows if row.id not in known]
    if missing:
        known |= _ask(tuned, missing, say)
    _keep(workspace, tuned, known)
    renderer = Renderer(tuned.reference.folder)
    prompts = [row.prompt for row in rows]
    return Answers(
        answers=[known[row.id] for row in rows],
        rendered=[renderer.prompt_text(messages) for messages in prompts],
        seconds=0.0,
    )


def _ask(tuned: Tuned, rows: Sequence[Row], say: Progress) -> dict[str, Generated]:
    from luthier.tools.models.loading import load_tuned

    label = _("Asking the tuned model")
    answers = generate(
        load_tuned(tuned.reference, need_tuned(tuned.adapter))[0],
        Renderer(tuned.reference.folder),
        [row.prompt for row in rows],
        max_new_tokens=tuned.plan.evaluation.max_new_tokens,
        batch_size=tuned.plan.evaluation.batch_size,
        progress=lambda _label, done, total: say(label, done, total),
    )
    return {row.id: answer for row, answer in zip(rows, answers, strict=True)}


def _evaluated(workspace: Workspace, tuned: Tuned) -> dict[str, Generated]:
    """The answers of the newest evaluation of this training, by row."""
    for job in list_jobs(workspace):
        payload = job.spec.payload
        if job.spec.kind != "evaluate" or payload.get("train_job_id") != tuned.job.id:
            continue
        try:
            result = read_result(workspace, job.id)
        except LuthierError:
            continue  # it did not finish; an older one may have
        arm = Evaluation.model_validate(result["evaluation"]).arm("tuned")
        if arm is None:
            continue
        return {
            one.row_id: Generated(one.answer, one.stopped, one.prompt_tokens, one.completion_tokens)
            for one in read_predictions(
                Path(job.folder) / "output" / Path(arm.predictions_file).name
            )
        }
    return {}


def _place(workspace: Workspace, tuned: Tuned) -> Path:
    return workspace.exports / f"{tuned.job.id}.answers.json"


def _kept(workspace: Workspace, tuned: Tuned) -> dict[str, Generated]:
    try:
        found = json.loads(_place(workspace, tuned).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {row_id: Generated(**answer) for row_id, answer in found.items()}


def _keep(workspace: Workspace, tuned: Tuned, answers: dict[str, Generated]) -> None:
    plain = {row_id: asdict(answer) for row_id, answer in answers.items()}
    write_atomic(_place(workspace, tuned), json.dumps(plain, ensure_ascii=False))
