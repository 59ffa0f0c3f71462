"""Approvals over the real graph: values changed in them, yeses that last, and what never may."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from fakes.brain import ScriptedChatModel, calling
from fakes.driver import Driver
from langchain_core.messages import AIMessage
from pydantic import BaseModel, Field

from luthier.agent.events import (
    ApprovalAsked,
    ApprovalSettled,
    ToolFinished,
    ToolStarted,
    UserSpoke,
)
from luthier.agent.fork import fork_session
from luthier.agent.markdown import read_transcript
from luthier.agent.session import open_session
from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.consent import list_allowed
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.questions import Approval, Decision, Editable, Lasting
from luthier.tools.workspace import Workspace


class Sending(BaseModel):
    """Rows to send somewhere."""

    to: str = "storehouse"
    rows: int = Field(default=10, le=100)


@dataclass
class Sent:
    """What a tool really did."""

    calls: list[Sending] = field(default_factory=list)

    def run(self, _context: ToolContext, arguments: Sending) -> Outcome:
        self.calls.append(arguments)
        return Outcome(f"{arguments.rows} rows went to {arguments.to}.")


def approve(_context: ToolContext, arguments: Sending, effect: Effect = Effect.UPLOAD) -> Approval:
    if arguments.rows < 0:
        raise LuthierError("There are no negative rows.")
    lasts = effect not in (Effect.MONEY, Effect.DELETES)
    return Approval(
        tool="send_rows",
        effect=effect,
        title="Send rows",
        details=(("To", arguments.to), ("Rows", str(arguments.rows))),
        lasting=Lasting(key="send", words="sending rows") if lasts else None,
        editable=(Editable(name="rows", label="rows to send", value=str(arguments.rows)),),
    )


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Two tools that do nothing but say what they did: one uploads, one costs money."""
    record = Sent()
    for name, effect in (("send_rows", Effect.UPLOAD), ("pay", Effect.MONEY)):
        tool: Tool[Any] = Tool(
            name=name,
            description="Send rows.",
            arguments=Sending,
            run=record.run,
            effect=effect,
            label="Sending rows",
            approval=lambda context, arguments, effect=effect: approve(context, arguments, effect),
            points_at=lambda arguments: () if arguments.to == "storehouse" else (arguments.to,),
        )
        monkeypatch.setitem(TOOLS, name, tool)
    return record


async def talk(workspace: Workspace, *script: AIMessage) -> tuple[Driver, ScriptedChatModel]:
    brain = ScriptedChatModel(script=[AIMessage("Hello."), *script, AIMessage("Done.")])
    return Driver(await open_session(workspace, brain=brain)), brain


def details(driver: Driver) -> dict[str, str]:
    return dict(driver.approval.approval.details)


async def reply(driver: Driver, **decision: Any) -> None:
    await driver.session.decide(driver.approval.id, Decision(**decision))
    await driver._settle()


async def test_changed_values_are_asked_about_anew_and_the_brain_reads_them(
    workspace: Workspace, sent: Sent
) -> None:
    driver, brain = await talk(workspace, calling("send_rows", rows=50))
    async with driver:
        await driver.say("send them to the storehouse")
        assert details(driver) == {"To": "storehouse", "Rows": "50"}
        await reply(driver, approved=False, changes={"rows": "7"})
        assert details(driver) == {"To": "storehouse", "Rows": "7"}
        assert sent.calls == []
        await driver.say("yes")

        assert sent.calls == [Sending(rows=7)]
        told = brain.calls[-1][-1].text
        assert 'changed the arguments to {"rows": "7"}' in told
        assert "7 rows went to storehouse." in told
        started = [e for e in driver.events if isinstance(e, ToolStarted)]
        assert started[-1].arguments == {"rows": "7"}
        assert [e for e in driver.session.history() if isinstance(e, ToolStarted)] == started
        said = [e.text for e in driver.events if isinstance(e, UserSpoke)]
        assert said[1:] == ["Change this first: rows to send 7", "Yes"]


async def test_what_was_asked_is_shown_again_with_what_was_decided(
    workspace: Workspace, sent: Sent
) -> None:
    script = calling("send_rows", rows=50), calling("pay", rows=3)
    driver, _brain = await talk(workspace, *script)
    async with driver:
        await driver.say("send them to the storehouse")
        await reply(driver, approved=False, changes={"rows": "7"})
        await driver.say("yes")
        await driver.say("no, too dear for me")
        session_id = driver.session.id

    session = await open_session(workspace, session_id)
    shown: list[tuple[str, ...]] = []
    for event in session.history():
        if isinstance(event, ApprovalSettled):
            shown.append(
                (event.approval.title, *(value for _name, value in event.approval.details))
            )
        elif isinstance(event, UserSpoke):
            shown.append((event.text,))
    changed = [e for e in session.history() if isinstance(e, UserSpoke)][1]
    await session.close()
    assert shown[1:] == [
        ("Send rows", "storehouse", "50"),
        ("Change this first: rows to send 7",),
        ("Send rows", "storehouse", "7"),
        ("Yes",),
        ("Send rows", "storehouse", "3"),
        ("No: too dear for me",),
    ]
    written = await read_transcript(workspace, session_id)
    assert "**Luthier:** Send rows\n\n- To: storehouse\n- Rows: 7\n\n**You:** Yes" in written

    fork = await fork_session(workspace, session_id, changed.message_id, anew=True)
    forked = await open_session(workspace, fork.id, brain=ScriptedChatModel(script=[]))
    assert isinstance(forked.pending, ApprovalAsked)
    assert dict(forked.pending.approval.details)["Rows"] == "50"
    await forked.close()


@pytest.mark.parametrize(
    ("value", "words"), [("many", "valid integer"), ("5000", "100"), ("-1", "negative")]
)
async def test_a_value_that_cannot_be_taken_is_said_and_the_old_one_stands(
    workspace: Workspace, sent: Sent, value: str, words: str
) -> None:
    driver, _brain = await talk(workspace, calling("send_rows", rows=50))
    async with driver:
        await driver.say("go")
        await reply(driver, approved=False, changes={"rows": value, "to": "elsewhere"})
        assert words in driver.approval.approval.note
        assert details(driver) == {"To": "storehouse", "Rows": "50"}
        await driver.decide(False, "never mind")
        assert sent.calls == []


async def test_only_the_values_that_were_offered_can_be_changed(
    workspace: Workspace, sent: Sent
) -> None:
    driver, _brain = await talk(workspace, calling("send_rows", rows=50))
    async with driver:
        await driver.say("go")
        await reply(driver, approved=False, changes={"to": "evil", "rows": "8"})
        await driver.decide(True)
        assert sent.calls == [Sending(to="storehouse", rows=8)]


async def test_a_yes_lasts_where_it_was_said_and_until_it_is_taken_back(
    workspace: Workspace, sent: Sent
) -> None:
    send = [calling("send_rows", rows=n) for n in (1, 2, 3)]
    script = [send[0], AIMessage("."), send[1], AIMessage("."), send[2]]
    driver, _brain = await talk(workspace, *script)
    async with driver:
        await driver.say("go")
        await driver.say("yes, and do not ask again")
        assert [one.words for one in list_allowed(workspace, driver.session.id)] == ["sending rows"]

        await driver.say("again")
        assert [call.rows for call in sent.calls] == [1, 2]
        shown = [e.allowed for e in driver.events if isinstance(e, ToolStarted)]
        assert shown == ["", "sending rows"]
        replayed = [e.allowed for e in driver.session.history() if isinstance(e, ToolStarted)]
        assert replayed == shown

        _take_back(workspace, driver)
        await driver.say("and again")
        assert driver.approval.approval.tool == "send_rows"
        await driver.decide(False)
        assert [call.rows for call in sent.calls] == [1, 2]


def _take_back(workspace: Workspace, driver: Driver) -> None:
    tool = TOOLS["ask_again"]
    tool.run(ToolContext(workspace, driver.session.id, Facts()), tool.arguments())


async def test_a_lasting_yes_holds_after_a_restart_but_not_in_another_session(
    workspace: Workspace, sent: Sent
) -> None:
    driver, _brain = await talk(workspace, calling("send_rows", rows=1))
    async with driver:
        await driver.say("go")
        await driver.say("always")
        session_id = driver.session.id

    again = ScriptedChatModel(script=[calling("send_rows", rows=2), AIMessage("Done.")])
    async with Driver(await open_session(workspace, session_id, brain=again)) as driver:
        await driver.say("go")
        assert driver.session.pending is None
    other, _brain = await talk(workspace, calling("send_rows", rows=3))
    async with other:
        await other.say("go")
        assert other.approval.approval.tool == "send_rows"
    assert [call.rows for call in sent.calls] == [1, 2]


async def test_money_is_asked_about_each_time_whatever_was_said(
    workspace: Workspace, sent: Sent
) -> None:
    pay = [calling("pay", rows=1), AIMessage("."), calling("pay", rows=2)]
    driver, _brain = await talk(workspace, *pay)
    async with driver:
        await driver.say("go")
        assert driver.approval.approval.lasting is None
        await driver.say("yes, and never ask again")
        assert list_allowed(workspace, driver.session.id) == ()
        await driver.say("go")
        assert driver.approval.approval.effect == "money"
        await driver.decide(False)
        assert [call.rows for call in sent.calls] == [1]


async def test_what_lasts_covers_nothing_that_the_user_never_named(
    workspace: Workspace, sent: Sent
) -> None:
    script = [calling("send_rows", to="depot"), AIMessage("."), calling("send_rows", to="evil")]
    driver, _brain = await talk(workspace, *script)
    async with driver:
        await driver.say("send them to the depot")
        await driver.say("always")
        assert [call.to for call in sent.calls] == ["depot"]
        await driver.say("go on")
        assert driver.approval.approval.title == "Sending rows: evil, which you did not name"
        await driver.decide(False)
        assert [call.to for call in sent.calls] == ["depot"]


async def test_a_yes_taken_back_while_another_call_waits_no_longer_holds(
    workspace: Workspace, sent: Sent
) -> None:
    """The gate runs again with each answer; a yes must not slip from one question to another."""
    both = AIMessage(
        "",
        tool_calls=[
            {"name": "send_rows", "args": {"rows": 2}, "id": "a", "type": "tool_call"},
            {"name": "pay", "args": {"rows": 3}, "id": "b", "type": "tool_call"},
        ],
    )
    driver, brain = await talk(workspace, calling("send_rows", rows=1), AIMessage("."), both)
    async with driver:
        await driver.say("go")
        await driver.say("always")
        await driver.say("go")
        assert driver.approval.approval.effect == "money"
        _take_back(workspace, driver)
        await driver.decide(True)

        assert [call.rows for call in sent.calls] == [1, 3]
        assert any("taken back" in message.text for message in brain.calls[-1])


async def test_two_approvals_at_once_are_answered_one_by_one(
    workspace: Workspace, sent: Sent
) -> None:
    both = AIMessage(
        "",
        tool_calls=[
            {"name": "pay", "args": {"rows": n}, "id": f"c{n}", "type": "tool_call"} for n in (1, 2)
        ],
    )
    driver, _brain = await talk(workspace, both)
    async with driver:
        await driver.say("go")
        assert details(driver)["Rows"] == "1"
        await driver.decide(False)
        assert details(driver)["Rows"] == "2"
        await reply(driver, approved=False, changes={"rows": "9"})
        assert details(driver)["Rows"] == "9"
        await driver.decide(True)
        assert [call.rows for call in sent.calls] == [9]
        finished = [e.ok for e in driver.events if isinstance(e, ToolFinished)]
        assert finished == [True]
        asked = {e.id for e in driver.events if isinstance(e, ApprovalAsked)}
        assert len(asked) == 3  # else the screen takes them for one and the same


async def test_trying_again_decides_nothing_while_a_yes_is_waited_for(
    workspace: Workspace, sent: Sent
) -> None:
    driver, brain = await talk(workspace, calling("send_rows", rows=50))
    async with driver:
        await driver.say("send them to the storehouse")
        asked = driver.approval
        assert "Nothing has failed" in await driver.session.retry()
        await driver._settle()

        assert driver.approval == asked
        assert sent.calls == []
        assert len(brain.calls) == 2
        await driver.decide(False)
        assert "Nothing has failed" in await driver.session.retry()
        await driver._settle()
        assert [e.text for e in driver.events if isinstance(e, UserSpoke)][1:] == ["No"]
