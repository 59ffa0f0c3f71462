"""kill -9 of the chat at any moment loses no word, starts nothing twice, and the turn can go on."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fakes import dying_chat, streaming_chat
from fakes.driver import Driver
from fakes.openai_server import OpenAIServer, Reply

from luthier.agent.events import QuestionAsked, TextDone, ToolFinished, UserSpoke
from luthier.agent.resumption import GO_ON, LEAVE, RESUME
from luthier.agent.session import Session, open_session
from luthier.agent.store import list_sessions
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.jobs import supervisor
from luthier.tools.jobs.store import list_jobs
from luthier.tools.jobs.wait import wait_for
from luthier.tools.questions import Answer
from luthier.tools.workspace import open_workspace

EVENTS = 31
MEMORY = Path("/dev/shm")
EFFECT = ("effect:before", "effect:after", "effect:noted")
WHOLE = [
    ("luthier", "Hello."),
    ("user", "Hi!"),
    ("luthier", "Which size?"),
    ("user", "Large"),
    ("user", "Yes"),
    ("tool", "get_starter"),
    ("luthier", "Started."),
    ("user", "Thanks!"),
    ("luthier", "Bye."),
]


@pytest.fixture(autouse=True)
def fake_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "RUNNER", dying_chat.RUNNER)


@pytest.fixture(scope="module")
def homes() -> Iterator[dict[str, tuple[Path, int]]]:
    """One home per point, with the exit code of the chat that was to die there.

    They are in memory where that is possible: a killed process leaves the same files behind there.
    """
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield from _homes(Path(folder))


def _homes(folder: Path) -> Iterator[dict[str, tuple[Path, int]]]:
    points = [*(f"event:{number}" for number in range(1, EVENTS + 1)), *EFFECT]
    done = subprocess.run(
        [sys.executable, dying_chat.__file__, str(folder), *points],
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    )
    codes = dict(line.split() for line in done.stdout.splitlines())
    yield {point: (folder / point.replace(":", "-"), int(codes[point])) for point in points}
    for point in points:
        workspace = open_workspace(folder / point.replace(":", "-"))
        for job in list_jobs(workspace):
            wait_for(workspace, job.id, lambda *_: None)


def spoken(session: Session) -> list[tuple[str, str]]:
    """The conversation as it is drawn anew."""
    lines = []
    for event in session.history():
        match event:
            case UserSpoke(text=text):
                lines.append(("user", text))
            case TextDone(text=text):
                lines.append(("luthier", text))
            case ToolFinished(name=name):
                lines.append(("tool", name))
    return lines


async def reopened(home: Path) -> Session:
    workspace = open_workspace(home)
    sessions = list_sessions(workspace)
    known = sessions[0].id if sessions else None
    return await open_session(workspace, known, brain=dying_chat.PlaceKeepingModel(script=[]))


async def test_a_chat_killed_at_any_event_goes_on_and_ends_as_if_nothing_had_been(
    homes: dict[str, tuple[Path, int]],
) -> None:
    died = 0
    for number in range(1, EVENTS + 1):
        home, code = homes[f"event:{number}"]
        died += code == -signal.SIGKILL
        echoes = home / dying_chat.ECHOES
        shown = echoes.read_text().splitlines() if echoes.exists() else []
        session = await reopened(home)
        heard = [text for who, text in spoken(session) if who == "user"]
        assert heard[: len(shown)] == shown, f"event {number}: a word that was shown is lost"
        await dying_chat.drive(session)
        ended, facts = spoken(session), session.facts
        await session.close()
        assert ended == WHOLE, f"event {number}"
        assert (facts.brief.use_case, facts.brief.minutes) == ("labels", 5), f"event {number}"
        assert len(list_jobs(open_workspace(home))) == 1, f"event {number}"
    assert died == EVENTS, "the conversation has fewer events than this test believes"


async def test_what_was_cut_off_can_be_left(homes: dict[str, tuple[Path, int]]) -> None:
    home, _ = homes["effect:before"]
    copy = home.with_name("left")
    shutil.copytree(home, copy)
    session = await reopened(copy)
    async with Driver(session) as driver:
        await session.answer(RESUME, Answer(kind="choice", choice_id=LEAVE))
        await session.idle()
        assert session.pending is None
        assert spoken(session)[-1] == ("luthier", "I leave that as it is. Tell me how to go on.")
        await driver.say("Something else")
        assert driver.said.endswith("Bye.")
    assert list_jobs(open_workspace(copy)) == []


async def test_a_new_wish_takes_the_place_of_what_was_cut_off(
    homes: dict[str, tuple[Path, int]],
) -> None:
    home, _ = homes["effect:before"]
    copy = home.with_name("wish")
    shutil.copytree(home, copy)
    session = await reopened(copy)
    async with Driver(session) as driver:
        await driver.say("rather look at my file")
        assert driver.said.endswith("Bye.")
        assert spoken(session)[-2] == ("user", "rather look at my file")
    assert list_jobs(open_workspace(copy)) == []


async def test_an_effect_that_may_have_happened_is_not_risked_again(
    homes: dict[str, tuple[Path, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, _ = homes["effect:before"]
    copy = home.with_name("unknown")
    shutil.copytree(home, copy)
    tool = dataclasses.replace(TOOLS["get_starter"], repeatable=False)
    monkeypatch.setitem(TOOLS, "get_starter", tool)
    session = await reopened(copy)
    await dying_chat.drive(session)
    results = [event for event in session.history() if isinstance(event, ToolFinished)]
    await session.close()
    assert "I do not know whether this was done" in results[-1].summary
    assert list_jobs(open_workspace(copy)) == []


@pytest.mark.parametrize("point", EFFECT)
async def test_an_effect_cut_off_in_its_middle_is_had_once(
    homes: dict[str, tuple[Path, int]], point: str
) -> None:
    home, code = homes[point]
    assert code == -signal.SIGKILL
    session = await reopened(home)
    offered = session.pending
    assert isinstance(offered, QuestionAsked)
    assert offered.id == RESUME
    assert "Making the starter model ready" in offered.question.text
    await dying_chat.drive(session)
    ended = spoken(session)
    await session.close()
    assert ended == WHOLE
    assert len(list_jobs(open_workspace(home))) == 1


@pytest.mark.parametrize("pieces", [1, 4, 7])
def test_a_chat_killed_in_the_middle_of_a_models_sentence_asks_for_it_again(
    tmp_path: Path, pieces: int
) -> None:
    """Through the real client over HTTP; the greeting is the first of the pieces."""
    replies = [Reply("Hello."), Reply("One two three four five six seven.", fault="hang")]
    with OpenAIServer([*replies, Reply("Whole.")]) as server:
        home = tmp_path / "home"
        command = [sys.executable, streaming_chat.__file__, str(home), server.base_url]
        done = subprocess.run([*command, str(pieces)], timeout=120, check=False)
        assert done.returncode == -signal.SIGKILL
        if pieces == 1:
            server.next_reply({"messages": []})  # what the first life did not come to ask
        asyncio.run(_take_up(home, pieces))


async def _take_up(home: Path, pieces: int) -> None:
    workspace = open_workspace(home)
    (known,) = list_sessions(workspace)
    async with Driver(await open_session(workspace, known.id)) as driver:
        if pieces == 1:
            await driver.session.idle()
        offered = driver.session.pending
        assert isinstance(offered, QuestionAsked)
        assert offered.question.id == RESUME
        await driver.session.answer(RESUME, Answer(kind="choice", choice_id=GO_ON))
        await driver.session.idle()
        said = spoken(driver.session)
    assert said[-1] == ("luthier", "Whole.")
    assert said.count(("user", "Tell me.")) == (pieces > 1)
