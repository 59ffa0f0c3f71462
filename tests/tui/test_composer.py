from __future__ import annotations

from typing import Any

from fakes.screen import settled, type_text, wait_for, words
from fakes.session import says
from textual import events

from luthier.tui.widgets.composer import Composer


async def test_lines_history_and_draft(chat: Any) -> None:
    app, fake = chat(says("Hello"))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        composer = app.screen.query_one(Composer)
        await pilot.press("a", "ctrl+j", "b", "enter")
        await wait_for(pilot, lambda: fake.said == ["a\nb"])
        await type_text(pilot, app, "second")
        await pilot.press(*"dr", "up")
        assert composer.text == "second"
        await pilot.press("up")
        assert composer.text == "a\nb"
        await pilot.press("down", "down")
        assert composer.text == "dr"


async def test_the_history_of_an_opened_session_can_be_recalled(chat: Any) -> None:
    from luthier.agent.events import UserSpoke

    app, _ = chat(past=[UserSpoke("u", "said before")])
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press("up")
        assert app.screen.query_one(Composer).text == "said before"


async def test_keys_that_arrive_in_one_burst_are_taken_in_order(chat: Any) -> None:
    app, fake = chat(says("Hello"))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        for key in (*"now", "enter", *"later"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await wait_for(pilot, lambda: fake.said == ["now"])
        await wait_for(pilot, lambda: app.screen.query_one(Composer).text == "later")


async def test_an_empty_text_is_not_sent(chat: Any) -> None:
    app, fake = chat(says("Hello"))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "  \n ")
        assert fake.said == []


async def test_a_dragged_file_arrives_as_one_line(chat: Any) -> None:
    app, fake = chat(says("Hello"))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        composer = app.screen.query_one(Composer)
        composer.post_message(events.Paste("'/data/my rows.csv'\n"))
        await wait_for(pilot, lambda: composer.text == "'/data/my rows.csv'")
        await pilot.press("enter")
        await wait_for(pilot, lambda: fake.said == ["'/data/my rows.csv'"])


async def test_commands_are_hinted_at_and_completed(chat: Any) -> None:
    app, _ = chat(says("Hello"))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press(*"/se")
        await wait_for(pilot, lambda: "/sessions" in words(app, "#command-hints"))
        await pilot.press("tab", "enter")
        await wait_for(pilot, lambda: app.screen is not app.chat)


async def test_an_unknown_command_is_answered_and_a_path_is_not_a_command(chat: Any) -> None:
    app, fake = chat(says("Hello"))
    async with app.run_test(notifications=True) as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "/sesions")
        await wait_for(pilot, lambda: "Did you mean /sessions" in words(app, "Toast"))
        await type_text(pilot, app, "/tmp/rows.csv")
        await wait_for(pilot, lambda: fake.said == ["/tmp/rows.csv"])


async def test_a_command_may_be_a_text_to_the_guide(chat: Any) -> None:
    app, fake = chat(says("Hello"))
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "/plan")
        await wait_for(pilot, lambda: fake.said == ["show me the plan"])
