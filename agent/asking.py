"""What the user is asked about a tool call before it runs, and what is done with the reply.

Everything here runs inside the gate, which LangGraph runs again from its top with each answer: the same
replies must lead to the same questions in the same order, and nothing may have an effect.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from langgraph.types import interrupt

from luthier.agent.act import ASK_USER, Actor, Call, read_question
from luthier.agent.decisions import decided
from luthier.tools.errors import LuthierError
from luthier.tools.questions import Approval, Decision, Question


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks about the calls of one assistant message.

    ``said`` is all that the user said so far, ``allowed`` the keys of the lasting yeses.
    """

    actor: Actor
    facts: dict[str, Any]
    said: str
    allowed: Collection[str]

    def ask(self, call: Call) -> dict[str, Any] | None:
        """The user's reply to ``call``, or None where it may simply run.

        A reply to an approval is a ``Decision``; besides, ``arguments`` are those the user changed,
        ``lasting`` is what a yes covers that lasts, ``by_lasting`` the lasting yes that stood for an
        answer, ``asked`` what was asked and said to it, and ``error`` says why the call cannot happen
        at all.
        """
        if call["name"] == ASK_USER:
            question = read_question(call["args"])
            if question is None:
                return None
            return _interrupt("question", call, question)
        try:
            approval = self._approval(call, "")
        except LuthierError as error:
            return {"error": error.as_dict()}
        if approval is None:
            return None
        lasting = approval.lasting
        if lasting is not None and lasting.key in self.allowed:
            unnamed = self.actor.unnamed_in(call, self.facts, self.said)
            if unnamed is None:
                return {"approved": True, "by_lasting": lasting.model_dump()}
            approval = unnamed  # what lasts covers nothing that the user never named
        return self._decide(call, approval)

    def _decide(self, call: Call, approval: Approval) -> dict[str, Any]:
        """Ask until the reply is a yes or a no; changed values are asked about anew."""
        given: dict[str, str] = {}
        so_far: list[dict[str, Any]] = []
        while True:
            reply = _interrupt("approval", call, approval)
            so_far.append(_as_asked(approval, reply))
            if not reply.get("changes"):
                settled = _settled(reply, approval, call["args"] if given else None)
                return {**settled, "asked": so_far}
            try:
                changed = {**call, "args": _edited(call["args"], reply["changes"], approval)}
                self.actor.check(changed)
                asked = self._approval(changed, "\n".join(reply["changes"].values()))
            except LuthierError as error:
                approval = approval.model_copy(update={"note": error.as_text()})
                continue
            call, given = changed, {**given, **reply["changes"]}
            if asked is None:  # with these values it has no effect that needs a yes
                return {"approved": True, "arguments": call["args"], "asked": so_far}
            approval = asked

    def _approval(self, call: Call, typed: str) -> Approval | None:
        found = self.actor.approval_for(call, self.facts)
        return found or self.actor.unnamed_in(call, self.facts, f"{self.said}\n{typed}")


def _interrupt(kind: str, call: Call, asked: Question | Approval) -> dict[str, Any]:
    content = asked.model_dump(mode="json")
    return dict(interrupt({"type": kind, "call_id": call["id"], kind: content}))


def _as_asked(approval: Approval, reply: dict[str, Any]) -> dict[str, Any]:
    """What was asked and said to it, as the conversation keeps it."""
    shown = approval.model_dump(mode="json", include={"tool", "effect", "title", "details"})
    return {"approval": shown, "said": decided(Decision.model_validate(reply), approval)}


def _settled(
    reply: dict[str, Any], approval: Approval, arguments: dict[str, Any] | None
) -> dict[str, Any]:
    settled = {"approved": bool(reply.get("approved")), "reason": str(reply.get("reason") or "")}
    if reply.get("lasting") and approval.lasting:
        settled["lasting"] = approval.lasting.model_dump()
    return settled if arguments is None else {**settled, "arguments": arguments}


def _edited(
    arguments: dict[str, Any], changes: dict[str, str], approval: Approval
) -> dict[str, Any]:
    """``arguments`` with the changed values put where their dotted names say; others are ignored."""
    known = {editable.name for editable in approval.editable}
    edited = dict(arguments)
    for name in known & set(changes):
        *parents, leaf = name.split(".")
        place = edited
        for parent in parents:
            place[parent] = dict(place.get(parent) or {})
            place = place[parent]
        place[leaf] = changes[name]
    return edited
