from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fakes import scenes
from fakes.screen import settled, type_text, wait_for, words
from fakes.session import Hold, says
from textual.geometry import Offset
from textual.widgets import Markdown, Static

from luthier.agent.events import (
    ApprovalAsked,
    QuestionAsked,
    TextDelta,
    TextDone,
    ToolStarted,
    UserSpoke,
)
from luthier.tools.errors import LuthierError
from luthier.tui.widgets import conversation
from luthier.tui.widgets.assistant_message import AssistantMessage
from luthier.tui.widgets.choice_list import ChoiceList
from luthier.tui.widgets.composer import Composer
from luthier.tui.widgets.conversation import Conversation
from luthier.tui.widgets.journey_panel import JourneyPanel


async def test_an_answer_is_streamed_and_then_complete(chat: Any) -> None:
    app, fake = chat(
        [TextDelta("m", "Hello "), Hold(), TextDelta("m", "you"), TextDone("m", "Hello you")]
    )
    async with app.run_test() as pilot:
        await wait_for(pilot, lambda: app.screen.query(Markdown))
        assert "you" not in words(app, ".assistant")
        fake.release()
        await settled(pilot, app)
        assert "Hello you" in words(app, "MarkdownParagraph")


async def test_what_the_user_says_reaches_the_session(chat: Any) -> None:
    app, fake = chat(says("Hello"), says("Well", "m2"))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "what is LoRA?")
        await wait_for(pilot, lambda: fake.said == ["what is LoRA?"])
        await settled(pilot, app)
        assert "what is LoRA?" in words(app, ".user")
        assert app.screen.query_one(Composer).text == ""


async def test_words_typed_before_the_session_is_open_stay_and_answer_nothing(chat: Any) -> None:
    app, fake = chat([ApprovalAsked("a1", scenes.LAUNCH)], says("Good."))
    open_door, opened = app.door.open, asyncio.Event()

    async def slowly(session_id: str | None) -> Any:
        await opened.wait()
        return await open_door(session_id)

    app.door.open = slowly
    async with app.run_test() as pilot:
        composer = app.screen.query_one(Composer)
        await wait_for(pilot, lambda: app.chat.unready)
        composer.focus()
        await pilot.press(*"yes", "enter")
        opened.set()
        await settled(pilot, app)
        assert composer.text == "yes"
        assert fake.said == []
        await pilot.press("enter")
        await wait_for(pilot, lambda: fake.said == ["yes"])


async def test_words_stay_where_no_session_could_be_opened_and_what_to_do_is_said(
    chat: Any,
) -> None:
    app, fake = chat(says("Hello"), says("Well", "m2"))
    open_door = app.door.open

    async def in_vain(_session_id: str | None) -> Any:
        raise LuthierError("The disk is full.")

    app.door.open = in_vain
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await wait_for(pilot, lambda: "The disk is full." in words(app, ".notice"))
        composer = app.screen.query_one(Composer)
        await type_text(pilot, app, "my words")
        await wait_for(pilot, lambda: "no session: F3 opens one" in words(app, "Toast"))
        assert "opening" not in words(app, "Toast")
        assert composer.text == "my words"
        app.say("more words")
        assert composer.text == "my words"

        app.door.open = open_door
        app.open_session(None)
        await settled(pilot, app)
        assert fake.said == []
        await pilot.press("enter")
        await wait_for(pilot, lambda: fake.said == ["my words"])


async def test_the_composer_stays_usable_while_the_brain_works(chat: Any) -> None:
    app, fake = chat([ToolStarted("c", "train", "Training", {}), Hold()])
    async with app.run_test() as pilot:
        await wait_for(pilot, lambda: app.chat.transcript.busy)
        await pilot.press(*"hey")
        assert app.screen.query_one(Composer).text == "hey"
        assert "Training" in words(app, "#session-status")
        fake.release()
        await settled(pilot, app)
        assert "ready" in words(app, "#session-status")


async def test_escape_interrupts_and_keeps_what_was_said(chat: Any) -> None:
    app, fake = chat([TextDelta("m", "Half a sentence"), Hold()])
    async with app.run_test() as pilot:
        await wait_for(pilot, lambda: app.screen.query(Markdown))
        await pilot.press("escape")
        await settled(pilot, app)
        assert fake.said == ["cancel"]
        assert "Half a sentence" in words(app, "MarkdownParagraph")
        assert "Stopped" in words(app, ".notice")


async def test_text_from_files_and_models_is_never_markup(chat: Any) -> None:
    hostile = "[/b] [red]x[/red] \x1b[31m[link=file:///etc]y[/link]"
    app, _ = chat([UserSpoke("u", hostile), ToolStarted("c", "t", hostile, {}), *says("[/x] fine")])
    async with app.run_test(notifications=True, size=(120, 30)) as pilot:
        await settled(pilot, app)
        assert "[/b] [red]x[/red]" in words(app, ".user")
        assert "\x1b" not in words(app, ".tool-head")
        assert "[/x] fine" in words(app, "MarkdownParagraph")


async def test_a_long_history_shows_its_end_and_more_on_demand(chat: Any) -> None:
    past = [UserSpoke(f"u{n}", f"word {n}") for n in range(75)]
    app, _ = chat(past=past)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await wait_for(pilot, lambda: len(app.screen.query(".user")) == 30)
        await pilot.click("#load-more") if app.screen.query_one(
            Conversation
        ).scroll_y == 0 else None
        await app.screen.query_one(Conversation).load_more()
        assert len(app.screen.query(".user")) == 50
        await app.screen.query_one(Conversation).load_more()
        await app.screen.query_one(Conversation).load_more()
        shown = [str(widget.render()) for widget in app.screen.query(".user")]
        assert shown == [f"word {n}" for n in range(75)]
        assert not app.screen.query("#load-more")


async def test_a_long_run_keeps_the_number_of_widgets_bounded(
    chat: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"LARGEST": 12, "MORE": 4, "RICH_MESSAGES": 3}.items():
        monkeypatch.setattr(conversation, name, value)
    app, _ = chat([step for n in range(30) for step in says(f"message {n}", f"m{n}")])
    async with app.run_test() as pilot:
        await wait_for(pilot, lambda: len(app.chat.transcript.entries) == 30, 40)
        await settled(pilot, app)
        await wait_for(pilot, lambda: "message 29" in words(app, "MarkdownParagraph"))
        assert len(app.screen.query(AssistantMessage)) <= 12
        assert len(app.screen.query(Markdown)) <= 5
        assert app.screen.query("#load-more")


async def test_the_journey_is_shown_where_there_is_room_and_on_demand(chat: Any) -> None:
    app, _ = chat([scenes.FACTS])
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, app)
        panel = app.screen.query_one(JourneyPanel)
        assert "360 rows" in words(app, "#journey Plain")
        await pilot.press("f2")
        await wait_for(pilot, lambda: not panel.display or panel.size.width == 0)
        await pilot.resize_terminal(80, 24)
        await wait_for(pilot, lambda: app.screen.has_class("-narrow"))
        await pilot.press("f2")
        await wait_for(pilot, lambda: panel.size.width > 70)
        await pilot.press("escape")
        await wait_for(pilot, lambda: panel.size.width == 0)
        await pilot.press("h", "i")
        assert app.screen.query_one(Composer).text == "hi"


async def test_a_mouse_press_on_a_message_that_is_being_replaced_does_no_harm(
    chat: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, fake = chat([TextDelta("m", "one\n\ntwo"), Hold(), TextDone("m", "# other")])
    async with app.run_test() as pilot:
        await wait_for(pilot, lambda: app.screen.query("MarkdownParagraph"))
        block = app.screen.query("MarkdownParagraph").first()
        x, y = block.region.offset
        assert app.screen.get_widget_and_offset_at(x, y)[0] is block
        gone = Static("a block that streaming has replaced")
        monkeypatch.setattr(
            app.screen._compositor, "get_widget_and_offset_at", lambda _x, _y: (gone, Offset(0, 0))
        )
        await pilot.mouse_down("#conversation")
        await pilot.hover("#composer")
        await pilot.mouse_up("#conversation")
        fake.release()
        await settled(pilot, app)


async def test_page_keys_scroll_the_conversation_wherever_the_focus_is(chat: Any) -> None:
    long = [TextDone(f"m{n}", "line\n\n" * 10) for n in range(6)]
    app, _ = chat(past=[*long, QuestionAsked("q", scenes.START)])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, app)
        shown = app.screen.query_one(Conversation)
        await wait_for(pilot, lambda: shown.scroll_y == shown.max_scroll_y > 0)
        bottom = shown.scroll_y
        for place in (ChoiceList, Composer):
            app.screen.query_one(place).focus()
            await pilot.press("pageup")
            await wait_for(pilot, lambda: shown.scroll_y < bottom)
            await pilot.press("pagedown", "pagedown")
            await wait_for(pilot, lambda: shown.scroll_y == bottom)
