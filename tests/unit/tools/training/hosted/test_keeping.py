"""What a job at a provider leaves behind and what can be done with it: files, checkpoints, deletion."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fakes.provider.server import MODEL, Provider

from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.hosted import (
    AdoptJob,
    DeleteHosted,
    adopt_job,
    approve_deletion,
    delete_hosted,
)
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.catalog.steering import ControlJob, approve_control
from luthier.tools.data.model import DatasetInfo
from luthier.tools.effects import Effect
from luthier.tools.endpoints.client import open_client
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.other_model import find_model
from luthier.tools.facts import Facts
from luthier.tools.files import write_json
from luthier.tools.hosting.choice import snippets_elsewhere
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.folder import write_status
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.history import JobHistory
from luthier.tools.jobs.model import JobState, JobStatus
from luthier.tools.jobs.store import get_job, list_jobs, read_result
from luthier.tools.jobs.wait import wait_for
from luthier.tools.training.backends.openai import OPENAI
from luthier.tools.training.hosted.graders import fault_in, grader_of
from luthier.tools.training.hosted.worker import run
from luthier.tools.training.hosted_plan import WandbPlan
from luthier.tools.training.plan import Plan
from luthier.tools.training.plan_file import save_plan
from luthier.tools.training.tuned_model import tuned_model
from luthier.tools.workspace import Workspace
from luthier.tui import cli_measure
from luthier.tui.cli import cli
from luthier.tui.model_talk import ModelTalk, start_models

Attempt = Callable[..., JobContext]


def said(context: JobContext) -> str:
    seen = JobHistory().add(EventReader(str(context.folder)).read_new())
    return "\n".join(notice.text for notice in seen.notices)


def ignore(*_news: object) -> None:
    """Nobody listens."""


def ended(context: JobContext, result: dict[str, Any]) -> None:
    """Write down what the supervisor does once a worker has come back."""
    write_json(context.folder / "result.json", result)
    write_status(context.folder, JobStatus(state=JobState.SUCCEEDED))


def asked(model: EndpointModel) -> str:
    client, _secret = open_client(model)
    with client:
        reply = client.chat.completions.create(
            model=model.model, messages=[{"role": "user", "content": "one two"}]
        )
    return str(reply.choices[0].message.content)


def test_pairs_are_sent_in_openais_form_and_tuned_by_dpo(
    provider: Provider, pairs: Plan, attempt: Attempt
) -> None:
    pairs.hosted.method, pairs.hosted.beta = "dpo", 0.2
    pairs.hosted.wandb = WandbPlan(project="tickets", tags=("first",))
    result = run(attempt(pairs))
    [job] = provider.store.jobs.values()
    assert job.request["method"] == {
        "type": "dpo",
        "dpo": {"hyperparameters": {"n_epochs": 2, "beta": 0.2}},
    }
    assert job.request["integrations"] == [
        {"type": "wandb", "wandb": {"project": "tickets", "tags": ["first"]}}
    ]
    line = json.loads(provider.store.files[job.request["training_file"]].content.splitlines()[0])
    assert line["input"]["messages"][0]["role"] == "user"
    assert line["preferred_output"] == [{"role": "assistant", "content": "yes please"}]
    assert line["non_preferred_output"] == [{"role": "assistant", "content": "no"}]
    assert asked(EndpointModel.model_validate(result["endpoint"])) == "one"


def test_reinforcement_sends_questions_with_the_wanted_answer_and_its_grader(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    grader = {
        "type": "string_check",
        "name": "same",
        "operation": "eq",
        "input": "{{sample.output_text}}",
        "reference": "{{item.reference_answer}}",
    }
    plan.hosted.method, plan.hosted.grader = "reinforcement", grader
    plan.hosted.compute_multiplier, plan.hosted.reasoning_effort = 2, "low"
    context = attempt(plan)
    result = run(context)
    curves = JobHistory().add(EventReader(str(context.folder)).read_new()).curves()
    assert [curve.name for curve in curves] == ["reward", "validation reward"]
    assert curves[0].y == pytest.approx((0.5, 2 / 3, 0.75))
    [job] = provider.store.jobs.values()
    assert job.request["method"]["reinforcement"] == {
        "hyperparameters": {
            "n_epochs": 2,
            "compute_multiplier": 2,
            "reasoning_effort": "low",
        },
        "grader": grader,
    }
    line = json.loads(provider.store.files[job.request["training_file"]].content.splitlines()[0])
    assert line["messages"][-1]["role"] == "user"
    assert line["reference_answer"] in ("refund", "praise", "where")
    assert result["endpoint"]["model"] == job.fine_tuned_model


def test_a_grader_that_suits_the_task_is_chosen_where_none_is_given(
    workspace: Workspace, plan: Plan
) -> None:
    plan.hosted.method = "reinforcement"
    ready = OPENAI.prepared(workspace, plan)
    assert ready.hosted.grader["type"] == "string_check"
    details = dict(OPENAI.details(workspace, ready, None))
    assert details["Graded by"] == "string_check: same label"
    fields = plan.model_copy(update={"task": plan.task.model_copy(update={"kind": "structured"})})
    grader = grader_of(fields)
    room: dict[str, Any] = {}
    exec(grader["source"], room)
    item = {"reference_answer": '{"a": 1, "b": 2}'}
    assert room["grade"]({"output_text": '{"b": 2, "a": 1}'}, item) == 1
    assert room["grade"]({"output_text": '{"a": 1, "b": 3}'}, item) == 0.45
    assert room["grade"]({"output_text": "well"}, item) == 0
    free = plan.model_copy(update={"task": plan.task.model_copy(update={"kind": "text"})})
    for one in (grader, grader_of(free), ready.hosted.grader):
        assert fault_in(one) == ""


def test_result_files_are_kept_and_the_end_of_the_base_model_is_said(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    provider.plane.models[MODEL] = "2027-01-14"
    context = attempt(plan)
    result = run(context)
    [kept] = result["files"]
    assert Path(kept).is_relative_to(context.output)
    assert Path(kept).read_text().startswith("step,train_loss")
    assert "2027-01-14" in said(context)


def test_a_checkpoint_there_is_an_arm_of_its_own(
    workspace: Workspace, plan: Plan, attempt: Attempt
) -> None:
    context = attempt(plan)
    ended(context, run(context))
    _job, model = find_model(workspace, "job1:2")
    assert isinstance(model, EndpointModel)
    assert model.model.endswith(":ckpt-step-2")
    assert asked(model) == "one"
    with pytest.raises(LuthierError, match="step 9") as caught:
        find_model(workspace, "job1:9")
    assert "1, 2, 3" in caught.value.remedy


def test_measuring_it_again_asks_before_rows_leave_and_hands_over_the_key(
    workspace: Workspace, plan: Plan, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = attempt(plan)
    ended(context, run(context))
    training = get_job(workspace, "job1")
    wished = plan.evaluation.model_copy(update={"models": ("job1:2",)})
    asked = cli_measure.asked_elsewhere(workspace, training, wished)
    names = [model.model for model in asked]
    assert names[1] == MODEL
    assert names[2].endswith(":ckpt-step-2")
    questions: list[str] = []
    monkeypatch.setattr(cli_measure, "ask_first", questions.append)
    far = [model.model_copy(update={"base_url": "https://api.example.com/v1"}) for model in asked]
    assert cli_measure.ask_what_leaves(plan, far)
    assert len(questions) == 3
    assert "api.example.com" in questions[0]


@pytest.mark.parametrize("yes", [False, True])
def test_a_plan_that_compares_with_a_model_elsewhere_says_its_price_before_it_runs(
    workspace: Workspace,
    provider: Provider,
    plan: Plan,
    attempt: Attempt,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    yes: bool,
) -> None:
    """The training is on this computer; a checkpoint that it is compared with is not."""
    context = attempt(plan)
    result = run(context)
    far = {"base_url": "https://api.example.com/v1", "price_input": 2.0, "price_output": 8.0}
    ended(context, {**result, "endpoint": {**result["endpoint"], **far}})
    here = plan.model_copy(update={"backend": "local"})
    compared = {"models": ("job1:2",), "metric": "exact_match"}
    here.evaluation = here.evaluation.model_copy(update=compared)
    save_plan(here, tmp_path / "plan.yaml")
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    monkeypatch.setattr("luthier.tools.run.run_plan", run_nothing)
    words = ["run", str(tmp_path / "plan.yaml"), *(["--yes"] if yes else [])]
    done = CliRunner().invoke(cli, words, input="n\n")
    assert "api.example.com" in done.output, done.output
    assert ":ckpt-step-2" in done.output
    assert "US dollars" in done.output
    assert ("Send them?" in done.output) is not yes
    code = getattr(done.exception, "code", "")
    assert code == ("run.nothing" if yes else "cli.declined"), done.exception


def run_nothing(*_arguments: object, **_more: object) -> None:
    raise LuthierError("Nothing runs here.", code="run.nothing")


def test_going_on_with_what_is_paid_for_is_asked_about_each_time(
    workspace: Workspace, plan: Plan, attempt: Attempt
) -> None:
    context = attempt(plan)
    write_status(context.folder, JobStatus(state=JobState.PAUSED))
    session = ToolContext(workspace, "session", Facts(plan=plan, train_job="job1"))
    asked = approve_control(session, ControlJob(action="resume", job_id="job1"))
    assert asked.effect == "money"
    assert asked.lasting is None
    assert "charges" in dict(asked.details)["Price and privacy"]
    ended_for_good = approve_control(session, ControlJob(action="cancel", job_id="job1"))
    assert "no more" in dict(ended_for_good.details)["Price and privacy"]


def test_programs_that_use_it_name_it_and_no_key(
    workspace: Workspace,
    provider: Provider,
    plan: Plan,
    attempt: Attempt,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    context = attempt(plan)
    result = run(context)
    ended(context, result)
    found = snippets_elsewhere(workspace, "job1", "Where is it?")
    assert len(found) > 1
    for text in found.values():
        assert result["endpoint"]["model"] in text
        assert provider.key not in text
    done = CliRunner().invoke(cli, ["hosted", "snippets", "job1"])
    assert result["endpoint"]["model"] in done.output, done.output


async def test_the_tuned_and_the_untuned_model_talk_side_by_side(
    workspace: Workspace, plan: Plan, attempt: Attempt
) -> None:
    context = attempt(plan)
    tuned = tuned_model(context.folder, run(context))
    talk = ModelTalk(await start_models(workspace, "starter", tuned))
    heard: dict[str, str] = {}
    async for side, piece in talk.ask("one two", ("tuned", "base")):
        heard[side] = heard.get(side, "") + piece
    assert heard == {"tuned": "one", "base": "two"}
    await talk.models.stop()


def test_a_file_and_a_model_are_deleted_after_a_yes(
    workspace: Workspace, provider: Provider, plan: Plan, attempt: Attempt, dataset: DatasetInfo
) -> None:
    result = run(attempt(plan))
    model = result["endpoint"]["model"]
    context = ToolContext(workspace, "s", Facts(plan=plan, dataset=dataset, train_job="job1"))
    tool = TOOLS["delete_hosted"]
    assert tool.asks_first(context, DeleteHosted())
    approval = approve_deletion(context, DeleteHosted(id=model))
    assert approval.effect == Effect.DELETES
    assert "trained" in str(approval.details) or "training" in str(approval.details)

    delete_hosted(context, DeleteHosted())
    assert set(result["uploaded"]).isdisjoint(provider.store.files)
    delete_hosted(context, DeleteHosted(id=model))
    assert model not in provider.store.models
    with pytest.raises(LuthierError):
        delete_hosted(context, DeleteHosted(id=model))


def test_the_command_line_lists_cancels_and_deletes(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    result = run(attempt(plan))
    model, where = result["endpoint"]["model"], ["--base-url", provider.base_url]
    provider.keeper.holds = {"running", "queued", "validating_files"}
    other = provider.keeper.create({"model": MODEL, "training_file": result["uploaded"][0]})

    def told(*words: str) -> str:
        done = CliRunner().invoke(cli, ["hosted", *words, *where])
        assert done.exit_code == 0, done.output
        return done.output

    assert other.id in told("jobs", "--json")
    assert model in told("models", "--json")
    assert result["uploaded"][0] in told("files", "--json")
    refused = CliRunner().invoke(cli, ["hosted", "delete", model, *where], input="n\n")
    assert refused.exit_code != 0
    assert model in provider.store.models
    told("delete", model, result["uploaded"][0], "--yes")
    assert model not in provider.store.models
    assert result["uploaded"][0] not in provider.store.files
    told("cancel", other.id, "--yes")
    assert other.status == "cancelled"


def test_a_job_of_another_program_is_adopted_by_its_id(
    workspace: Workspace,
    provider: Provider,
    plan: Plan,
    dataset: DatasetInfo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "rows.jsonl"
    turn = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    file.write_text("\n".join([json.dumps(turn)] * 12))
    endpoint = EndpointModel(
        base_url=provider.base_url, model=MODEL, key_variable="LUTHIER_API_KEY"
    )
    client, _secret = open_client(endpoint)
    with client:
        sent = client.files.create(file=file, purpose="fine-tune")
        there = client.fine_tuning.jobs.create(model=MODEL, training_file=sent.id)
    plan.name = "tickets of others"
    save_plan(plan, tmp_path / "plan.yaml")
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    words = ["hosted", "adopt", there.id, str(tmp_path / "plan.yaml"), "--json"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    job_id = json.loads(done.output)["spec"]["id"]
    assert wait_for(workspace, job_id, ignore).status.state is JobState.SUCCEEDED
    assert read_result(workspace, job_id)["provider_job"] == there.id
    assert provider.count("creations") == 1
    assert get_job(workspace, job_id).spec.remote

    context = ToolContext(workspace, "s", Facts(plan=plan, dataset=dataset))
    with pytest.raises(LuthierError, match="already") as caught:
        adopt_job(context, AdoptJob(id=there.id))
    assert job_id in caught.value.remedy
    again = CliRunner().invoke(cli, words)
    assert isinstance(again.exception, LuthierError)
    assert job_id in again.exception.remedy
    assert len(list_jobs(workspace)) == 1
