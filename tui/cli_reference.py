"""All commands with their help as one Markdown page: ``python -m luthier.tui.cli_reference``.

A test compares ``docs/commands.md`` with it, so that the page cannot drift from the program.
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from luthier.tui.cli import cli
from luthier.tui.exit_codes import EXIT_CODES

INTRODUCTION = """# Commands

Made by `python -m luthier.tui.cli_reference > docs/commands.md`; the same texts are shown by
`--help`. Data goes to stdout and words to stderr, so that `luthier jobs --json | jq` works while
progress is still shown.
"""


def reference() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for name, command, context in commands():
        parts.append(f"## {name}\n\n```text\n{command.get_help(context)}\n```\n")
    codes = "\n".join(f"| {code} | {words} |" for code, words in EXIT_CODES.items())
    parts.append(f"## Exit codes\n\n| code | meaning |\n|---|---|\n{codes}\n")
    return "\n".join(parts)


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Every command with its full name, groups before what they hold."""
    yield from _within("luthier", cli, None)


def _within(
    name: str, command: click.Command, parent: click.Context | None
) -> Iterator[tuple[str, click.Command, click.Context]]:
    context = click.Context(
        command,
        info_name=name.split()[-1],
        parent=parent,
        terminal_width=90,
        **command.context_settings,
    )
    yield name, command, context
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None, child
            yield from _within(f"{name} {child}", found, context)


if __name__ == "__main__":
    click.echo(reference(), nl=False)
