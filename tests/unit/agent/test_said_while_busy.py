"""Words said while Luthier works: heard next, or given back where a question came before them."""

from __future__ import annotations

import pytest
from fakes.at_work import ASKS, NEEDS_A_YES, at_work, done, last_of_the_user, returned
from fakes.driver import Driver
from fakes.openai_server import OpenAIServer, Reply

from luthier.agent.events import QuestionAsked, ToolFinished, UserSpoke, WordsReturned
from luthier.agent.session import open_session
from luthier.agent.settings import make_settings, save_settings
from luthier.tools.questions import Answer
from luthier.tools.workspace import Workspace


async def test_they_are_answered_next_where_no_question_came(workspace: Workspace) -> None:
    async with at_work(workspace, Reply("Done."), Reply("So it is.")) as (driver, server):
        await driver.session.send("and make it short", "")
        await done(driver, server)
        assert last_of_the_user(server) == "and make it short"
        assert driver.said == "Hello.\nDone.\nSo it is."
        assert returned(driver) == []


@pytest.mark.parametrize("asked", [ASKS, NEEDS_A_YES])
async def test_a_question_or_approval_that_came_first_is_not_answered_by_them(
    workspace: Workspace, asked: Reply
) -> None:
    async with at_work(workspace, asked) as (driver, server):
        await driver.session.send("yes", "")
        await driver.session.send("and go on", "")
        await done(driver, server)
        assert driver.session.pending is not None
        assert returned(driver) == ["yes\nand go on"]
        gone = next(event for event in driver.events if isinstance(event, WordsReturned))
        shown = [event.message_id for event in driver.events if isinstance(event, UserSpoke)]
        assert list(gone.message_ids) == shown[1:]
        assert not [event for event in driver.events if isinstance(event, ToolFinished)]
        assert len(server.requests) == 2


async def test_they_are_told_before_the_question_is_shown(workspace: Workspace) -> None:
    async with at_work(workspace, ASKS) as (driver, server):
        await driver.session.send("yes", "")
        await done(driver, server)
        kinds = [type(event) for event in driver.events]
        assert kinds.index(WordsReturned) < kinds.index(QuestionAsked)


async def test_they_answer_no_prompt_that_stood_not_before_the_eyes(workspace: Workspace) -> None:
    async with at_work(workspace, NEEDS_A_YES) as (driver, server):
        await done(driver, server)
        await driver.session.send("yes", seen="")
        await driver.session.send("yes", seen="an earlier one")
        await done(driver, server)
        assert driver.approval.approval.tool == "get_starter"
        assert returned(driver) == ["yes", "yes"]


async def test_a_crash_loses_them_no_more_than_others(workspace: Workspace) -> None:
    async with at_work(workspace, ASKS) as (driver, server):
        await driver.session.send("rather my own file", "")
        await done(driver, server)
        session_id = driver.session.id
    for _time in range(2):  # looking alone does not use them up
        async with Driver(await open_session(workspace, session_id)) as driver:
            assert returned(driver) == ["rather my own file"]
            assert driver.question.question.id == "size"
            assert "rather my own file" not in str(driver.session.history())
    with OpenAIServer([Reply("Fine.")]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace, session_id)) as driver:
            await driver.session.send("rather my own file", driver.question.id)
            await driver.session.idle()
            assert "rather my own file" in server.last_messages[-1]["content"]
    async with Driver(await open_session(workspace, session_id)) as driver:
        assert returned(driver) == []


async def test_a_choice_leaves_them_where_they_are(workspace: Workspace) -> None:
    async with at_work(workspace, ASKS, Reply("Small it is.")) as (driver, server):
        await driver.session.send("and my file is mail.csv", "")
        await done(driver, server)
        await driver.session.answer(driver.question.id, Answer(kind="choice", choice_id="s"))
        await driver.session.idle()
        session_id = driver.session.id
    async with Driver(await open_session(workspace, session_id)) as driver:
        assert driver.session.pending is None
        assert returned(driver) == ["and my file is mail.csv"]
