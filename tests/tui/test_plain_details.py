"""The plain chat reads out what it keeps back: thoughts, tool calls, what was used and allowed."""

from __future__ import annotations

import io

from fakes.openai_server import OpenAIServer, Reply, does

from luthier.agent.settings import make_settings, save_settings
from luthier.tools.workspace import Workspace
from luthier.tui.plain import chat_plainly


async def test_details_budget_and_allowed_are_words_of_the_plain_chat(workspace: Workspace) -> None:
    replies = [
        Reply("Hello."),
        does("inspect_data", "Let me look.", example="elle"),
        Reply("Ten rows.", thoughts="That is few."),
    ]
    lines = ["look at the example", "details", "/budget $2", "/budget plenty", "/allowed", "/quit"]
    heard = io.StringIO()
    with OpenAIServer(replies) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        await chat_plainly(
            workspace, None, source=io.StringIO("\n".join(lines) + "\n"), target=heard
        )
        assert len(server.requests) == 3
    said = heard.getvalue()
    assert "Thoughts: That is few." in said
    assert "Called inspect_data with\nexample: elle" in said
    assert "Used in this session: 360 tokens, $0.00 of $2.00." in said
    assert "I cannot read a budget in that." in said
    assert "Nothing is allowed for the session" in said


async def test_trying_again_in_the_plain_chat_answers_no_question(workspace: Workspace) -> None:
    heard = io.StringIO()
    await chat_plainly(workspace, None, source=io.StringIO("/retry\n/quit\n"), target=heard)
    told = heard.getvalue().partition("You: /retry")[2]
    assert "Nothing has failed that could be tried again" in told
    assert "try again" not in told
