"""Words typed while Luthier works come back into the input where a question came before them."""

from __future__ import annotations

import asyncio
import io
import queue
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fakes import scenes
from fakes.full_disk import full_disk
from fakes.openai_server import OpenAIServer, Reply, does
from fakes.screen import no_servers, settled, type_text, wait_for, words
from fakes.session import Hold, says

from luthier.agent.events import ApprovalAsked, QuestionAsked, UserSpoke, WordsReturned
from luthier.agent.journal import Spoken, read_spoken
from luthier.agent.settings import make_settings, save_settings
from luthier.agent.store import list_sessions
from luthier.tools.questions import Choice, Question
from luthier.tools.workspace import Workspace
from luthier.tui import grace
from luthier.tui.app import LuthierApp
from luthier.tui.plain import chat_plainly
from luthier.tui.widgets.approval_card import ApprovalCard
from luthier.tui.widgets.composer import Composer

SIZE = Question(
    id="size", text="Which size?", choices=(Choice(id="s", label="Small"),), default="s"
)
ASKS = does(
    "ask_user", **SIZE.model_dump(mode="json", include={"id", "text", "choices", "default"})
)
NEEDS_A_YES = does("get_starter", "I get the model.")
NOTICE = "A question came before your words were heard"


async def test_they_stand_in_the_input_again_and_not_in_the_conversation(chat: Any) -> None:
    app, fake = chat(
        [Hold(), WordsReturned("use my file", ("u1",)), ApprovalAsked("a1", scenes.LAUNCH)]
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_for(pilot, lambda: app.chat.transcript.busy)
        fake.emit(UserSpoke("u1", "use my file"))
        await wait_for(pilot, lambda: "use my file" in words(app, ".user"))
        composer = app.chat.query_one(Composer)
        composer.text = "being written"
        fake.release()
        await settled(pilot, app)
        assert composer.text == "use my file\nbeing written"
        assert app.screen.focused is composer
        assert words(app, ".user") == ""
        assert words(app, ".notice").count(NOTICE) == 1
        assert fake.said == []


async def test_what_is_sent_says_which_prompt_it_answers(chat: Any) -> None:
    app, fake = chat([QuestionAsked("q1", SIZE)], says("Fine."))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "middle")
        await settled(pilot, app)
        await type_text(pilot, app, "and now?")
        await wait_for(pilot, lambda: len(fake.said) == 2)
        assert fake.seen == ["q1", ""]


async def test_a_yes_typed_ahead_of_an_approval_approves_nothing(workspace: Workspace) -> None:
    held = replace(NEEDS_A_YES, fault="hang")
    with OpenAIServer([Reply("Hello."), held]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        app = LuthierApp(workspace, find_servers=no_servers)
        async with app.run_test(size=(120, 40)) as pilot:
            await wait_for(pilot, lambda: not app.chat.unready and len(server.requests) == 1, 20)
            await settled(pilot, app)
            await type_text(pilot, app, "go")
            await wait_for(pilot, server.hanging.is_set)
            await type_text(pilot, app, "yes")
            await wait_for(pilot, lambda: "yes" in words(app, ".user"))
            server.released.set()
            await wait_for(pilot, lambda: isinstance(app.chat.prompt_card, ApprovalCard))
            await wait_for(pilot, lambda: app.chat.query_one(Composer).text == "yes")
            assert len(server.requests) == 2
            assert NOTICE in words(app, ".notice")


class Typing:
    """A terminal at which a person types: what ``say`` is given, until it closes."""

    def __init__(self) -> None:
        self._lines: queue.Queue[str | None] = queue.Queue()

    def isatty(self) -> bool:
        return True

    def __iter__(self) -> Any:
        return iter(self._lines.get, None)

    def say(self, *lines: str) -> None:
        for line in lines:
            self._lines.put(f"{line}\n")

    def close(self) -> None:
        self._lines.put(None)


async def given_back(
    workspace: Workspace, server: OpenAIServer, typing: Typing, heard: io.StringIO, words: str
) -> asyncio.Task[None]:
    """A plain chat in which ``words`` were typed while the model was busy with what it then asks."""
    save_settings(workspace, make_settings(server.base_url, "scripted"))
    chat = asyncio.create_task(chat_plainly(workspace, None, source=typing, target=heard))  # type: ignore[arg-type]
    await until(lambda: "Hello." in heard.getvalue())
    typing.say("go")
    await until(server.hanging.is_set)
    typing.say(words)
    await until(lambda: len(noted(workspace)) > 0)
    server.released.set()
    return chat


@pytest.mark.parametrize("asked", [ASKS, NEEDS_A_YES])
async def test_the_plain_chat_gives_them_back_and_says_them_on_request(
    workspace: Workspace, asked: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing, heard = Typing(), io.StringIO()
    monkeypatch.setattr(grace, "SECONDS", 0)
    script = [Reply("Hello."), replace(asked, fault="hang"), Reply("Fine.")]
    with OpenAIServer(script) as server:
        chat = await given_back(workspace, server, typing, heard, "no, my own file")
        await until(lambda: "Answer " in heard.getvalue())
        assert NOTICE in heard.getvalue()
        assert "“no, my own file”. /send says them now." in heard.getvalue()
        assert len(server.requests) == 2
        typing.say("/send")
        await until(lambda: "Fine." in heard.getvalue())
        assert "no, my own file" in str(server.last_messages[-1]).replace("said no: ", "no, ")
        typing.say("/send", "quit")
        await chat
        assert "Nothing was given back to you." in heard.getvalue()
        assert noted(workspace) == []


async def test_a_yes_that_was_given_back_is_not_sent_to_an_approval_nobody_has_seen(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``/send`` while a turn is under way is no answer to what that turn comes to ask."""
    typing, heard = Typing(), io.StringIO()
    monkeypatch.setattr(grace, "SECONDS", 0)
    script = [Reply("Hello."), replace(ASKS, fault="hang"), replace(NEEDS_A_YES, fault="hang")]
    with OpenAIServer(script) as server:
        chat = await given_back(workspace, server, typing, heard, "yes")
        await until(lambda: "“yes”. /send says them now." in heard.getvalue())
        server.hanging.clear()
        server.released.clear()
        typing.say("1", "yes", "/send")
        await until(server.hanging.is_set)
        await asyncio.sleep(0.3)
        server.released.set()
        await until(lambda: "Answer yes or no" in heard.getvalue())
        await asyncio.sleep(0.5)
        assert len(server.requests) == 3, "nobody has said yes"
        typing.close()
        await chat


async def test_in_the_plain_chat_a_yes_in_the_first_moment_of_an_approval_is_none(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing, heard = Typing(), io.StringIO()
    monkeypatch.setattr(grace, "SECONDS", 60)
    with OpenAIServer([NEEDS_A_YES]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        chat = asyncio.create_task(chat_plainly(workspace, None, source=typing, target=heard))  # type: ignore[arg-type]
        await until(lambda: "Answer yes or no" in heard.getvalue())
        typing.say("yes")
        await until(lambda: NOTICE in heard.getvalue())
        typing.close()
        await chat
        assert len(server.requests) == 1


async def until(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not ready():
            await asyncio.sleep(0.02)


def noted(workspace: Workspace) -> list[Spoken]:
    """What was said and is in no conversation yet."""
    return [said for one in list_sessions(workspace) for said in read_spoken(workspace, one.id)]


async def test_what_a_full_disk_does_not_take_stands_in_the_input_again(
    workspace: Workspace,
) -> None:
    with OpenAIServer([Reply("Hello."), ASKS, Reply("Fine.")]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        app = LuthierApp(workspace, find_servers=no_servers)
        async with app.run_test(size=(120, 40)) as pilot:
            await wait_for(pilot, lambda: not app.chat.unready and len(server.requests) == 1, 20)
            await settled(pilot, app)
            composer = app.chat.query_one(Composer)
            with full_disk():
                await type_text(pilot, app, "go on")
                await wait_for(pilot, lambda: composer.text == "go on")
            assert "could not be saved" in words(app, ".notice")
            assert words(app, ".user") == ""
            await pilot.press("enter")
            await wait_for(pilot, lambda: app.chat.prompt_card is not None)
            await settled(pilot, app)

            before = app.chat.prompt_card
            with full_disk():
                await pilot.press("1")
                await wait_for(pilot, lambda: app.chat.prompt_card not in (None, before))
                assert words(app, ".asked") == ""
            await wait_for(pilot, lambda: app.chat._grace.is_over)
            await pilot.press("1")
            await wait_for(pilot, lambda: len(server.requests) == 3)
            await settled(pilot, app)
            assert words(app, ".user") == "go on Small"


async def test_the_plain_chat_gives_back_what_a_full_disk_does_not_take(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing, heard = Typing(), io.StringIO()
    monkeypatch.setattr(grace, "SECONDS", 0)
    with OpenAIServer([Reply("Hello."), ASKS, Reply("Fine.")]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        chat = asyncio.create_task(chat_plainly(workspace, None, source=typing, target=heard))  # type: ignore[arg-type]
        await until(lambda: "Hello." in heard.getvalue())
        with full_disk():
            typing.say("go on")
            await until(lambda: "“go on”. /send tries again." in heard.getvalue())
        typing.say("/send")
        await until(lambda: "Which size?" in heard.getvalue())
        with full_disk():
            typing.say("the middle one")
            await until(lambda: "“the middle one”. /send tries again." in heard.getvalue())
            await until(lambda: heard.getvalue().count("Which size?") == 2)
        typing.say("/send")
        await until(lambda: "Fine." in heard.getvalue())
        assert "the middle one" in str(server.last_messages[-1])
        typing.say("/send", "quit")
        await chat
        assert "Nothing was given back to you." in heard.getvalue()
