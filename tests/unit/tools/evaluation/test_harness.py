"""Tasks of lm-eval: read, asked through its own program, compared, and shown as what was lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.tuned import TRAIN_JOB, TunedHome, tune_tiny

from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.catalog.results import TakeIn
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.harness import worker
from luthier.tools.evaluation.harness.environment import environment_folder, has_environment, steps
from luthier.tools.evaluation.harness.scores import read_scores
from luthier.tools.evaluation.harness.task import read_task
from luthier.tools.evaluation.losses import cautions, losses_tables
from luthier.tools.evaluation.model import Evaluation, HarnessScore, Interval
from luthier.tools.evaluation.store import load_evaluation, save_evaluation
from luthier.tools.facts import Facts
from luthier.tools.files import write_json
from luthier.tools.jobs.folder import write_status
from luthier.tools.jobs.model import Job, JobState, JobStatus
from luthier.tools.jobs.store import insert_job
from luthier.tools.toolkits.making import READY
from luthier.tools.workspace import Workspace, open_workspace

TASK = """task: sums
dataset_path: json
dataset_kwargs:
  data_files:
    test: rows.jsonl
test_split: test
"""
STAND_IN = """#!/bin/sh
# DIR/bin/python -m lm_eval run ... --model_args JSON ... --output_path OUT
for one in "$@"; do
  [ "$before" = --output_path ] && out="$one"
  [ "$before" = --model_args ] && model="$one"
  [ "$before" = --tasks ] && task="$one"
  before="$one"
done
echo "$HF_HUB_OFFLINE $PWD $model" >> "{said}"
echo "Running generate_until requests:  50%| | 3/6 [00:01<00:01]"
if [ "$task" = gone ]; then
  echo "ConnectionError: Couldn't reach 'owner/gone' on the Hub"; exit 1
fi
mkdir -p "$out/model"
case "$model" in *peft*) from=tuned ;; *) from=base ;; esac
cp "{made}/$from"/* "$out/model/"
"""


def write_made(folder: Path, scores: list[float], task: str = "sums") -> Path:
    """What lm-eval leaves behind for one model."""
    folder.mkdir(parents=True)
    mean = sum(scores) / len(scores)
    result = {
        "results": {
            task: {"alias": task, "exact_match,num": mean, "exact_match_stderr,num": 0.1},
        },
        "higher_is_better": {task: {"exact_match": True}},
        "n-samples": {task: {"original": len(scores), "effective": len(scores)}},
    }
    (folder / "results_2026-11-27T05-27-30.json").write_text(json.dumps(result))
    lines = [
        json.dumps({"doc_id": number, "filter": "num", "exact_match": score})
        for number, score in enumerate(scores)
    ]
    (folder / f"samples_{task}_2026-11-27T05-27-30.jsonl").write_text("\n".join(lines))
    return folder


def write_task(folder: Path, text: str = TASK) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "rows.jsonl").write_text('{"question": "1+1?", "answer": "2"}\n')
    path = folder / "sums.yaml"
    path.write_text(text)
    return path


def test_the_same_rows_are_compared_one_by_one(tmp_path: Path) -> None:
    base = write_made(tmp_path / "base", [1.0] * 20)
    tuned = write_made(tmp_path / "tuned", [1.0] * 8 + [0.0] * 12)
    (score,) = read_scores(base, tuned)
    assert (score.task, score.metric, score.items) == ("sums", "exact_match (num)", 20)
    assert (score.base, score.tuned, score.paired) == (1.0, 0.4, True)
    assert score.difference is not None
    assert score.difference.low < -0.6 < score.difference.high < 0
    assert score.lost
    (table,) = losses_tables(evaluation(score))
    assert table.rows[0][2] == "1.000 (0.839 to 1.000)", (
        "Wilson's, not the standard error of nought"
    )


def test_without_scores_of_rows_the_standard_errors_give_the_interval(tmp_path: Path) -> None:
    base, tuned = (
        write_made(tmp_path / "base", [1.0, 0.0]),
        write_made(tmp_path / "tuned", [0.0] * 2),
    )
    for path in tmp_path.rglob("samples*"):
        path.unlink()
    (score,) = read_scores(base, tuned)
    assert not score.paired
    assert score.items == 2
    assert score.difference is not None
    assert score.difference.high - score.difference.low == pytest.approx(2 * 1.96 * 0.02**0.5)


def score(**changes: object) -> HarnessScore:
    known = HarnessScore(
        task="sums",
        metric="acc",
        items=50,
        base=0.8,
        tuned=0.5,
        base_error=0.05,
        difference=Interval(value=-0.3, low=-0.4, high=-0.2),
    )
    return known.model_copy(update=changes)


def evaluation(*scores: HarnessScore) -> Evaluation:
    return Evaluation(
        id="e", dataset_id="d", metric="exact_match", test_rows=6, arms=(), harness=scores
    )


def test_a_loss_is_a_row_of_its_own_and_a_care_of_the_verdict() -> None:
    found = evaluation(score())
    (table,) = losses_tables(found)
    assert table.rows[0] == (
        "lm-eval sums: acc",
        "50",
        "0.800 (0.702 to 0.898)",
        "0.500",
        "-0.300 (-0.400 to -0.200)",
    )
    assert "lost beyond chance: sums" in table.notes[0]
    assert "sums" in " ".join(cautions(found))


def test_where_less_is_better_more_is_a_loss() -> None:
    rose = Interval(value=0.3, low=0.2, high=0.4)
    assert score(difference=rose, higher_is_better=False).lost
    assert not score(difference=rose).lost
    assert cautions(evaluation(score(difference=rose))) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("dataset_path: json\n", "task:"),
        (TASK + "doc_to_text: !function steal.keys\n", "!function"),
        (TASK.replace("rows.jsonl", "none.jsonl"), "none.jsonl"),
        (TASK + "include: other.yaml\n", "includes"),
        ("[", "YAML"),
    ],
)
def test_a_task_that_cannot_be_asked_is_refused_before_anything_is_fetched(
    tmp_path: Path, text: str, why: str
) -> None:
    with pytest.raises(LuthierError) as caught:
        read_task(str(write_task(tmp_path, text)))
    assert caught.value.code == "harness.bad_task"
    assert why in caught.value.why


def test_a_name_is_of_the_hub_and_a_file_is_not(tmp_path: Path) -> None:
    assert not read_task("arc_easy").local
    assert read_task(str(write_task(tmp_path))).name == "sums"
    with pytest.raises(LuthierError):
        read_task("--model hf")


def test_its_environment_sees_luthiers_packages_and_fetches_lm_eval_alone(tmp_path: Path) -> None:
    made = [" ".join(one.command) for one in steps(tmp_path)]
    assert made[0].endswith(f"-m venv {tmp_path}")
    assert made[2].endswith("lm-eval==0.4.13")
    assert all("torch" not in one for one in made)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> TunedHome:
    """A tuned tiny model, measured, and a stand-in for lm-eval that says what it was given."""
    folder = tmp_path_factory.mktemp("harness")
    workspace = open_workspace(folder / "home")
    plan = tune_tiny(workspace, tiny_model, folder, steps=1, most=4)
    save_evaluation(workspace, evaluation(), session_id="s", job_id="j")
    write_made(folder / "made" / "base", [1.0] * 20)
    write_made(folder / "made" / "tuned", [0.0] * 20)
    place_stand_in(workspace, folder)
    return TunedHome(workspace, plan, tiny_model)


def place_stand_in(workspace: Workspace, folder: Path) -> None:
    environment = environment_folder(workspace)
    program = environment / "bin" / "python"
    program.parent.mkdir(parents=True)
    text = STAND_IN.replace("{said}", str(folder / "said")).replace("{made}", str(folder / "made"))
    program.write_text(text)
    program.chmod(0o755)
    packages = steps(environment)[1].command[-1]
    write_json(environment / READY, {"packages": packages})
    assert has_environment(workspace)


@pytest.mark.training
def test_both_models_are_asked_offline_and_what_was_asked_is_kept(
    home: TunedHome, tmp_path: Path
) -> None:
    task = write_task(tmp_path / "mine")
    payload = {"train_job_id": TRAIN_JOB, "evaluation_id": "e", "tasks": [str(task)]}
    context = home.context("harness", payload)
    said = home.workspace.home.parent / "said"
    try:
        result = worker.run(context)
        asked = said.read_text().splitlines()
        assert worker.run(context) == result, "a second attempt has nothing left to ask"
    finally:
        context.close()
    assert said.read_text().splitlines() == asked
    assert len(asked) == 2
    assert all(line.startswith(f"1 {task.parent} ") for line in asked), "offline, beside its rows"
    assert '"peft"' not in asked[0]
    assert '"peft"' in asked[1]
    events = map(json.loads, (context.folder / "events.jsonl").read_text().splitlines())
    bars = [event for event in events if event["type"] == "progress" and event["total"]]
    assert [(bar["done"], bar["total"]) for bar in bars] == [(3, 6), (3, 6)]
    (found,) = load_evaluation(home.workspace, "e").harness
    assert (found.base, found.tuned, found.lost) == (1.0, 0.0, True)


@pytest.mark.training
def test_rows_that_cannot_be_had_are_told_in_plain_words(home: TunedHome) -> None:
    payload = {"train_job_id": TRAIN_JOB, "evaluation_id": "e", "tasks": ["gone"]}
    context = home.context("harness", payload)
    try:
        with pytest.raises(LuthierError) as caught:
            worker.run(context)
    finally:
        context.close()
    assert caught.value.code == "harness.hub"
    assert "task file" in caught.value.remedy


@pytest.mark.training
def test_the_chat_says_what_is_fetched_and_takes_the_figures_in(
    home: TunedHome, tmp_path: Path
) -> None:
    tool, task = TOOLS["ask_harness"], str(write_task(tmp_path / "mine"))
    with pytest.raises(LuthierError) as caught:
        tool.approval(ToolContext(home.workspace, "s", Facts()), tool.arguments(task=task))
    assert caught.value.code == "journey.not_yet"
    measured = {"train_job": TRAIN_JOB, "training": {"steps": 1}, "evaluation": evaluation()}
    facts = Facts.model_validate(measured)
    context = ToolContext(home.workspace, "s", facts)
    local, hub = (
        " ".join(value for _name, value in tool.approval(context, tool.arguments(task=one)).details)
        for one in (task, "arc_easy")
    )
    assert task in local
    assert "Hugging Face Hub" in hub
    assert tool.points_at(tool.arguments(task=task)) == (task,)
    assert tool.points_at(tool.arguments(task="arc_easy")) == ()
    payload = {"train_job_id": TRAIN_JOB, "evaluation_id": "e", "tasks": [task]}
    job = home.context("harness", payload)
    try:
        result = worker.run(job)
    finally:
        job.close()
    write_json(job.folder / "result.json", result)
    write_json(job.folder / "spec.json", job.spec.model_dump(mode="json"))
    status = write_status(job.folder, JobStatus(state=JobState.SUCCEEDED))
    insert_job(home.workspace, Job(spec=job.spec, status=status, folder=str(job.folder)))
    told = facts.model_copy(update={"harness_job": job.spec.id})
    taken = TOOLS["take_in_result"].run(
        ToolContext(home.workspace, "s", told), TakeIn(job_id=job.spec.id)
    )
    assert "lost beyond chance: sums" in taken.summary
    assert taken.facts["evaluation"]["harness"][0]["task"] == "sums"
    assert taken.facts["harness_job"] == ""
