from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from fakes import scenes
from fakes.job_folder import place_job, report, set_state, training_events
from fakes.screen import settled, wait_for, words
from fakes.session import says

from luthier.tools.errors import LuthierError
from luthier.tools.jobs import supervisor
from luthier.tools.jobs.model import Job, JobState, NoticeEvent
from luthier.tools.workspace import Workspace
from luthier.tui.widgets.job_card import JobCard


async def test_a_running_job_is_followed_and_its_end_told_to_the_session(
    chat: Any, workspace: Workspace
) -> None:
    job = place_job(workspace, training_events(50))
    app, fake = chat(scenes.launches(job.id), says("It is done."))
    async with app.run_test(size=(140, 40)) as pilot:
        await settled(pilot, app)
        await wait_for(pilot, lambda: "your data seen 1.4 of 3 times" in words(app, ".job-facts"))
        assert "about 3 min 50 s left" in words(app, ".job-facts")
        assert "running · step 50 of 108" in words(app, ".job-head")
        assert app.screen.query("Curves")
        report(Path(job.folder), [NoticeEvent(at=1, tone="warning", text="Loss rose for a while.")])
        await wait_for(pilot, lambda: "! Loss rose for a while." in words(app, ".job-notices"))
        assert fake.said == []
        set_state(Path(job.folder), JobState.SUCCEEDED)
        await wait_for(pilot, lambda: fake.said == [("job", job.id)])
        await settled(pilot, app)
        assert "finished" in words(app, ".job-head")
        assert "It is done." in words(app, "MarkdownParagraph")


async def test_what_to_do_about_a_long_notice_can_be_read_on_a_small_terminal(
    chat: Any, workspace: Workspace
) -> None:
    job = place_job(workspace, training_events(50))
    app, _fake = chat(scenes.launches(job.id))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, app)
        text = f"So far it is no better than few-shot. {'x ' * 55}Cancel it if that is too long."
        report(Path(job.folder), [NoticeEvent(at=1, tone="warning", text=text)])
        await wait_for(pilot, lambda: "Cancel it" in words(app, ".job-notices"))
        notices = app.screen.query_one(".job-notices")
        await wait_for(pilot, lambda: notices.size.height == 3)


async def test_a_failure_is_shown_in_plain_words(chat: Any, workspace: Workspace) -> None:
    job = place_job(workspace, training_events(5))
    app, fake = chat(scenes.launches(job.id))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, app)
        error = LuthierError("The loss is not a number.", remedy="Halve the learning rate.")
        set_state(Path(job.folder), JobState.FAILED, error)
        await wait_for(pilot, lambda: "Halve the learning rate." in words(app, ".job-notices"))
        await wait_for(pilot, lambda: fake.said == [("job", job.id)])


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (LuthierError("The database could not be used.", code="d"), "The database could not be"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
    ],
)
async def test_what_is_in_the_way_is_told_once_and_jobs_are_followed_again_after_it(
    chat: Any,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception,
    said: str,
) -> None:
    job = place_job(workspace, training_events(5))
    app, fake = chat(scenes.launches(job.id))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, app)
        refused: list[str] = []

        def refuse(_workspace: Workspace, job: Job) -> Job:
            refused.append(job.id)
            raise trouble

        with monkeypatch.context() as patch:
            patch.setattr("luthier.tui.job_feed.reconcile_job", refuse)
            await wait_for(pilot, lambda: len(refused) > 2)
        set_state(Path(job.folder), JobState.SUCCEEDED)
        await wait_for(pilot, lambda: fake.said == [("job", job.id)])
        assert words(app, ".notice").count(said) == 1


async def test_a_job_that_ended_before_the_session_was_opened_is_left_to_the_session(
    chat: Any, workspace: Workspace
) -> None:
    job = place_job(workspace, training_events(5), state=JobState.SUCCEEDED)
    app, fake = chat(scenes.launches(job.id))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await wait_for(pilot, lambda: "finished" in words(app, ".job-head"))
        assert fake.said == []


async def test_a_job_launched_without_a_card_is_found_too(chat: Any, workspace: Workspace) -> None:
    app, fake = chat(says("Hello"))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        job = place_job(workspace, kind="baseline", title="Measuring the base model")
        await app.watch_jobs.step(discover=True)
        set_state(Path(job.folder), JobState.SUCCEEDED)
        await wait_for(pilot, lambda: fake.said == [("job", job.id)])


async def test_pause_is_at_once_and_cancel_asks_first(
    chat: Any, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = place_job(workspace, training_events(5))
    wishes: list[tuple[str, str]] = []
    for name in ("request_pause", "request_cancel", "resume"):
        monkeypatch.setattr(
            supervisor, name, lambda _workspace, job_id, name=name: wishes.append((name, job_id))
        )
    app, _ = chat(scenes.launches(job.id))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, app)
        await wait_for(pilot, lambda: app.screen.query_one("#pause").display)
        app.screen.query_one(JobCard).focus()
        await pilot.press("p")
        await wait_for(pilot, lambda: wishes == [("request_pause", job.id)])
        await pilot.press("c")
        await wait_for(pilot, lambda: app.screen is not app.chat)
        await pilot.press("enter")
        assert len(wishes) == 1
        await pilot.press("c")
        await wait_for(pilot, lambda: app.screen is not app.chat)
        await pilot.press("y")
        await wait_for(pilot, lambda: wishes[1:] == [("request_cancel", job.id)])


async def test_a_wish_that_comes_too_late_is_explained(
    chat: Any, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any) -> None:
        raise LuthierError("The job has already ended.")

    job = place_job(workspace)
    monkeypatch.setattr(supervisor, "request_pause", fail)
    app, _ = chat(scenes.launches(job.id))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, app)
        await wait_for(pilot, lambda: app.screen.query_one("#pause").display)
        await pilot.click("#pause")
        await wait_for(pilot, lambda: "already ended" in words(app, ".notice"))


async def test_a_failed_job_is_resumed_by_the_brain_which_noted_its_end(
    chat: Any, workspace: Workspace
) -> None:
    job = place_job(workspace, state=JobState.FAILED)
    app, fake = chat(scenes.launches(job.id))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, app)
        await wait_for(pilot, lambda: app.screen.query_one("#resume").display)
        await pilot.click("#resume")
        await wait_for(pilot, lambda: fake.said == ["resume the job"])


async def test_the_jobs_screen_lists_all_jobs_with_a_card(
    chat: Any, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[str] = []
    monkeypatch.setattr(supervisor, "request_pause", lambda _home, job_id: paused.append(job_id))
    place_job(workspace, training_events(20))
    place_job(workspace, job_id="job-0", title="Measuring", kind="baseline", session_id="other")
    app, _ = chat(says("Hello"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, app)
        await pilot.press("f4")
        await wait_for(pilot, lambda: "Training on tickets.csv" in words(app, ".job-head"))
        assert "Measuring" in words(app, "DataTable")
        await pilot.press("p")
        await wait_for(pilot, lambda: paused == ["job-1"])
        await pilot.press("down")
        await wait_for(pilot, lambda: "Measuring" in words(app, ".job-head"))


async def test_leaving_names_the_jobs_that_go_on(
    chat: Any, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    job = place_job(workspace, training_events(5))
    app, _ = chat(scenes.launches(job.id))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await wait_for(pilot, lambda: "running" in words(app, ".job-head"))
        await pilot.press("ctrl+q")
    assert "Going on without the chat: “Training on tickets.csv”." in capsys.readouterr().err
