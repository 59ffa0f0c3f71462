"""A disk that is full in the moment of speaking: what the user said is his again, and stays said once."""

from __future__ import annotations

import pytest
from fakes.at_work import ASKS, NEEDS_A_YES, at_work, done, last_of_the_user, returned
from fakes.driver import Driver
from fakes.full_disk import full_disk
from fakes.openai_server import OpenAIServer, Reply, does

from luthier.agent.events import (
    ApprovalAsked,
    TurnFailed,
    UserSpoke,
    WordsReturned,
)
from luthier.agent.journal import Spoken, note_spoken, read_spoken
from luthier.agent.resumption import LEAVE
from luthier.agent.session import open_session
from luthier.agent.settings import make_settings, save_settings
from luthier.tools.questions import Answer, Decision
from luthier.tools.workspace import Workspace


def heard(driver: Driver) -> list[str]:
    return [event.text for event in driver.events if isinstance(event, UserSpoke)]


def failures(driver: Driver) -> str:
    return "\n".join(event.text for event in driver.events if isinstance(event, TurnFailed))


async def test_a_message_comes_back_and_can_be_sent_once_there_is_room(
    workspace: Workspace,
) -> None:
    with OpenAIServer([Reply("Hello."), Reply("So it is.")]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace)) as driver:
            with full_disk():
                await driver.say("make it short")
            assert "database could not be used" in failures(driver)
            back = [event for event in driver.events if isinstance(event, WordsReturned)]
            assert back == [WordsReturned("make it short", unsaved=True)]
            assert heard(driver) == []
            await driver.say("make it short")
            assert heard(driver) == ["make it short"]
            assert last_of_the_user(server) == "make it short"


async def test_words_given_back_stay_drafts_where_what_is_said_instead_is_not_taken(
    workspace: Workspace,
) -> None:
    async with at_work(workspace, ASKS, Reply("Fine.")) as (driver, server):
        await driver.session.send("rather my own file", "")
        await done(driver, server)
        too_long = "rather my own file, mail.csv " * 20_000
        with full_disk(room=400_000):  # which is enough to cross out what was given back
            await driver.session.send(too_long, driver.question.id)
        await driver._settle()
        assert returned(driver) == ["rather my own file", too_long]
        session_id = driver.session.id
    with OpenAIServer([Reply("Fine.")]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace, session_id)) as driver:
            assert returned(driver) == ["rather my own file"]
            await driver.say("rather my own file, mail.csv")
            assert heard(driver) == ["rather my own file, mail.csv"]
    assert [one for one in read_spoken(workspace, session_id) if one.kind == "draft"] == []


async def test_words_for_a_prompt_not_yet_seen_come_back_and_are_said_once(
    workspace: Workspace,
) -> None:
    async with at_work(workspace, NEEDS_A_YES) as (driver, server):
        await driver.session.send("yes", "")
        await done(driver, server)
        with full_disk():
            await driver.session.send("yes", "another one")
        assert returned(driver) == ["yes", "yes"]
        assert isinstance(driver.session.pending, ApprovalAsked)


@pytest.mark.parametrize(
    ("answer", "back"),
    [
        (Answer(kind="text", text="the middle one"), ["the middle one"]),
        (Answer(kind="choice", choice_id="s"), []),
    ],
)
async def test_a_question_stays_open_and_is_asked_again(
    workspace: Workspace, answer: Answer, back: list[str]
) -> None:
    with OpenAIServer([Reply("Hello."), ASKS, Reply("Fine.")]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("go")
            asked = driver.question
            with full_disk():
                assert not await driver.session.answer(asked.id, answer)
            await driver._settle()
            assert returned(driver) == back
            assert driver.events[-1] == asked == driver.question
            assert await driver.session.answer(asked.id, answer)
            await driver.session.idle()
            assert "Fine." in driver.said


async def test_an_approval_stays_open_and_is_asked_again(workspace: Workspace) -> None:
    asks = does("get_starter", "I get the model.")
    with OpenAIServer([Reply("Hello."), asks, Reply("Then not.")]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("go")
            asked = driver.approval
            with full_disk():
                assert not await driver.session.decide(asked.id, Decision(approved=True))
                await driver.session.send("no, it is too large", asked.id)
            await driver._settle()
            assert returned(driver) == ["no, it is too large"]
            assert driver.events[-1] == asked == driver.approval
            await driver.say("no, it is too large")
            assert driver.said.endswith("Then not.")


@pytest.mark.parametrize(
    ("answer", "back"),
    [
        (Answer(kind="text", text="what is a rank?"), ["what is a rank?"]),
        (Answer(kind="choice", choice_id=LEAVE), []),
    ],
)
async def test_whether_to_go_on_after_a_crash_stays_asked(
    workspace: Workspace, answer: Answer, back: list[str]
) -> None:
    with OpenAIServer([Reply("Hello."), Reply("Good."), Reply("A number.")]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("hi")
            session_id = driver.session.id
        noted = Spoken("m1", "message", {"words": "before the crash"})
        note_spoken(workspace, session_id, noted)
        async with Driver(await open_session(workspace, session_id)) as driver:
            offered = driver.question
            with full_disk():
                assert not await driver.session.answer(offered.id, answer)
            await driver._settle()
            assert "database could not be used" in failures(driver)
            assert returned(driver) == back
            assert driver.events[-1] == driver.question == offered
            await driver.session.answer(offered.id, answer)
            await driver._settle()
            assert "before the crash" in str(driver.session.history())
