"""The language of the command line: chosen before anything is printed, shown and saved on request."""

from __future__ import annotations

import os
from collections.abc import Sequence
from inspect import cleandoc
from pathlib import Path

import click

from luthier.tools.language import (
    ENGLISH,
    FOLDER,
    _,
    choose_language,
    current_language,
    languages,
    mark,
    save_language,
    saved_language,
    use_language,
)
from luthier.tools.workspace import home_folder
from luthier.tui.cli_shared import json_option, print_json, say, the_workspace

CLICK_WORDS = (
    mark("Usage:"),
    mark("Options"),
    mark("Commands"),
    mark("Positional arguments"),
    mark("Show this message and exit."),
    mark("default: {default}"),
    mark("required"),
    mark("Error: {message}"),
    mark("Try '{command} {option}' for help."),
    mark("Missing command."),
    mark("Missing argument"),
    mark("Missing option"),
    mark("No such command {name!r}."),
    mark("No such option {name!r}."),
    mark("Option {name!r} requires an argument."),
    mark("Invalid value: {message}"),
    mark("Invalid value for {param_hint}: {message}"),
    mark("{value!r} is not a valid {number_type}."),
    mark("{value} is not in the range {range}."),
    mark("{name} {filename!r} does not exist."),
    mark("Aborted!"),
)
"""What click itself says; it looks these up with Python's gettext, in the domain set below."""


def speak_saved_language(arguments: Sequence[str]) -> None:
    """Choose the language of this run from the environment, the saved setting or the locale."""
    saved = saved_language(home_folder(_home_in(arguments)))
    language = use_language(choose_language(saved).code)
    if language is not ENGLISH:
        _teach_click(language.code)


def _teach_click(code: str) -> None:
    import gettext

    os.environ["LANGUAGE"] = code
    gettext.bindtextdomain("tui", str(FOLDER))
    gettext.textdomain("tui")


def _home_in(arguments: Sequence[str]) -> Path | None:
    """The value of ``--home``, which click has not read yet."""
    for place, argument in enumerate(arguments):
        if argument.startswith("--home="):
            return Path(argument.removeprefix("--home="))
        if argument == "--home" and place + 1 < len(arguments):
            return Path(arguments[place + 1])
    return None


def translated(command: click.Command) -> click.Command:
    """The command with its help, its options' and its subcommands' help in the language in use."""
    if current_language() is ENGLISH:
        return command
    _teach_click(current_language().code)
    command.help = _(cleandoc(command.help)) if command.help else command.help
    command.short_help = _(command.short_help) if command.short_help else command.short_help
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            parameter.help = _(parameter.help)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            translated(inner)
    return command


@click.command(short_help="Say or choose the language.")
@click.argument("code", default="")
@json_option
def language(code: str, as_json: bool) -> None:
    """Say which language Luthier speaks, or choose it for all later runs by its CODE (en, ar)."""
    if code:
        chosen = use_language(code)
        save_language(the_workspace().home, chosen)
        _teach_click(chosen.code)
    known = [{"code": one.code, "name": one.name} for one in languages()]
    if as_json:
        print_json({"language": current_language().code, "known": known})
        return
    click.echo(f"{current_language().code}  {current_language().name}")
    others = [one for one in languages() if one is not current_language()]
    if not code:
        for one in others:
            say(_("For {name}: luthier language {code}", name=one.name, code=one.code))
