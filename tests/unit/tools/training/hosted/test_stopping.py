"""Workers killed while they pass a wish on, providers that ask to wait, answers that come too late."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from fakes.provider.faults import CREATE, EVENTS, LOOK, UPLOAD, Fault
from fakes.provider.server import Provider
from fakes.remote_jobs import ends_well, kill_all, kill_worker, start, until

from luthier.tools.endpoints.client import open_client
from luthier.tools.errors import LuthierError
from luthier.tools.files import write_json
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.history import JobHistory
from luthier.tools.jobs.model import Job, JobState
from luthier.tools.jobs.store import get_job
from luthier.tools.jobs.supervisor import reconcile_job, request_cancel, request_pause, resume
from luthier.tools.training.hosted import api, worker
from luthier.tools.training.hosted.record import load_record
from luthier.tools.training.hosted.worker import run
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace

Attempt = Callable[..., JobContext]
PAUSE = ("POST", r"/pause$")
CANCEL = ("POST", r"/cancel$")


def under_way(workspace: Workspace, provider: Provider, plan: Plan) -> Job:
    """A job that is running at the provider, and whose worker has seen it."""
    provider.keeper.holds = {"running"}
    job = start(workspace, plan)
    folder = workspace.jobs / job.id / "output"
    until(lambda: load_record(folder).status == "running")
    return job


def rests(workspace: Workspace, job: Job, state: JobState) -> None:
    until(lambda: get_job(workspace, job.id).status.state is state)


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_pausing_it_is_paused_there_once_and_goes_on_when_resumed(
    workspace: Workspace, provider: Provider, plan: Plan, when: str
) -> None:
    job = under_way(workspace, provider, plan)
    fault = Fault(PAUSE, hold=when)  # type: ignore[arg-type]
    provider.faults = [fault]
    request_pause(workspace, job.id)
    assert fault.reached.wait(60)
    kill_worker(workspace, job)
    fault.gate.set()
    rests(workspace, job, JobState.PAUSED)
    [there] = provider.store.jobs.values()
    provider.keeper.advance(there)
    assert there.status == "paused"
    provider.keeper.holds = set()
    resume(workspace, job.id)
    ends_well(workspace, provider, job)
    said = JobHistory().add(EventReader(get_job(workspace, job.id).folder).read_new()).notices
    assert not [one.text for one in said if "not here" in one.text or one.tone == "bad"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_cancelling_it_is_cancelled_there_all_the_same(
    workspace: Workspace, provider: Provider, plan: Plan, when: str
) -> None:
    job = under_way(workspace, provider, plan)
    fault = Fault(CANCEL, hold=when, drop="before" if when == "before" else "")  # type: ignore[arg-type]
    provider.faults = [fault]
    request_cancel(workspace, job.id)
    assert fault.reached.wait(60)
    kill_worker(workspace, job)
    fault.gate.set()
    rests(workspace, job, JobState.CANCELLED)
    [there] = provider.store.jobs.values()
    assert there.status == "cancelled"
    assert provider.count("creations") == 1


@pytest.mark.parametrize("wish", ["pause", "cancel"])
def test_a_power_cut_while_stopping_does_not_leave_it_running_there(
    workspace: Workspace, provider: Provider, plan: Plan, wish: str
) -> None:
    """Opening Luthier again passes the wish on, for nobody is left who could say that it was."""
    job = under_way(workspace, provider, plan)
    fault = Fault(PAUSE if wish == "pause" else CANCEL, hold="before", drop="before")
    provider.faults = [fault]
    (request_pause if wish == "pause" else request_cancel)(workspace, job.id)
    assert fault.reached.wait(60)
    kill_all(workspace, job)
    fault.gate.set()
    assert not reconcile_job(workspace, get_job(workspace, job.id)).status.state.is_final
    rests(workspace, job, JobState.PAUSED if wish == "pause" else JobState.CANCELLED)
    [there] = provider.store.jobs.values()
    assert there.status in {"pause": ("pausing", "paused"), "cancel": ("cancelled",)}[wish]


def test_a_cancel_that_overtakes_a_pause_is_passed_on_as_well(
    workspace: Workspace, provider: Provider, plan: Plan
) -> None:
    job = under_way(workspace, provider, plan)
    fault = Fault(PAUSE, hold="before")
    provider.faults = [fault]
    request_pause(workspace, job.id)
    assert fault.reached.wait(60)
    request_cancel(workspace, job.id)
    fault.gate.set()
    rests(workspace, job, JobState.CANCELLED)
    [there] = provider.store.jobs.values()
    assert there.status == "cancelled"


def test_who_cancels_while_nobody_knows_of_the_job_is_told_to_look_later(
    provider: Provider, plan: Plan, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "CREATE_SECONDS", 0.2)
    late = Fault(CREATE, hold="before")
    provider.faults = [late]
    context = attempt(plan)

    def ask() -> None:
        late.reached.wait(60)
        write_json(context.folder / "control.json", {"request": "cancel"})

    threading.Thread(target=ask, daemon=True).start()
    with pytest.raises(JobStopped):
        run(context)
    late.gate.set()
    said = JobHistory().add(EventReader(str(context.folder)).read_new()).notices
    assert "luthier hosted jobs" in said[-1].text
    assert provider.count("creations") <= 1


def test_a_cancel_that_the_provider_does_not_take_is_no_cancelled_job(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    provider.keeper.holds = {"running"}
    context = attempt(plan)
    provider.faults = [Fault(CANCEL, 403, message="You may not.", times=9)]
    looks = Fault(LOOK, times=99)
    provider.faults.append(looks)

    def ask() -> None:
        until(lambda: looks.met > 1)
        write_json(context.folder / "control.json", {"request": "cancel"})

    threading.Thread(target=ask, daemon=True).start()
    with pytest.raises(LuthierError) as caught:
        run(context)
    [there] = provider.store.jobs.values()
    assert there.status == "running"
    assert caught.value.code == "hosted.goes_on"
    assert "You may not." in caught.value.what
    assert f"luthier hosted cancel {there.id}" in caught.value.remedy


@pytest.mark.parametrize("where", [UPLOAD, CREATE, LOOK, EVENTS], ids=lambda one: one[1])
def test_who_asks_to_wait_is_asked_again_no_sooner(
    provider: Provider, plan: Plan, attempt: Attempt, where: tuple[str, str]
) -> None:
    busy = Fault(where, 429, headers={"retry-after": "1.5"})
    again = Fault(where)
    provider.faults = [busy, again]
    assert run(attempt(plan))["endpoint"]["model"].startswith("ft:")
    assert again.moments[0] - busy.moments[0] >= 1.5
    assert (provider.count("uploads"), provider.count("creations")) == (2, 1)


def test_an_upload_that_is_answered_too_late_is_found_and_not_sent_again(
    provider: Provider, plan: Plan, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "UPLOAD_SECONDS", 0.2)
    provider.faults = [Fault(UPLOAD, seconds=0.5)]
    assert run(attempt(plan))["endpoint"]["model"].startswith("ft:")
    assert (provider.count("uploads"), provider.count("creations")) == (2, 1)


@pytest.mark.parametrize("where", [LOOK, EVENTS], ids=["look", "events"])
def test_an_answer_slower_than_anybody_waits_is_asked_for_again(
    provider: Provider,
    plan: Plan,
    attempt: Attempt,
    monkeypatch: pytest.MonkeyPatch,
    where: tuple[str, str],
) -> None:
    monkeypatch.setattr(worker, "open_client", partial(open_client, silence=0.3))
    slow = Fault(where, seconds=0.8, times=2)
    provider.faults = [slow]
    assert run(attempt(plan))["endpoint"]["model"].startswith("ft:")
    assert slow.met == 2
    assert provider.count("creations") == 1
