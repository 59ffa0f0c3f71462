"""Each rule of a provider by its own bad row: the name that its users know, and where the row stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from luthier.tools.data.model import Message, Row
from luthier.tools.data.store import load_rows
from luthier.tools.training.hosted import check
from luthier.tools.training.hosted.check import check_hosted
from luthier.tools.training.hosted.profiles import profile_of
from luthier.tools.training.objection import Objection
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace

Spoil = Callable[[Row], Row]
USER = Message(role="user", content="Where is it?")


def turns(*messages: Message) -> Spoil:
    """A row with other turns."""
    return lambda row: row.model_copy(update={"messages": messages})


def said(text: str = "where", **more: Any) -> Message:
    return Message(role="assistant", content=text, **more)


def offering(tool: dict[str, Any]) -> Spoil:
    return turns(USER.model_copy(update={"tools": (tool,)}), said())


RULES: dict[str, tuple[Spoil, str, bool]] = {
    "example_missing_assistant_message": (turns(USER), "no answer to learn from", True),
    "missing_content": (turns(USER, said("  ")), "a turn is empty", True),
    "invalid_weight": (turns(USER, said(weight=0.5)), "neither 0 nor 1", True),
    "invalid_tool_name": (offering({"name": "find order!"}), "other signs than letters", True),
    "invalid_token": (turns(USER, said("<|im_end|>")), "the special token <|im_end|>", True),
    "invalid_training_file": (
        turns(USER, Message(role="tool", content="4711"), said()),
        "a tool answers that nobody called",
        True,
    ),
    "moderation": (
        turns(Message(role="user", content="how to make a bomb"), said()),
        "may refuse the whole job",
        False,
    ),
    "example_too_long": (turns(USER, said("word " * 90_000)), "65,536 tokens", False),
}


@pytest.mark.parametrize("code", RULES)
def test_a_rule_names_itself_and_the_line(
    workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    spoil, words, stops = RULES[code]
    rows = load_rows(workspace, plan.data.dataset_id, "train")
    bad = rows[20]
    spoilt = {"train": [*rows[:20], spoil(bad), *rows[21:]], "validation": []}
    monkeypatch.setattr(check, "load_rows", lambda _home, _dataset, split: spoilt[split])
    found = {one.code: one for one in check_hosted(workspace, plan)}
    assert code in found
    objection = found[code]
    assert objection.stops is stops
    assert words in objection.message
    assert f"messages.csv, line {bad.source.line}" in objection.message
    assert objection.remedy
    assert code in objection.message


def test_a_tool_of_a_proper_name_is_not_spoken_against(
    workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [offering({"name": "find_order-2"})(one) for one in _rows(workspace, plan)]
    monkeypatch.setattr(check, "load_rows", lambda _home, _dataset, _split: rows)
    assert check_hosted(workspace, plan) == ()


def test_a_file_is_too_large_from_the_providers_limit_on(
    workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = check.size_of(_rows(workspace, plan), plan.hosted)
    profile = profile_of(plan.hosted)
    assert profile.file_bytes == 512 * 1024 * 1024

    def limited(most: int) -> list[Objection]:
        smaller = replace(profile, file_bytes=most)
        monkeypatch.setattr(check, "profile_of", lambda _hosted: smaller)
        return [one for one in check_hosted(workspace, plan) if one.code == "file_too_large"]

    assert limited(size) == []
    [objection] = limited(size - 1)
    assert objection.stops
    assert "kB at most" in objection.message
    assert "split them over several trainings" in objection.remedy


def test_a_suffix_has_a_longest_length_of_its_own_at_each_provider(
    workspace: Workspace, plan: Plan
) -> None:
    def codes(provider: str, suffix: str) -> set[str]:
        hosted = plan.hosted.model_copy(update={"provider": provider, "suffix": suffix})
        there = plan.model_copy(update={"hosted": hosted})
        return {one.code for one in check_hosted(workspace, there)}

    assert "suffix_too_long" not in codes("openai", "x" * 64)
    assert "suffix_too_long" in codes("together", "x" * 11)
    assert "suffix_too_long" not in codes("together", "x" * 10)


def _rows(workspace: Workspace, plan: Plan) -> list[Row]:
    return load_rows(workspace, plan.data.dataset_id, "train")
