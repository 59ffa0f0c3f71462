"""Every command explains itself, and the page of all commands is up to date."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from luthier.tui.cli import cli
from luthier.tui.cli_reference import commands, reference

NAMES = [name for name, _, _ in commands()]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help(name: str) -> None:
    done = CliRunner().invoke(cli, [*name.split()[1:], "--help"])
    assert done.exit_code == 0
    assert "Usage:" in done.stdout


def test_every_command_and_option_is_explained() -> None:
    for name, command, _ in commands():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts}"


def test_every_command_that_prints_data_can_print_json() -> None:
    without = {
        name
        for name, command, _ in commands()
        if not any(parameter.name == "as_json" for parameter in command.params)
    }
    groups = {"luthier"} | {
        f"luthier {name}" for name in ("data", "eval", "hosted", "model", "tune")
    }
    chats = {"luthier chat", "luthier resume"}
    choices = {"luthier model guide", "luthier model use"}
    assert without <= groups | chats | choices


def test_the_page_of_commands_is_up_to_date() -> None:
    page = Path(__file__).parents[3] / "docs" / "commands.md"
    assert page.read_text() == reference(), (
        "run: python -m luthier.tui.cli_reference > docs/commands.md"
    )
