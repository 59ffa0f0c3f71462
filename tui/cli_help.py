"""``luthier doctor`` and ``luthier lessons``: what this machine can do, and what the words mean."""

from __future__ import annotations

import click

from luthier.tools.language import _
from luthier.tui.cli_shared import (
    chosen_home,
    json_option,
    print_json,
    say,
    show,
    the_workspace,
)
from luthier.tui.exit_codes import MISSING, OK


@click.command(short_help="Say what this machine can do and what is missing.")
@click.option("--offline", is_flag=True, help="Do not knock at the model hub.")
@json_option
def doctor(offline: bool, as_json: bool) -> int:
    """Say what this machine can do, what is missing, and how to get it.

    The exit code is 3 where something needed is missing.
    """
    from luthier.tools.doctor import diagnosis_views, examine
    from luthier.tools.errors import LuthierError
    from luthier.tools.workspace import Workspace, home_folder

    try:
        workspace = the_workspace()
    except LuthierError:  # a row of the table says what is wrong with the home folder
        workspace = Workspace(home_folder(chosen_home()))
    diagnosis = examine(workspace, network=not offline)
    show(diagnosis_views(diagnosis), diagnosis, as_json=as_json)
    return OK if diagnosis.healthy else MISSING


@click.command(short_help="Look something up in the built-in lessons.")
@click.argument("query", nargs=-1)
@click.option("--limit", default=3, show_default=True, help="How many lessons at most.")
@json_option
def lessons(query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Look QUERY up in the built-in lessons ("what is LoRA", overfitting); all titles without it."""
    from luthier.tools.lessons.search import list_lessons, search_lessons

    if not query:
        every = list_lessons()
        if as_json:
            print_json(every)
        else:
            click.echo("\n".join(lesson.title for lesson in every))
        return
    found = search_lessons(" ".join(query), limit=limit)
    if as_json:
        print_json(found)
        return
    if not found:
        say(_("No lesson speaks of that. `luthier lessons` lists all titles."))
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    for lesson in found:
        console.print(Markdown(f"## {lesson.title}\n\n{lesson.text}"))
