"""Everything that can go wrong between here and a provider: a right state, plain words, nothing twice."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from fakes.provider.faults import CREATE, EVENTS, LOOK, UPLOAD, Fault
from fakes.provider.server import Provider
from fakes.remote_jobs import ends_well, kill_all, kill_worker, start, until

from luthier.tools.errors import LuthierError
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.history import JobHistory
from luthier.tools.jobs.model import JobState
from luthier.tools.jobs.store import get_job
from luthier.tools.jobs.supervisor import reconcile_job, request_pause, resume
from luthier.tools.training.hosted import api, creation
from luthier.tools.training.hosted.worker import run
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace

Attempt = Callable[..., JobContext]
DAY = 24 * 3600
SOON = {"retry-after-ms": "10"}
FILES = ("", r"/v1/files$")
LIST = ("GET", r"/fine_tuning/jobs$")
CONTENT = ("GET", r"/content$")
PROCESSING = ("GET", r"/files/[^/]+$")
RESUME = ("POST", r"/resume$")


def nothing(_provider: Provider) -> None:
    """No other preparation."""


@dataclass(frozen=True)
class Case:
    """What goes wrong, and what must come of it.

    ``code`` is that of the error (empty: the training succeeds all the same), ``words`` what the user
    must be told. ``again`` says that a second attempt succeeds once the cause is gone.
    """

    name: str
    faults: tuple[Fault, ...] = ()
    prepare: Callable[[Provider], None] = nothing
    code: str = ""
    words: tuple[str, ...] = ()
    again: bool = True
    uploads: int = 2
    mended: Callable[[Provider], None] = field(default=nothing)


def set_moderation(provider: Provider) -> None:
    provider.keeper.moderation.code = "invalid_training_file"


def spoil_files(provider: Provider) -> None:
    provider.plane.file_fate = "error"


def accept_files(provider: Provider) -> None:
    provider.plane.file_fate = "processed"


def confuse(provider: Provider) -> None:
    provider.plane.confused = True


def skew(seconds: int) -> Callable[[Provider], None]:
    return lambda provider: setattr(provider, "clock_skew", seconds)


ENDED = "Fine-tuning is no longer available to your organization."
CASES = (
    Case(
        "401: the key is wrong",
        (Fault(UPLOAD, 401, "invalid_api_key", "Incorrect API key provided."),),
        code="endpoint.key_refused",
        words=("export ",),
    ),
    Case(
        "403: access has ended",
        (Fault(CREATE, 403, None, ENDED),),
        code="hosted.no_access",
        words=("any more", "Nothing was paid for", "this computer"),
    ),
    Case(
        "404: the model is gone",
        (Fault(CREATE, 404, "model_not_found", "The model does not exist."),),
        code="hosted.model_not_found",
        words=("gpt-4.1-mini",),
    ),
    Case("409 once", (Fault(CREATE, 409, headers=SOON),)),
    Case(
        "413: too large",
        (Fault(UPLOAD, 413, message="Maximum content size limit exceeded"),),
        code="endpoint.too_large",
        words=("shorter rows",),
    ),
    Case(
        "422: refused",
        (Fault(CREATE, 422, "invalid_hyperparameters", "n_epochs is too high"),),
        code="hosted.invalid_hyperparameters",
        words=("n_epochs is too high",),
    ),
    Case("429 with Retry-After at the upload", (Fault(UPLOAD, 429, headers={"retry-after": "1"}),)),
    Case("429 without Retry-After at the creation", (Fault(CREATE, 429),)),
    Case("429 while watching", (Fault(LOOK, 429, headers=SOON, times=9),)),
    Case(
        "429: no credit",
        (Fault(CREATE, 429, "insufficient_quota", "You exceeded your current quota."),),
        code="endpoint.no_credit",
        words=("credit",),
    ),
    Case("500 at the creation", (Fault(CREATE, 500, headers=SOON),)),
    Case("503 while watching", (Fault(LOOK, 503, headers=SOON, times=8),)),
    Case("503 at the events", (Fault(EVENTS, 503, headers=SOON, times=8),)),
    Case("the upload breaks off before it arrives", (Fault(UPLOAD, drop="before"),)),
    Case("the upload arrives and its answer is lost", (Fault(UPLOAD, drop="after"),)),
    Case("the creation breaks off before it arrives", (Fault(CREATE, drop="before"),)),
    Case("the job was created and the answer is lost", (Fault(CREATE, drop="after"),)),
    Case(
        "the job was created and nobody can tell",
        (Fault(CREATE, drop="after"), Fault(LIST, 500, headers=SOON, times=99)),
        code="hosted.unknown_creation",
        words=("looks for it before",),
    ),
    Case(
        "401 while watching: the key was revoked",
        (Fault(LOOK, 401, "invalid_api_key", "Incorrect API key provided.", times=99),),
        code="endpoint.key_refused",
        words=("export ",),
    ),
    Case(
        "403 at the upload",
        (Fault(UPLOAD, 403, None, "You have insufficient permissions."),),
        code="endpoint.no_access",
        words=("administrator",),
    ),
    Case(
        "404 while watching: somebody deleted the job",
        (Fault(LOOK, 404, "fine_tune_not_found", "Could not find fine tune.", times=99),),
        code="endpoint.not_found",
        words=("Could not find",),
    ),
    Case(
        "409 at each try",
        (Fault(CREATE, 409, None, "A job is being created.", headers=SOON, times=99),),
        code="hosted.unknown_creation",
        words=("A job is being created.", "looks for the job again"),
    ),
    Case(
        "429 at each try",
        (Fault(CREATE, 429, "rate_limit_exceeded", "Slow down.", headers=SOON, times=99),),
        code="endpoint.too_many_requests",
        words=("Slow down.", "nothing is lost"),
    ),
    Case(
        "503 at each try",
        (Fault(CREATE, 503, None, "Overloaded.", headers=SOON, times=99),),
        code="hosted.unknown_creation",
        words=("Overloaded.", "looks for the job again"),
    ),
    Case(
        "503 at each upload",
        (Fault(UPLOAD, 503, None, "Overloaded.", headers=SOON, times=99),),
        code="endpoint.server_error",
        words=("Overloaded.", "nothing is lost"),
    ),
    Case("slow answers", (Fault(("", r"."), seconds=0.1, times=20),)),
    Case("events twice and in any order", prepare=confuse),
    Case(
        "moderation refuses the result",
        prepare=set_moderation,
        code="hosted.invalid_training_file",
        words=("usage policy", "leave them out"),
        again=False,
    ),
    Case(
        "a file cannot be processed",
        prepare=spoil_files,
        code="hosted.file_error",
        words=("could not be parsed at line 3", "sent anew"),
        uploads=3,
        mended=accept_files,
    ),
    Case("the provider's clock is a day ahead", prepare=skew(DAY)),
    Case("the provider's clock is a day behind", prepare=skew(-DAY)),
    Case("the table of results cannot be fetched", (Fault(CONTENT, 500, headers=SOON, times=99),)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_ends_in_a_right_state_with_nothing_done_twice(
    provider: Provider, plan: Plan, attempt: Attempt, case: Case
) -> None:
    provider.faults = [replace(fault) for fault in case.faults]
    case.prepare(provider)
    context = attempt(plan)
    if not case.code:
        result = run(context)
    else:
        with pytest.raises(LuthierError) as caught:
            run(context)
        error = caught.value
        assert error.code == case.code
        assert error.remedy
        text = error.as_text()
        assert not [words for words in case.words if words not in text], text
        assert provider.key not in text
        assert "Error code" not in text
        if not case.again:
            with pytest.raises(LuthierError, match=error.what[:20]):
                run(attempt(plan))
            assert provider.count("creations") == 1
            return
        provider.faults = []
        case.mended(provider)
        result = run(attempt(plan))
    assert result["endpoint"]["model"].startswith("ft:")
    assert provider.count("creations") == 1
    assert provider.count("uploads") == case.uploads
    assert [job.status for job in provider.store.jobs.values()] == ["succeeded"]
    _plot_is_whole(context)


def _plot_is_whole(context: JobContext) -> None:
    """Every step once, in order, at a time that is ours."""
    events = EventReader(context.folder).read_new()
    metrics = JobHistory().add(events).metrics
    assert [event.step for event in metrics] == [1, 2, 3]
    assert all(event.loss for event in metrics)
    assert all(abs(event.at - time.time()) < 600 for event in metrics)


def test_a_creation_that_is_answered_too_late_makes_no_second_job(
    provider: Provider, plan: Plan, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client has given up when the provider gets to it."""
    monkeypatch.setattr(api, "CREATE_SECONDS", 0.2)
    monkeypatch.setattr(creation, "LOOKS", (0.5, 0.5, 0.5))
    provider.faults = [Fault(CREATE, seconds=0.6)]
    assert run(attempt(plan))["endpoint"]["model"].startswith("ft:")
    assert provider.count("creations") == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (429, ""),
        (401, "endpoint.key_refused"),
        (403, "hosted.no_access"),
        (422, "hosted.refused"),
    ],
)
def test_a_refusal_says_nothing_of_the_call_before(
    provider: Provider,
    plan: Plan,
    attempt: Attempt,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    code: str,
) -> None:
    """The first call is cut off and still under way when the second one is refused."""
    monkeypatch.setattr(api, "CREATE_SECONDS", 0.2)
    monkeypatch.setattr(creation, "LOOKS", (0.2, 0.2, 0.2))
    late, refused = Fault(CREATE, hold="before"), Fault(CREATE, status, headers=SOON)
    provider.faults = [late, refused]

    def carry_out_late() -> None:
        until(lambda: refused.met == 1)
        late.gate.set()

    provider_side = threading.Thread(target=carry_out_late, daemon=True)
    provider_side.start()
    if code:
        with pytest.raises(LuthierError) as caught:
            run(attempt(plan))
        assert caught.value.code == code
        assert "a job may have come of it" in caught.value.remedy
        assert "Nothing was paid for" not in caught.value.remedy
        until(lambda: provider.count("creations") == 1)
    assert run(attempt(plan))["endpoint"]["model"].startswith("ft:")
    provider_side.join()
    assert refused.met == 1
    assert provider.count("creations") == 1


def test_a_job_that_moderation_refuses_after_an_hour_has_failed_for_good(
    provider: Provider, plan: Plan, attempt: Attempt
) -> None:
    provider.keeper.holds = {"running"}
    context = attempt(plan)

    def an_hour_later() -> None:
        until(lambda: any(one.status == "running" for one in provider.store.jobs.values()))
        provider.clock_skew = 3600
        set_moderation(provider)
        provider.keeper.holds = set()

    clock = threading.Thread(target=an_hour_later, daemon=True)
    clock.start()
    with pytest.raises(LuthierError, match="usage policy"):
        run(context)
    clock.join()
    [there] = provider.store.jobs.values()
    assert (there.finished_at or 0) - there.created_at >= 3600
    assert provider.count("creations") == 1
    assert EventReader(context.folder).read_new(), "what was measured until then is kept"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(UPLOAD, hold="before"),
        Fault(UPLOAD, hold="after"),
        Fault(PROCESSING, hold="before"),
        Fault(CREATE, hold="before"),
        Fault(CREATE, hold="after"),
        Fault(CONTENT, hold="before"),
    ],
    ids=["sending", "sent", "processing", "creating", "created", "collecting"],
)
def test_killed_in_the_midst_of_a_call(
    workspace: Workspace, provider: Provider, plan: Plan, fault: Fault
) -> None:
    fault = Fault(fault.where, hold=fault.hold)
    provider.faults = [fault]
    job = start(workspace, plan)
    assert fault.reached.wait(60)
    kill_worker(workspace, job)
    fault.gate.set()
    ends_well(workspace, provider, job)


@pytest.mark.parametrize("status", ["validating_files", "queued", "running"])
def test_killed_while_the_provider_works(
    workspace: Workspace, provider: Provider, plan: Plan, status: str
) -> None:
    provider.keeper.holds = {status}
    job = start(workspace, plan)
    until(lambda: any(one.status == status for one in provider.store.jobs.values()))
    until(lambda: provider.requests["GET", "/v1/fine_tuning/jobs/ftjob-0001"] > 1)
    kill_worker(workspace, job)
    provider.keeper.holds = set()
    ends_well(workspace, provider, job)


def test_killed_while_it_is_paused_and_in_the_midst_of_going_on(
    workspace: Workspace, provider: Provider, plan: Plan
) -> None:
    """The provider has heard that it shall go on, and the worker died before it knew."""
    provider.keeper.holds = {"running"}
    job = start(workspace, plan)
    until(lambda: any(one.status == "running" for one in provider.store.jobs.values()))
    request_pause(workspace, job.id)
    until(lambda: get_job(workspace, job.id).status.state is JobState.PAUSED)
    fault = Fault(RESUME, hold="after")
    provider.faults = [fault]
    provider.keeper.holds = set()
    resume(workspace, job.id)
    assert fault.reached.wait(60)
    kill_worker(workspace, job)
    fault.gate.set()
    ends_well(workspace, provider, job)
    said = JobHistory().add(EventReader(get_job(workspace, job.id).folder).read_new()).notices
    assert not [notice.text for notice in said if notice.tone == "bad"]


def test_a_machine_that_slept_for_a_day_takes_in_all_it_missed(
    workspace: Workspace, provider: Provider, plan: Plan
) -> None:
    """All processes stop, a day goes by at the provider, and the training ends there meanwhile."""
    provider.keeper.holds = {"running"}
    job = start(workspace, plan)
    until(lambda: any(one.status == "running" for one in provider.store.jobs.values()))
    status = get_job(workspace, job.id).status
    processes = (status.supervisor_pid, status.worker_pid)
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    provider.keeper.holds = set()
    provider.clock_skew = DAY
    [there] = provider.store.jobs.values()
    while not there.ended:
        provider.keeper.advance(there)
    for pid in processes:
        os.kill(pid, signal.SIGCONT)
    ends_well(workspace, provider, job)
    events = EventReader(get_job(workspace, job.id).folder).read_new()
    assert [event.step for event in JobHistory().add(events).metrics] == [1, 2, 3]


def test_a_computer_that_was_switched_off_finds_its_job_again(
    workspace: Workspace, provider: Provider, plan: Plan
) -> None:
    """Runner and worker are gone; opening Luthier again and saying resume goes on with the one job."""
    provider.keeper.holds = {"queued"}
    job = start(workspace, plan)
    until(lambda: any(one.status == "queued" for one in provider.store.jobs.values()))
    kill_all(workspace, job)
    assert reconcile_job(workspace, get_job(workspace, job.id)).status.state is JobState.LOST
    provider.keeper.holds = set()
    resume(workspace, job.id)
    ends_well(workspace, provider, job)
