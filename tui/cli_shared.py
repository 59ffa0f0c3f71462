"""What all commands share: the home folder, ``--json``, data on stdout and words on stderr.

Only click and the standard library are imported at the top, so that ``--help`` is instant.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from luthier.tools.language import _

if TYPE_CHECKING:
    from rich.console import RenderableType

    from luthier.tools.views import View
    from luthier.tools.workspace import Workspace

Function = TypeVar("Function", bound=Callable[..., Any])


def json_option(function: Function) -> Function:
    """Give a command ``--json``, passed on as ``as_json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print JSON on stdout instead of tables."
    )(function)


def the_workspace() -> Workspace:
    """The home folder chosen by ``--home``, ``LUTHIER_HOME`` or the platform, with its log open."""
    from luthier.tools.logs import log_to_file
    from luthier.tools.workspace import open_workspace

    workspace = open_workspace(chosen_home())
    log_to_file(workspace)
    return workspace


def chosen_home() -> Path | None:
    """The folder given by ``--home``, if any."""
    context = click.get_current_context(silent=True)
    home = context.find_root().params.get("home") if context else None
    return Path(home) if home else None


def say(text: str) -> None:
    """Say something to a person: on stderr, harmless for the terminal."""
    from luthier.tui.untrusted import clean

    click.echo(clean(text), err=True)


def ask_first(question: str) -> None:
    """Ask on stderr for a yes before something long or something from the network begins.

    Raises:
        LuthierError: the answer was no, or there was nobody to answer.
    """
    from luthier.tools.errors import LuthierError

    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        agreed = False
    if not agreed:
        raise LuthierError(
            _("Nothing was started."),
            remedy=_("Answer y to go on, or add --yes to start without being asked."),
            code="cli.declined",
        )


def show(views: Iterable[View], data: Any, *, as_json: bool) -> None:
    """Print the result on stdout: drawn for a person, or ``data`` as JSON for a script."""
    if as_json:
        print_json(data)
        return
    from rich.console import Console

    from luthier.tui.direction.stream import below, is_ordered
    from luthier.tui.rich_views import render

    width = None if sys.stdout.isatty() else _width()
    console = Console(file=below(sys.stdout), highlight=False, width=width)
    for view in views:
        console.print(_turned(render(view)) if is_ordered(sys.stdout) else render(view))


def _turned(renderable: RenderableType) -> RenderableType:
    from luthier.tui.direction.rich_lines import turned

    return turned(renderable)


def print_json(data: Any) -> None:
    """Print ``data`` (models and paths included) as JSON on stdout."""
    from pydantic_core import to_jsonable_python

    click.echo(json.dumps(to_jsonable_python(data), ensure_ascii=False, indent=2))


def print_json_line(data: Any) -> None:
    """Print ``data`` as one line of JSON at once, for a script that follows along."""
    from pydantic_core import to_jsonable_python

    click.echo(json.dumps(to_jsonable_python(data), ensure_ascii=False))
    sys.stdout.flush()


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdigit() and int(columns) > 0 else 120
