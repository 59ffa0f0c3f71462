"""What is folded on the screen: thoughts, tool calls; and the screens and commands around a model."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from fakes import scenes
from fakes.screen import make_app, settled, type_text, wait_for, words
from fakes.session import Hold, says
from textual.widgets import DataTable, Input

from luthier.agent.brains.discover import LocalServer
from luthier.agent.budget import Budget
from luthier.agent.events import (
    BrainNoted,
    BudgetSet,
    ModelWaits,
    ReasoningDelta,
    TextDone,
    TokensUsed,
    ToolFinished,
    ToolStarted,
)
from luthier.agent.settings import make_settings
from luthier.tools.consent import allow, list_allowed
from luthier.tools.questions import Lasting
from luthier.tools.workspace import Workspace
from luthier.tui.preferences import load_preferences
from luthier.tui.screens.agree import AgreeScreen, price_words, what_goes_there
from luthier.tui.screens.allowed import AllowedScreen
from luthier.tui.screens.brain import BrainScreen
from luthier.tui.widgets.assistant_message import AssistantMessage
from luthier.tui.widgets.conversation import Conversation
from luthier.tui.widgets.fold import Fold

CALL = [
    ReasoningDelta("m1", "They want "),
    ReasoningDelta("m1", "a file [sic]."),
    TextDone("m1", "Let me look."),
    ToolStarted("c1", "inspect_data", "Looking at your data", {"path": "/data/[b]mail.csv"}),
    ToolFinished("c1", "inspect_data", True, "360 rows, 2 columns"),
]


async def test_thoughts_and_calls_are_folded_until_they_are_wanted(chat: Any) -> None:
    app, _fake = chat(CALL)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot, app)
        shown = words(app, ".fold")
        assert "thought first: 5 words" in shown
        assert "Looking at your data" in shown
        assert "[sic]" not in shown
        assert "mail.csv" not in shown

        app.screen.query_one(".tool-head", Fold).focus()
        await pilot.press("enter")
        opened = words(app, ".fold")
        assert "path: /data/[b]mail.csv" in opened
        assert "360 rows, 2 columns" in opened
        assert "[sic]" not in opened

        await pilot.press("ctrl+o")
        assert "They want a file [sic]." in words(app, ".thoughts")
        await pilot.press("ctrl+o")
        assert "360 rows" not in words(app, ".fold")


async def test_a_resumed_conversation_shows_the_same(chat: Any) -> None:
    app, _fake = chat(past=CALL)
    async with app.run_test(size=(100, 40)) as pilot:
        await wait_for(pilot, lambda: app.screen.query(".tool-head"))
        await type_text(pilot, app, "/details")
        await wait_for(pilot, lambda: "[sic]" in words(app, ".thoughts"))
        assert "360 rows, 2 columns" in words(app, ".tool-head")


async def test_the_status_counts_tokens_and_money_against_the_budget(chat: Any) -> None:
    app, fake = chat([TokensUsed("m1", 1000, 200, 0.05), *says("Hello")])
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot, app)
        assert "ready · 1,200 tokens, $0.05" in words(app, "#session-status")
        await type_text(pilot, app, "/budget 50k tokens and $2")
        await wait_for(pilot, lambda: fake.said == [Budget(tokens=50_000, dollars=2)])
        fake.emit(BudgetSet(50_000, 2.0))
        expected = "1,200 of 50,000 tokens, $0.05 of $2.00"
        await wait_for(pilot, lambda: expected in words(app, "#session-status"))
        assert expected in words(app, ".notice")
        await type_text(pilot, app, "/budget a lot")
        await wait_for(pilot, lambda: "cannot read a budget" in words(app, ".notice"))


async def test_the_status_says_what_a_model_waits_for(chat: Any) -> None:
    app, fake = chat([ModelWaits(8, 8), Hold(), ModelWaits(7, 8), ModelWaits(0, 8), Hold()])
    async with app.run_test(size=(140, 30)) as pilot:
        expected = "The service is busy; trying again in 8 s"
        await wait_for(pilot, lambda: expected in words(app, "#session-status"))
        fake.release()
        await wait_for(pilot, lambda: "thinking" in words(app, "#session-status"))
        fake.emit(ModelWaits(3, 3, busy=False))
        expected = "The service does not answer; trying again in 3 s"
        await wait_for(pilot, lambda: expected in words(app, "#session-status"))
        fake.release()
        await settled(pilot, app)
        assert "trying again" not in words(app, "#session-status")


async def test_a_word_on_the_brain_is_told_in_a_line_of_its_own(chat: Any) -> None:
    app, _fake = chat([BrainNoted("Too long for tiny."), *says("Hello")])
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot, app)
        assert "Too long for tiny." in words(app, ".notice")


async def test_a_yes_that_lasts_is_shown_and_taken_back(chat: Any, workspace: Workspace) -> None:
    app, fake = chat(says("Hello"))
    allow(workspace, fake.id, Lasting(key="a", words="starting trainings"))
    allow(workspace, fake.id, Lasting(key="b", words="resuming jobs"))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "/allowed")
        await wait_for(pilot, lambda: isinstance(app.screen, AllowedScreen))
        table = app.screen.query_one(DataTable)
        await wait_for(pilot, lambda: table.row_count == 2)
        await pilot.press("enter")
        await wait_for(pilot, lambda: table.row_count == 1)
        assert len(list_allowed(workspace, fake.id)) == 1
        await pilot.press("enter")
        await wait_for(pilot, lambda: "asked each time" in words(app, "#allowed-status"))


OLLAMA = LocalServer("Ollama", "http://127.0.0.1:11434/v1", ("qwen3:8b",))


async def test_the_first_run_offers_the_models_of_this_computer_once(workspace: Workspace) -> None:
    app, _fake = make_app(workspace, [scenes.WELCOME], servers=[OLLAMA])
    async with app.run_test(size=(100, 30)) as pilot:
        await wait_for(pilot, lambda: isinstance(app.screen, BrainScreen))
        assert "Ollama runs on this computer" in words(app, ".page-empty")
        await wait_for(pilot, lambda: app.screen.query_one(DataTable).row_count == 2)
        await pilot.press("escape")
        await wait_for(pilot, lambda: app.screen is app.chat)
    assert load_preferences(workspace).looked_for_models

    again, _fake = make_app(workspace, [scenes.WELCOME], servers=[OLLAMA])
    async with again.run_test(size=(100, 30)) as pilot:
        await settled(pilot, again)
        assert again.screen is again.chat


async def test_whoever_types_already_is_told_in_a_line(workspace: Workspace) -> None:
    app, fake = make_app(workspace, [scenes.WELCOME, says("Well")])
    found = asyncio.Event()

    async def find_servers() -> Sequence[LocalServer]:
        await found.wait()
        return [OLLAMA]

    app.find_servers = find_servers
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "what is LoRA?")
        await wait_for(pilot, lambda: fake.said == ["what is LoRA?"])
        found.set()
        await wait_for(pilot, lambda: "Ollama runs on this computer" in words(app, ".notice"))
        assert app.screen is app.chat


async def test_a_model_elsewhere_needs_a_yes_that_knows_host_price_and_budget(
    workspace: Workspace,
) -> None:
    settings = make_settings("https://api.openai.com/v1", "gpt-6-luna")
    app, _fake = make_app(workspace, [scenes.WELCOME])
    given: list[Budget | None] = []
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot, app)
        app.push_screen(AgreeScreen(settings), given.append)
        await wait_for(pilot, lambda: isinstance(app.screen, AgreeScreen))
        shown = words(app, ".dialog Plain")
        assert "goes to api.openai.com" in shown
        assert "for a million tokens" in shown
        await pilot.press("enter")
        await wait_for(pilot, lambda: given == [None])

        app.push_screen(AgreeScreen(settings), given.append)
        await wait_for(pilot, lambda: isinstance(app.screen, AgreeScreen))
        app.screen.query_one(Input).value = "plenty"
        app.screen.query_one(Input).focus()
        await pilot.press("enter")
        await wait_for(pilot, lambda: "cannot read" in words(app, "#budget-problem"))
        app.screen.query_one(Input).value = "$2"
        await pilot.press("enter")
        await wait_for(pilot, lambda: given[-1] == Budget(dollars=2))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://api.openai.com/v1", "as read on"),
        ("https://models.example.org/v1", "not known here"),
        ("http://127.0.0.1:8080/v1", "costs nothing"),
    ],
)
def test_what_a_price_is_known_from_is_said(address: str, said: str) -> None:
    settings = make_settings(address, "gpt-6-luna")
    assert said in price_words(settings)
    assert settings.host in what_goes_there(settings)


LONG = "\n\n".join(f"Paragraph {number} of a long lesson." for number in range(40))


async def test_a_message_that_does_not_fit_is_read_from_its_beginning(chat: Any) -> None:
    app, _fake = chat(says("Hello"), [*says(LONG, "m2"), *scenes.asks(scenes.USE_CASE)], says("."))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "what is loss?")
        conversation = app.screen.query_one(Conversation)
        await wait_for(pilot, lambda: app.chat.prompt_card)
        newest = list(app.screen.query(AssistantMessage))[-1]
        top = conversation.scrollable_content_region.y
        await wait_for(pilot, lambda: 0 <= newest.region.y - top <= 1)
        await type_text(pilot, app, "go on")
        await wait_for(pilot, lambda: conversation.scroll_y >= conversation.max_scroll_y - 1 > 0)


async def test_a_jobs_keys_are_named_only_where_they_work(chat: Any, workspace: Workspace) -> None:
    from fakes.job_folder import place_job, training_events

    from luthier.tui.widgets.job_card import JobCard

    job = place_job(workspace, training_events(5))
    app, _fake = chat(scenes.launches(job.id))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, app)
        await wait_for(pilot, lambda: app.screen.query_one("#pause").display)
        assert str(app.screen.query_one("#pause").label) == "Pause"
        app.screen.query_one(JobCard).focus()
        await wait_for(pilot, lambda: str(app.screen.query_one("#pause").label) == "p Pause")
        app.screen.query_one("#composer").focus()
        await wait_for(pilot, lambda: str(app.screen.query_one("#cancel").label) == "Cancel")
