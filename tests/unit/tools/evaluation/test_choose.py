"""The proposed evaluation suits the task and stays affordable."""

from __future__ import annotations

from pathlib import Path

import pytest

from luthier.tools.data.model import DatasetInfo, Task, TaskKind
from luthier.tools.data.store import load_rows
from luthier.tools.evaluation.choose import AFFORDABLE_TOKENS, propose_evaluation
from luthier.tools.models.learning import LearningReport, learning_report
from luthier.tools.models.rendering import Renderer
from luthier.tools.workspace import Workspace


@pytest.fixture
def report(workspace: Workspace, dataset: DatasetInfo, tiny_model: Path) -> LearningReport:
    return learning_report(Renderer(tiny_model), load_rows(workspace, dataset.id, "train"), 512)


def with_answers(report: LearningReport, p99: int, high: int) -> LearningReport:
    answers = report.answers.model_copy(update={"p99": p99, "high": high})
    return report.model_copy(update={"answers": answers})


@pytest.mark.parametrize(
    ("kind", "metric"),
    [("labels", "exact_match"), ("structured", "json_match"), ("text", "rouge_l")],
)
def test_the_metric_follows_from_the_task(
    dataset: DatasetInfo, report: LearningReport, kind: TaskKind, metric: str
) -> None:
    other = dataset.model_copy(update={"task": Task(kind=kind)})
    plan = propose_evaluation(other, report, 0.7)
    assert plan.metric == metric
    assert plan.criterion == (None if kind == "text" else 0.7), "likeness is no share of right ones"


def test_every_answer_of_the_data_has_room(dataset: DatasetInfo, report: LearningReport) -> None:
    dataset = dataset.model_copy(update={"test": 900})
    plan = propose_evaluation(dataset, report, None)
    assert report.answers.high < plan.max_new_tokens <= report.answers.high * 1.2 + 16
    assert plan.max_rows == 200
    assert plan.criterion is None


def test_long_rows_are_answered_fewer_at_a_time(
    dataset: DatasetInfo, report: LearningReport
) -> None:
    longer = report.model_copy(
        update={"lengths": report.lengths.model_copy(update={"high": 4_000})}
    )
    short, long = (propose_evaluation(dataset, one, None) for one in (report, longer))
    assert short.batch_size > long.batch_size >= 16


def test_no_more_rows_are_planned_for_than_there_are(
    dataset: DatasetInfo, report: LearningReport
) -> None:
    few = dataset.model_copy(update={"test": 11})
    assert propose_evaluation(few, report, None).max_rows == 11


def test_long_answers_mean_fewer_rows_but_never_too_few(
    dataset: DatasetInfo, report: LearningReport
) -> None:
    dataset = dataset.model_copy(update={"test": 900})
    plan = propose_evaluation(dataset, with_answers(report, 500, 500), None)
    assert plan.max_new_tokens > 500
    assert plan.max_rows * plan.max_new_tokens <= AFFORDABLE_TOKENS
    longest = propose_evaluation(dataset, with_answers(report, 9_000, 9_000), None)
    assert longest.max_new_tokens == 1_024
    assert longest.max_rows >= 50


def test_one_odd_answer_does_not_set_the_limit(
    dataset: DatasetInfo, report: LearningReport
) -> None:
    plan = propose_evaluation(dataset, with_answers(report, 20, 3_000), None)
    assert plan.max_new_tokens < 60
