"""Choosing who speaks on the screen: the real session, a scripted server, a real test call."""

from __future__ import annotations

from fakes.openai_server import OpenAIServer, Reply, does
from fakes.screen import no_servers, settled, type_text, wait_for, words
from textual.widgets import Input

from luthier.agent.settings import load_settings
from luthier.tools.workspace import Workspace
from luthier.tui.app import LuthierApp
from luthier.tui.screens.brain import BrainScreen


async def test_a_model_is_tried_takes_the_seat_and_gives_it_back(workspace: Workspace) -> None:
    replies = [does("note_word", word="spruce"), Reply("Hello from the model.")]
    with OpenAIServer(replies) as server:
        app = LuthierApp(workspace, find_servers=no_servers)
        async with app.run_test(size=(110, 40)) as pilot:
            await settled(pilot, app)
            await type_text(pilot, app, "/model")
            await wait_for(pilot, lambda: isinstance(app.screen, BrainScreen))
            assert "the offline guide" in words(app, ".page-empty")

            address, model = server.base_url, "scripted"
            await pilot.press(*address, "space", *model)
            assert app.screen.query_one(Input).value == f"{address} {model}"
            await pilot.press("enter")
            await wait_for(pilot, lambda: app.screen is app.chat)
            await wait_for(pilot, lambda: load_settings(workspace) is not None)
            await type_text(pilot, app, "are you there?")
            await settled(pilot, app)
            assert app.session is not None
            assert "Hello from the model." in str(app.session.history())

            await type_text(pilot, app, "/model")
            await wait_for(pilot, lambda: isinstance(app.screen, BrainScreen))
            await pilot.press("enter")
            await wait_for(pilot, lambda: app.session.brain_name == "the offline guide")
            assert load_settings(workspace) is None


async def test_a_model_without_tools_is_refused_in_words(workspace: Workspace) -> None:
    with OpenAIServer([Reply("Spruce is a nice word.")]) as server:
        app = LuthierApp(workspace, find_servers=no_servers)
        async with app.run_test(size=(110, 40)) as pilot:
            await settled(pilot, app)
            await type_text(pilot, app, "/model")
            await wait_for(pilot, lambda: isinstance(app.screen, BrainScreen))
            app.screen.query_one(Input).value = f"{server.base_url} scripted"
            app.screen.query_one(Input).focus()
            await pilot.press("enter")

            await wait_for(pilot, lambda: "cannot be given the seat" in words(app, "#brain-status"))
            assert "stay with the guide" in words(app, "#brain-status")
            assert load_settings(workspace) is None
