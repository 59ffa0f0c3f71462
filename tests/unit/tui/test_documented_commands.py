"""Every command that the pages for people name exists, with the options they name."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from luthier.tui.cli import cli

ROOT = Path(__file__).parents[3]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *(ROOT / "examples").glob("*.md"),
]
_INLINE = re.compile(r"`(luthier(?: [^`]+)?)`")
_BLOCK = re.compile(r"^```(?:sh|text|)?\n(.*?)^```", re.M | re.S)
_LINE = re.compile(r"^(?:\$ |[A-Z_]+=\S+ )*(luthier(?: [^(\n].*)?)$", re.M)


def named(page: Path) -> list[str]:
    """Every ``luthier ...`` in code on the page."""
    text = page.read_text(encoding="utf-8")
    found = _INLINE.findall(_BLOCK.sub("", text))
    for block in _BLOCK.findall(text):
        # A listing says after two blanks what a command does.
        found += [line.split("  ")[0] for line in _LINE.findall(block)]
    return [" ".join(command.split()) for command in found]


def resolve(command: str) -> tuple[click.Command, list[str]]:
    """The click command that the words reach, and the words left over."""
    words = shlex.split(re.split(r"[|>#;]|&&", command)[0])[1:]
    reached: click.Command = cli
    while words:
        here = {option for p in reached.params for option in (*p.opts, *p.secondary_opts)}
        if words[0] in here and isinstance(reached, click.Group):
            flag = next(p for p in reached.params if words[0] in p.opts)
            words = words[1 if getattr(flag, "is_flag", False) else 2 :]
            continue
        if not isinstance(reached, click.Group) or words[0].startswith("-"):
            break
        following = reached.get_command(click.Context(reached), words[0])
        if following is None:
            break
        reached, words = following, words[1:]
    return reached, words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_on_the_page_exist(page: Path) -> None:
    for command in named(page):
        reached, rest = resolve(command)
        takes_words = any(isinstance(p, click.Argument) for p in reached.params)
        assert not rest or rest[0].startswith(("-", "…")) or takes_words, f"{page.name}: {command}"
        known = {option for p in reached.params for option in (*p.opts, *p.secondary_opts)}
        unknown = [
            word for word in rest if word.startswith("--") and word.split("=")[0] not in known
        ]
        assert not unknown or unknown == ["--help"], f"{page.name}: {command}"


def test_enough_commands_are_found_to_mean_something() -> None:
    assert sum(len(named(page)) for page in PAGES) > 60
