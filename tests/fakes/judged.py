"""A finished evaluation with answers on the disk, made without any model."""

from __future__ import annotations

from luthier.tools.data.model import DatasetInfo
from luthier.tools.data.store import load_rows
from luthier.tools.evaluation.compare import arm_interval, compare
from luthier.tools.evaluation.measure import predictions_path
from luthier.tools.evaluation.model import ArmResult, Evaluation, Prediction
from luthier.tools.evaluation.store import save_evaluation
from luthier.tools.evaluation.verdict import judge
from luthier.tools.workspace import Workspace


def finished_evaluation(workspace: Workspace, dataset: DatasetInfo) -> Evaluation:
    """Tuned says "TUNED n" and few-shot "SHOT n" to test row n, so that every pair differs."""
    folder = workspace.jobs / "EVAL1"
    folder.mkdir(parents=True)
    rows = load_rows(workspace, dataset.id, "test")
    answers, arms = {}, []
    for name, word in (("few_shot", "SHOT"), ("tuned", "TUNED")):
        answers[name] = [
            Prediction(
                row_id=row.id,
                answer=f"{word} {place}",
                scores={"exact_match": float(name == "tuned")},
                stopped=True,
                prompt_tokens=9,
                completion_tokens=3,
            )
            for place, row in enumerate(rows)
        ]
        path = predictions_path(folder, name)
        path.write_text("".join(one.model_dump_json() + "\n" for one in answers[name]))
        arms.append(
            ArmResult(
                arm=name,
                label={"few_shot": "few-shot, 4 examples", "tuned": "tuned model"}[name],
                metrics={"exact_match": float(name == "tuned")},
                stop_rate=1,
                prompt_tokens=9,
                completion_tokens=3,
                seconds=1,
                rows=len(rows),
                predictions_file=str(path),
                interval=arm_interval(
                    dataset.task, "exact_match", [row.completion for row in rows], answers[name]
                ),
            )
        )
    evaluation = Evaluation(
        id="EVAL1",
        dataset_id=dataset.id,
        metric="exact_match",
        test_rows=len(rows),
        arms=tuple(arms),
        comparison=compare(
            "exact_match", "few_shot", answers["tuned"], {"few_shot": answers["few_shot"]}
        ),
    )
    evaluation = evaluation.model_copy(update={"verdict": judge(evaluation)})
    save_evaluation(workspace, evaluation, session_id="session", job_id="EVAL1")
    return evaluation
