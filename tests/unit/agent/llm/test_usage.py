"""What a model thinks, what it costs, and where it is stopped: the real client over HTTP."""

from __future__ import annotations

from itertools import count

import pytest
from fakes.driver import Driver
from fakes.openai_server import OpenAIServer, Reply, does

from luthier.agent.budget import Budget, Usage
from luthier.agent.events import AgentEvent, BudgetSet, ReasoningDelta, TokensUsed, TurnFailed
from luthier.agent.graph import MAX_STEPS
from luthier.agent.session import open_session
from luthier.agent.settings import make_settings, save_settings
from luthier.tools.workspace import Workspace

KEY = "canary-of-a-key-9f3"


def thoughts(events: list[AgentEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, ReasoningDelta))


def usage(events: list[AgentEvent]) -> Usage:
    total = Usage()
    for event in events:
        total = total.plus(event) if isinstance(event, TokensUsed) else total
    return total


async def test_thoughts_and_costs_are_kept_with_the_conversation(workspace: Workspace) -> None:
    replies = [
        Reply("Hello.", thoughts="They are new here.", usage=(1000, 100)),
        Reply(calls=[("search_lessons", {"query": "loss"})], thoughts="Look it up.", usage=(10, 0)),
        Reply("<think>Loss, then.</think>It falls.", usage=(1000, 100)),
    ]
    with OpenAIServer(replies) as server:
        own = {"price_input": 1.0, "price_output": 10.0}
        save_settings(workspace, make_settings(server.base_url, "scripted", **own))
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("what is loss?")
            live = list(driver.events)
            session_id = driver.session.id
            sent = str(server.requests)
    assert thoughts(live) == "They are new here.Look it up.Loss, then."
    assert usage(live).tokens == 2210
    assert usage(live).dollars == pytest.approx(0.00401)
    assert "They are new here" not in sent

    again = await open_session(workspace, session_id)
    history = again.history()
    await again.close()
    assert thoughts(history) == thoughts(live)
    assert usage(history) == usage(live)


async def test_a_budget_in_money_stops_the_model_and_the_guide_goes_on(
    workspace: Workspace,
) -> None:
    replies = [Reply("Hello.", usage=(900, 100)), Reply("Yes?", usage=(900, 100)), Reply("More.")]
    with OpenAIServer(replies) as server:
        own = {"price_input": 10.0, "price_output": 10.0, "budget_dollars": 0.02}
        save_settings(workspace, make_settings(server.base_url, "scripted", **own))
        async with Driver(await open_session(workspace)) as driver:
            await driver.say("one")
            await driver.say("two")
            failed = next(event for event in driver.events if isinstance(event, TurnFailed))
            assert "2,000 tokens, $0.02 of $0.02" in failed.text
            assert "/budget" in failed.remedy
            assert "guide" in failed.remedy
            assert len(server.requests) == 2

            await driver.session.set_budget(Budget(dollars=1))
            await driver.say("three")
            assert driver.said.endswith("More.")
            session_id = driver.session.id

    again = await open_session(workspace, session_id)
    assert again.budget == Budget(dollars=1)
    assert BudgetSet(0, 1) in again.history()
    await again.close()
    other = await open_session(workspace)
    assert other.budget == Budget(dollars=0.02)
    await other.close()


async def test_a_server_that_does_not_count_is_counted_here(workspace: Workspace) -> None:
    with OpenAIServer([Reply("Hello there, my friend.", usage=None)]) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace)) as driver:
            used = usage(driver.events)
            sent = len(str(server.requests[0]["messages"]))
    assert sent / 4 < used.tokens < sent * 4
    assert used.dollars == 0
    assert used.unpriced == 0


async def test_a_model_that_runs_in_circles_is_stopped(workspace: Workspace) -> None:
    numbers = count()
    with OpenAIServer(lambda _: does("search_lessons", query=f"loss {next(numbers)}")) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace)) as driver:
            assert len(server.requests) == MAX_STEPS
            assert driver.session.pending is None
            assert f"stopped after {MAX_STEPS} steps" in driver.said


async def test_a_server_that_says_the_key_back_is_not_heard(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUTHIER_API_KEY", KEY)
    replies = [
        Reply(f"Your key is {KEY}, isn't it?", thoughts=f"They sent {KEY} to me"),
        Reply(calls=[("search_lessons", {"query": f"what is {KEY}?"})]),
        Reply("Done."),
    ]
    with OpenAIServer(replies) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace)) as driver:
            await driver.say(f"my key is {KEY}, keep it for me")
            shown = repr(driver.events) + repr(driver.session.history())
        assert server.authorizations[0] == f"Bearer {KEY}"
        assert KEY not in repr(server.requests)
    assert KEY not in shown
    assert "Your key is [key], isn't it?" in shown
    files = [path for path in workspace.home.rglob("*") if path.is_file()]
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []


async def test_an_answer_that_never_ends_is_cut_off(workspace: Workspace) -> None:
    with OpenAIServer(
        [Reply(" ".join(f"item {n}" for n in range(2_000))), Reply("Sorry.")]
    ) as server:
        save_settings(workspace, make_settings(server.base_url, "scripted"))
        async with Driver(await open_session(workspace)) as driver:
            assert len(driver.said.split()) < 2_100
            assert "cut off" in driver.said
            await driver.say("stop that")
            assert driver.said.endswith("Sorry.")
