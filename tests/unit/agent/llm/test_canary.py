"""A key is planted, everything goes wrong, and then the whole home folder is searched for it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from fakes.driver import Driver
from fakes.openai_server import OpenAIServer, Refusal, Reply, does

from luthier.agent.brains.discover import list_models
from luthier.agent.brains.probe import probe
from luthier.agent.session import open_session
from luthier.agent.settings import make_settings, save_settings
from luthier.tools.logs import log_to_file
from luthier.tools.workspace import Workspace

CANARY = "sk-canary-4f1d9c7b2e"


@pytest.fixture
def logged(workspace: Workspace) -> None:
    """The log file as the real commands open it, with everything that is ever logged."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    log_to_file(workspace)
    root.setLevel(logging.DEBUG)
    for handler in root.handlers:
        handler.setLevel(logging.DEBUG)
    yield
    for handler in [h for h in root.handlers if h not in handlers]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


async def test_a_key_is_nowhere_in_the_home_after_every_failure(
    workspace: Workspace,
    logged: None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LUTHIER_API_KEY", CANARY)
    faults: list[Reply | Refusal] = [
        Refusal(401, f"Incorrect API key provided: {CANARY}. Authorization: Bearer {CANARY}"),
        Refusal(403, f"{CANARY} may not"),
        Refusal(404, f"{CANARY} sees no such model"),
        *[Refusal(429, f"{CANARY} is too fast", "insufficient_quota")] * 4,
        *[Refusal(500, f"cannot read header Bearer {CANARY}")] * 4,
        Refusal(400, f"bad request from {CANARY}"),
        Reply("Half", fault="drop"),
        Reply(calls=[("show_row", "{broken")]),
        Reply("I see."),
        does("inspect_data", path="/no/such/file.csv"),
        Reply("Well."),
    ]
    with OpenAIServer([Reply("Hello."), *faults, Refusal(401, CANARY)]) as server:
        settings = make_settings(server.base_url, "scripted")
        save_settings(workspace, settings)
        async with Driver(await open_session(workspace)) as driver:
            for number in range(8):
                await driver.say(f"message {number}")
            await driver.say("look at /no/such/file.csv")
            shown = repr(driver.events) + repr(driver.session.history())
            shown += repr(await probe(settings))
            await list_models(settings)
            await driver.session.set_brain(None)
            await driver.session.idle()
            await driver.say("what is LoRA?")
            shown += repr(driver.events)

        assert f"Bearer {CANARY}" in server.authorizations
        assert len(server.requests) >= 18
        assert CANARY not in repr(server.requests)

    assert "[key]" in shown
    assert CANARY not in shown
    printed = capfd.readouterr()
    assert CANARY not in printed.out + printed.err
    files = [path for path in workspace.home.rglob("*") if path.is_file()]
    assert {"luthier.db", "checkpoints.db", "luthier.log"} <= {path.name for path in files}
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []


def test_no_traceback_holds_a_key(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even with the local variables shown, as some error reporters do."""
    import asyncio
    import traceback

    from luthier.agent.brains.llm.model import LanguageModel
    from luthier.tools.errors import LuthierError

    monkeypatch.setenv("LUTHIER_API_KEY", CANARY)
    with OpenAIServer([Refusal(401, CANARY)]) as server:
        model = LanguageModel(settings=make_settings(server.base_url, "m"))
        with pytest.raises(LuthierError) as caught:
            asyncio.run(model.ainvoke("hello"))
    told = "".join(traceback.format_exception(caught.value))
    assert CANARY not in told
    assert "[key]" in told or "does not accept" in told
    assert CANARY not in repr(model)
    assert isinstance(Path(server.base_url), Path)


async def test_a_key_pasted_echoed_and_raised_is_neither_on_the_screen_nor_in_the_home(
    workspace: Workspace, logged: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from fakes.screen import no_servers, type_text, wait_for, words

    from luthier.tools.catalog.registry import TOOLS
    from luthier.tui.app import LuthierApp
    from luthier.tui.preferences import Preferences, save_preferences

    def broken(_context: object, _arguments: object) -> None:
        raise RuntimeError(f"headers were {{'Authorization': 'Bearer {CANARY}'}}")

    monkeypatch.setenv("LUTHIER_API_KEY", CANARY)
    monkeypatch.setitem(TOOLS, "show_row", replace(TOOLS["show_row"], run=broken))
    replies = [
        Reply(f"Hello, {CANARY}.", thoughts=f"Their key is {CANARY}."),
        does("show_row", f"I try it with {CANARY}.", number=1),
        Reply("That did not work."),
    ]
    with OpenAIServer(replies) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        save_preferences(workspace, Preferences(looked_for_models=True))
        app = LuthierApp(workspace, find_servers=no_servers)
        async with app.run_test(size=(120, 50)) as pilot:
            await wait_for(pilot, lambda: "Hello, [key]." in words(app, "MarkdownParagraph"), 30)
            await type_text(pilot, app, f"use my key {CANARY}")
            await wait_for(
                pilot, lambda: "That did not work." in words(app, "MarkdownParagraph"), 30
            )
            await pilot.press("ctrl+o")
            await wait_for(pilot, lambda: "Their key is [key]." in words(app, ".thoughts"))
            screen = app.export_screenshot()
        assert f"Bearer {CANARY}" in server.authorizations
        assert CANARY not in repr(server.requests)
    assert CANARY not in screen
    files = [path for path in workspace.home.rglob("*") if path.is_file()]
    log = next(path for path in files if path.name == "luthier.log").read_text()
    assert "Bearer [key]" in log
    assert [path for path in files if CANARY.encode() in path.read_bytes()] == []


async def test_a_key_that_is_not_ours_is_hidden_in_the_words_of_the_server(
    workspace: Workspace,
) -> None:
    """A proxy names the key that it uses itself."""
    theirs = "sk-proj-0123456789abcdefghij"
    with OpenAIServer([Refusal(401, f"Incorrect API key provided: {theirs}.")]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace)) as driver:
            told = repr(driver.events)
    assert "[key]" in told
    assert theirs not in told
