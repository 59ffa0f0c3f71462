"""Jobs from launch to rest, with real runner and worker processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json
from luthier.tools.jobs import store, supervisor
from luthier.tools.jobs.folder import locked, read_status, write_status
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.model import Job, JobEvent, JobState, MetricsEvent, NoticeEvent
from luthier.tools.jobs.processes import created_at, is_alive
from luthier.tools.workspace import Workspace
from tests.unit.tools.jobs.conftest import FAKES, Launch, Wait, kill


def events(job: Job) -> list[JobEvent]:
    return EventReader(job.folder).read_new()


def counted(steps: int) -> Callable[[Job], bool]:
    def enough(job: Job) -> bool:
        return sum(isinstance(event, MetricsEvent) for event in events(job)) >= steps

    return enough


def dead(pid: int, started: float) -> Callable[[Job], bool]:
    return lambda _job: not is_alive(pid, started)


def let_go(job: Job) -> None:
    Path(job.folder, "let-go").touch()


def notices(job: Job) -> list[str]:
    return [event.text for event in events(job) if isinstance(event, NoticeEvent)]


def test_a_job_runs_in_processes_of_its_own_and_leaves_its_result(
    jobs_workspace: Workspace, launch: Launch, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("HF_TOKEN", "hf-secret")
    monkeypatch.setenv("HF_HOME", "/somewhere")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    begun = time.monotonic()
    job = launch("succeed")
    assert time.monotonic() - begun < 2
    assert job.status.state in (JobState.QUEUED, JobState.RUNNING)

    done = wait(job)

    assert done.status.state is JobState.SUCCEEDED
    result = store.read_result(jobs_workspace, job.id)
    assert result["answer"] == 42
    assert result["nice"] >= 10
    environment = result["environment"]
    assert "secret" not in json.dumps(environment)
    assert environment["HF_HOME"] == "/somewhere"
    assert environment["OMP_NUM_THREADS"] == "2"
    assert environment["LUTHIER_HOME"] == str(jobs_workspace.home)
    assert environment["MALLOC_TRIM_THRESHOLD_"]
    assert read_json(Path(job.folder) / "exit.json")["exit_code"] == 0
    assert len({os.getpid(), done.status.supervisor_pid, done.status.worker_pid}) == 3


def test_the_same_key_gives_the_same_job(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    first = launch("count", key="one", until=1)
    second = launch("count", key="one", until=1)
    wait(first)
    third = launch("count", key="one", until=1)

    assert first.id == second.id == third.id
    assert third.status.state is JobState.SUCCEEDED
    assert len(store.list_jobs(jobs_workspace)) == 1
    assert notices(third) == ["begin at 0"]


def test_a_job_outlives_the_process_that_launched_it(jobs_workspace: Workspace, wait: Wait) -> None:
    code = f"""
import sys
from pathlib import Path
from luthier.tools.jobs import supervisor
from luthier.tools.workspace import open_workspace
supervisor.RUNNER = [sys.executable, "-P", {str(FAKES / "runner.py")!r}]
job = supervisor.launch(open_workspace(Path({str(jobs_workspace.home)!r})), kind="train",
    session_id="s", title="T", payload={{"do": "count", "until": 30, "held": True}}, idempotency_key="k")
print(job.id)
"""
    launcher = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    job = store.get_job(jobs_workspace, launcher.stdout.strip())
    assert job.status.state in (JobState.QUEUED, JobState.RUNNING)
    let_go(job)

    assert wait(job).status.state is JobState.SUCCEEDED
    assert store.read_result(jobs_workspace, job.id)["steps"] >= 30


def test_pause_keeps_the_work_and_resume_goes_on_from_it(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = wait(launch("count", until=10, held=True), counted(5))

    asked = supervisor.request_pause(jobs_workspace, job.id)
    assert asked.status.state is JobState.PAUSING
    paused = wait(job)
    assert paused.status.state is JobState.PAUSED
    wait(job, dead(paused.status.worker_pid, paused.status.worker_started))
    wait(job, dead(paused.status.supervisor_pid, paused.status.supervisor_started))
    assert supervisor.request_pause(jobs_workspace, job.id).status.state is JobState.PAUSED
    with pytest.raises(LuthierError) as raised:
        store.read_result(jobs_workspace, job.id)
    assert raised.value.code == "job.no_result"

    resumed = supervisor.resume(jobs_workspace, job.id)
    assert resumed.status.attempt == 2
    let_go(job)
    done = wait(job)

    assert done.status.state is JobState.SUCCEEDED
    result = store.read_result(jobs_workspace, job.id)
    assert result["steps"] >= result["begun"] >= 5


def test_resuming_twice_starts_one_runner(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = wait(launch("count", held=True), counted(1))
    supervisor.request_pause(jobs_workspace, job.id)
    wait(job)

    first = supervisor.resume(jobs_workspace, job.id)
    second = supervisor.resume(jobs_workspace, job.id)

    assert first.status.attempt == second.status.attempt == 2
    assert first.status.supervisor_pid == second.status.supervisor_pid


def test_cancel_ends_the_job_for_good(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = wait(launch("count", held=True), counted(1))

    assert supervisor.request_cancel(jobs_workspace, job.id).status.state is JobState.CANCELLING
    cancelled = wait(job)

    assert cancelled.status.state is JobState.CANCELLED
    assert not is_alive(cancelled.status.worker_pid, cancelled.status.worker_started)
    for call in (supervisor.resume, supervisor.request_pause):
        with pytest.raises(LuthierError) as raised:
            call(jobs_workspace, job.id)
        assert raised.value.code == "job.ended"


def test_a_worker_that_will_not_stop_is_killed_after_its_grace(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = wait(launch("ignore"), lambda job: "ignoring" in notices(job))

    supervisor.request_cancel(jobs_workspace, job.id)

    assert wait(job).status.state is JobState.CANCELLED


def test_a_paused_job_can_be_cancelled(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = wait(launch("count", held=True), counted(1))
    supervisor.request_pause(jobs_workspace, job.id)
    wait(job)

    job = supervisor.request_cancel(jobs_workspace, job.id)

    assert job.status.state is JobState.CANCELLED


def test_a_killed_worker_starts_again_and_loses_nothing(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = wait(launch("count", until=10, held=True), counted(10))
    kill(job.status.worker_pid)
    let_go(job)

    done = wait(job)

    assert done.status.state is JobState.SUCCEEDED
    assert done.status.attempt == 2
    result = store.read_result(jobs_workspace, job.id)
    assert result["begun"] >= 10
    assert any("SIGKILL" in text and "try 2 of 3" in text for text in notices(done))


def test_the_event_torn_by_a_death_does_not_spoil_the_next(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    done = wait(launch("die_once"))

    assert done.status.state is JobState.SUCCEEDED
    reader = EventReader(done.folder)
    assert any(
        "starts again" in event.text
        for event in reader.read_new()
        if isinstance(event, NoticeEvent)
    )
    assert reader.skipped == 1


def test_a_worker_that_is_killed_every_time_fails_in_plain_words(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    failed = wait(launch("die"))

    assert failed.status.state is JobState.FAILED
    assert failed.status.attempt == 3
    assert failed.status.error is not None
    assert failed.status.error["code"] == "job.killed"
    assert "memory" in failed.status.error["why"]


@pytest.mark.parametrize(
    ("do", "code", "words"),
    [
        ("refuse", "test.dry", "The well is dry."),
        ("break", "job.fault", "fault in Luthier"),
        ("exit", "job.no_word", "without a result"),
    ],
)
def test_failures_are_told_in_plain_words(
    jobs_workspace: Workspace, launch: Launch, wait: Wait, do: str, code: str, words: str
) -> None:
    failed = wait(launch(do))

    assert failed.status.state is JobState.FAILED
    assert failed.status.error is not None
    assert failed.status.error["code"] == code
    assert words in failed.status.error["what"]
    assert "Traceback" not in json.dumps(failed.status.error)
    assert "secret detail" not in json.dumps(failed.status.error)
    with pytest.raises(LuthierError) as raised:
        store.read_result(jobs_workspace, failed.id)
    assert raised.value.code == code


def test_a_failed_job_can_be_resumed(jobs_workspace: Workspace, launch: Launch, wait: Wait) -> None:
    failed = wait(launch("refuse"))

    supervisor.resume(jobs_workspace, failed.id)
    again = wait(failed, lambda job: job.status.attempt == 2 and job.status.state.is_final)

    assert again.status.state is JobState.FAILED


def test_a_worker_whose_runner_was_killed_is_adopted(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = wait(launch("count", until=10, held=True), counted(3))
    worker = job.status.worker_pid
    kill(job.status.supervisor_pid)
    wait(job, dead(job.status.supervisor_pid, job.status.supervisor_started))
    assert is_alive(worker, job.status.worker_started)

    supervisor.reconcile(jobs_workspace)
    adopted = store.get_job(jobs_workspace, job.id)
    assert adopted.status.supervisor_pid != job.status.supervisor_pid
    assert adopted.status.worker_pid == worker
    let_go(job)

    done = wait(job)
    assert done.status.state is JobState.SUCCEEDED
    assert done.status.attempt == 1
    assert store.read_result(jobs_workspace, job.id)["begun"] == 0


def test_a_job_that_finished_after_its_runner_died_is_settled(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = wait(launch("count", until=20, held=True), counted(3))
    kill(job.status.supervisor_pid)
    let_go(job)
    wait(job, dead(job.status.worker_pid, job.status.worker_started))
    assert store.get_job(jobs_workspace, job.id).status.state is JobState.RUNNING

    (changed,) = supervisor.reconcile(jobs_workspace)

    assert changed.status.state is JobState.SUCCEEDED
    assert store.read_result(jobs_workspace, job.id)["steps"] >= 20


def test_a_job_whose_processes_vanished_is_lost_and_can_be_resumed(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = wait(launch("count", until=10, held=True), counted(5))
    kill(job.status.supervisor_pid)
    kill(job.status.worker_pid)
    wait(job, dead(job.status.worker_pid, job.status.worker_started))
    wait(job, dead(job.status.supervisor_pid, job.status.supervisor_started))

    (lost,) = supervisor.reconcile(jobs_workspace)
    assert lost.status.state is JobState.LOST
    assert lost.status.error is not None
    assert lost.status.error["code"] == "job.lost"
    assert supervisor.reconcile(jobs_workspace) == []

    supervisor.resume(jobs_workspace, job.id)
    let_go(job)
    done = wait(job)
    assert done.status.state is JobState.SUCCEEDED
    assert store.read_result(jobs_workspace, job.id)["begun"] >= 5


def test_a_process_id_in_other_hands_is_not_taken_for_the_job(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    done = wait(launch("succeed"))
    folder = Path(done.folder)
    forged = created_at(os.getpid()) - 3600
    with locked(folder):
        write_status(
            folder,
            read_status(folder).model_copy(
                update={
                    "state": JobState.RUNNING,
                    "attempt": 7,
                    "supervisor_pid": os.getpid(),
                    "supervisor_started": forged,
                    "worker_pid": os.getpid(),
                    "worker_started": forged,
                }
            ),
        )

    (changed,) = supervisor.reconcile(jobs_workspace)

    assert changed.status.state is JobState.LOST


def test_a_job_that_was_written_but_never_started_starts_at_the_next_launch(
    jobs_workspace: Workspace, launch: Launch, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as context:
        context.setattr(supervisor, "_start_runner", _break)
        with pytest.raises(KeyboardInterrupt):
            launch("succeed", key="k")

    assert wait(launch("succeed", key="k")).status.state is JobState.SUCCEEDED
    assert len(store.list_jobs(jobs_workspace)) == 1


def _break(*_arguments: Any) -> None:
    raise KeyboardInterrupt


def test_the_table_is_in_step_with_the_folder(
    jobs_workspace: Workspace, launch: Launch, wait: Wait
) -> None:
    job = wait(launch("succeed"))

    def recorded(_job: Job) -> bool:
        with jobs_workspace.database() as database:
            row = database.table("jobs").get(job.id)
        return bool(row["state"] == "succeeded" and row["finished_at"])

    wait(job, recorded)
