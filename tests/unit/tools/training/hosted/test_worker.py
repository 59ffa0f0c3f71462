"""From a plan to a model that answers at a provider, once and only once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from fakes.provider.server import Provider

from luthier.tools.data.model import DatasetInfo
from luthier.tools.errors import LuthierError
from luthier.tools.files import write_json
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.history import JobHistory
from luthier.tools.jobs.model import ProgressEvent
from luthier.tools.training.hosted.record import load_record
from luthier.tools.training.hosted.worker import run
from luthier.tools.training.plan import Plan
from luthier.tools.training.tuned_model import tuned_model

Attempt = Callable[..., JobContext]


def history(attempt_folder: object) -> JobHistory:
    return JobHistory().add(EventReader(str(attempt_folder)).read_new())


def ask_once(context: JobContext, status: str, control: dict[str, str]) -> None:
    """Ask for a stop as soon as the job stands so at the provider."""

    def wait_and_ask() -> None:
        while load_record(context.output).status != status:
            time.sleep(0.02)
        write_json(context.folder / "control.json", control)

    threading.Thread(target=wait_and_ask, daemon=True).start()


def test_a_plan_becomes_a_model_that_answers_there(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    context = attempt(plan)
    result = run(context)
    tuned = tuned_model(context.folder, result)
    assert tuned.endpoint is not None
    assert tuned.base is not None
    assert tuned.adapter is None
    assert tuned.endpoint.model.startswith("ft:gpt-4.1-mini-2025-04-14")
    assert tuned.base.model == "gpt-4.1-mini-2025-04-14"
    assert tuned.endpoint.base_url == provider.base_url
    assert tuned.checkpoints
    assert result["files"]
    assert "sk-" not in str(result)
    assert provider.count("uploads") == 2
    assert provider.count("creations") == 1
    seen = history(context.folder)
    assert len(seen.metrics) > 2
    assert seen.best_validation_loss is not None
    assert seen.metrics == sorted(seen.metrics, key=lambda one: one.step)


def test_what_the_plan_sets_is_what_the_provider_is_asked_for(
    provider: Provider, plan: Plan, attempt: Attempt, dataset: DatasetInfo
) -> None:
    plan.hosted.seed, plan.hosted.batch_size = 7, 4
    plan.hosted.learning_rate_multiplier = 0.5
    result = run(attempt(plan))
    [job] = provider.store.jobs.values()
    training, validation = result["uploaded"]
    given = {"n_epochs": 2, "batch_size": 4, "learning_rate_multiplier": 0.5}
    assert job.request == {
        "model": "gpt-4.1-mini-2025-04-14",
        "training_file": training,
        "validation_file": validation,
        "method": {"type": "supervised", "supervised": {"hyperparameters": given}},
        "suffix": "tickets",
        "seed": 7,
        "metadata": {"luthier": "job1", "plan": "tickets"},
    }
    sent = [provider.store.files[one].content.splitlines() for one in (training, validation)]
    assert [len(lines) for lines in sent] == [dataset.train, dataset.validation]
    assert not set(sent[0]) & set(sent[1])


def test_a_state_that_nobody_here_knows_is_shown_as_it_is_and_waited_out(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    provider.keeper.holds = {"running", "defragmenting"}
    context = attempt(plan)

    def defragment() -> None:
        while load_record(context.output).status != "running":
            time.sleep(0.02)
        [job] = provider.store.jobs.values()
        job.status = "defragmenting"
        while load_record(context.output).status != "defragmenting":
            time.sleep(0.02)
        job.status, provider.keeper.holds = "running", set()

    threading.Thread(target=defragment, daemon=True).start()
    assert run(context)["endpoint"]["model"].startswith("ft:")
    events = EventReader(str(context.folder)).read_new()
    labels = [one.label for one in events if isinstance(one, ProgressEvent)]
    assert "The provider says: defragmenting" in labels
    assert provider.count("creations") == 1


def test_a_second_attempt_of_a_finished_job_sends_and_creates_nothing(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    first = run(attempt(plan))
    second = run(attempt(plan))
    assert (provider.count("uploads"), provider.count("creations")) == (2, 1)
    assert first == second


def test_a_creation_whose_answer_was_lost_is_found_again(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    context = attempt(plan)
    run(context)
    record = load_record(context.output)
    record.job_id = ""  # as if killed between the call and its answer
    record.save(context.output)
    run(attempt(plan))
    assert provider.count("creations") == 1


def test_rows_that_would_be_refused_are_not_sent(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    plan.hosted.method = "dpo"
    with pytest.raises(LuthierError) as caught:
        run(attempt(plan))
    assert caught.value.code == "hosted.invalid_training_file"
    assert provider.count("uploads") == 0


def test_pause_and_resume_and_cancel_reach_the_provider(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    provider.keeper.holds = {"running"}
    context = attempt(plan)

    ask_once(context, "running", {"request": "pause"})
    with pytest.raises(JobStopped):
        run(context)
    job_id = load_record(context.output).job_id
    assert provider.store.jobs[job_id].status in ("pausing", "paused")
    provider.keeper.holds = set()
    run(attempt(plan))
    assert provider.store.jobs[job_id].status == "succeeded"

    provider.keeper.holds = {"queued"}
    other = attempt(plan, "job2")
    ask_once(other, "queued", {"request": "cancel"})
    with pytest.raises(JobStopped):
        run(other)
    assert provider.store.jobs[load_record(other.output).job_id].status == "cancelled"


def test_going_on_while_the_pause_is_still_under_way_is_not_lost(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    provider.keeper.holds = {"running"}
    context = attempt(plan)
    ask_once(context, "running", {"request": "pause"})
    with pytest.raises(JobStopped):
        run(context)
    [job] = provider.store.jobs.values()
    assert job.status == "pausing"
    provider.keeper.holds = {"pausing"}
    looks = ("GET", f"/v1/fine_tuning/jobs/{job.id}")
    before = provider.requests[looks]

    def pause_at_last() -> None:
        while provider.requests[looks] < before + 2:
            time.sleep(0.02)
        provider.keeper.holds = set()

    threading.Thread(target=pause_at_last, daemon=True).start()
    run(attempt(plan))
    assert job.status == "succeeded"
    notices = history(context.folder).notices
    assert not [one for one in notices if "not here" in one.text]


def test_a_job_that_waits_is_cancelled_there_by_a_later_attempt(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    provider.keeper.holds = {"queued"}
    context = attempt(plan)
    ask_once(context, "queued", {"request": "pause", "by": "system"})
    with pytest.raises(JobStopped):
        run(context)
    job = provider.store.jobs[load_record(context.output).job_id]
    assert job.status == "queued"  # this computer was shut down: the training goes on there
    with pytest.raises(JobStopped):
        run(attempt(plan, request="cancel"))
    assert job.status == "cancelled"
