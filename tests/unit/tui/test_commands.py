from __future__ import annotations

import pytest

from luthier.tui.app import LuthierApp
from luthier.tui.commands import COMMANDS, find, is_command, matching, suggestion
from luthier.tui.screens.help import help_text


@pytest.mark.parametrize("text", ["/help", "/jobs now", " /quit"])
def test_commands_are_recognised(text: str) -> None:
    assert is_command(text)


@pytest.mark.parametrize("text", ["/home/me/a.csv", "/data.csv", "/", "help", "a /help", "~/x"])
def test_paths_and_words_are_not_commands(text: str) -> None:
    assert not is_command(text)


def test_typing_narrows_the_commands() -> None:
    assert [command.name for command in matching("/se")] == ["sessions"]
    assert len(matching("/")) == len(COMMANDS)
    assert matching("/home/") == ()


def test_a_mistyped_command_is_answered_with_the_nearest() -> None:
    assert "/sessions" in suggestion("/sesions")
    assert find("/nothing") is None


def test_names_and_keys_are_unique() -> None:
    names = [command.name for command in COMMANDS]
    keys = [command.key for command in COMMANDS if command.key]
    assert len(names) == len(set(names))
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_does_something_and_is_in_the_help(command: object) -> None:
    assert command in COMMANDS
    name = command.action.partition("(")[0]  # type: ignore[attr-defined]
    says = command.says  # type: ignore[attr-defined]
    assert bool(name) != bool(says)
    assert not name or hasattr(LuthierApp, f"action_{name}")
    assert f"/{command.name} " in help_text()  # type: ignore[attr-defined]
