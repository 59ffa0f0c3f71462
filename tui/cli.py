"""``luthier`` on the command line: the way into the chat, and a twin for all that the screen can do.

Nothing heavy is imported before a command needs it. Data goes to stdout and words to stderr; a
failure is told in plain words, never as a traceback.
"""

from __future__ import annotations

import errno
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from luthier.tools.errors import LuthierError
from luthier.tools.language import _, use_language
from luthier.tui.cli_language import speak_saved_language, translated
from luthier.tui.cli_shared import chosen_home, say
from luthier.tui.direction.stream import ordered_streams
from luthier.tui.exit_codes import EXIT_CODES, FAILED, FAULT, INTERRUPTED, OK

COMMANDS: dict[str, str] = {
    "chat": "luthier.tui.cli_chat:chat",
    "sessions": "luthier.tui.cli_sessions:sessions",
    "resume": "luthier.tui.cli_chat:resume",
    "run": "luthier.tui.cli_run:run",
    "tune": "luthier.tui.cli_tune:tune",
    "autotrain": "luthier.tui.cli_autotrain:autotrain",
    "jobs": "luthier.tui.cli_jobs:jobs",
    "data": "luthier.tui.cli_data:data",
    "eval": "luthier.tui.cli_results:evaluations",
    "report": "luthier.tui.cli_results:report",
    "exports": "luthier.tui.cli_exports:exports",
    "host": "luthier.tui.cli_host:host",
    "hosted": "luthier.tui.cli_hosted:hosted",
    "prices": "luthier.tui.cli_prices:prices",
    "deployments": "luthier.tui.cli_deployments:deployments",
    "lessons": "luthier.tui.cli_help:lessons",
    "model": "luthier.tui.cli_model:model",
    "doctor": "luthier.tui.cli_help:doctor",
    "setup": "luthier.tui.cli_run:setup",
    "language": "luthier.tui.cli_language:language",
}

log = logging.getLogger("luthier.tui.cli")
# Until the home's log file is open, Python would print what is logged on the terminal.
logging.getLogger("luthier").addHandler(logging.NullHandler())


class LazyGroup(click.Group):
    """A group whose commands are imported when they are named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the journey."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, or None where there is no such name."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _colon, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return translated(command)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the exit codes below the commands."""
        with formatter.section(_("Exit codes")):
            formatter.write_dl([(str(code), _(words)) for code, words in EXIT_CODES.items()])


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"luthier {version('luthier')}")
        ctx.exit()


def _speak(ctx: click.Context, _parameter: click.Parameter, code: str | None) -> None:
    if code and not ctx.resilient_parsing:
        use_language(code)
        translated(ctx.command)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--home",
    type=click.Path(file_okay=False),
    help="Folder for sessions, data sets, models and jobs (also: LUTHIER_HOME).",
)
@click.option(
    "--language",
    metavar="CODE",
    is_eager=True,
    expose_value=False,
    callback=_speak,
    help="Language of this run, such as en or ar (also: LUTHIER_LANGUAGE).",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.pass_context
def cli(context: click.Context, home: str | None) -> Any:
    """From a problem and some data to a tuned language model that is proven better.

    Without a command, the chat opens and offers your last session.
    """
    if home:
        os.environ["LUTHIER_HOME"] = str(Path(home).expanduser().absolute())
    if context.invoked_subcommand is None:
        from luthier.tui.cli_chat import open_screen

        open_screen(None)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; failures are told in plain words."""
    speak_saved_language(arguments)
    translated(cli)
    with ordered_streams():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    out = sys.stdout
    try:
        outcome = cli.main(list(arguments), prog_name="luthier", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        say(_("Stopped. Jobs that were started run on; `luthier jobs` lists them."))
        return INTERRUPTED
    except LuthierError as error:
        say(error.as_text())
        return FAILED
    except SystemExit as error:
        # Rich ends the program with 1 where the pipe is broken; click does too, and wraps stdout.
        if not isinstance(error.__context__, BrokenPipeError) and sys.stdout is out:
            raise
        _drop_unwritable()
        return OK
    except BrokenPipeError:
        _drop_unwritable()
        return OK
    except OSError as error:
        log.warning("the system refused", exc_info=True)
        _drop_unwritable()
        say(_refused(error))
        return FAILED
    except Exception:  # noqa: BLE001 - the last line of defence: no traceback may reach the user
        say(_fault())
        return FAULT
    return outcome if isinstance(outcome, int) else OK


def _drop_unwritable() -> None:
    """Forget what cannot be written, or Python complains of it at its exit.

    So it is where the reader (such as `head`) has seen enough, or the disk is full.
    """
    stream = sys.__stdout__
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _refused(error: OSError) -> str:
    """Plain words for a file, folder or disk that the system would not let us use."""
    place = f" ({error.filename})" if error.filename else ""
    remedy = _("Check that it exists and that you may use it.")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = _("Free some disk space and try again; what was saved before is intact.")
    return "\n".join(
        (
            _("The system says: {reason}{place}.", reason=error.strerror or error, place=place),
            remedy,
        )
    )


def _fault() -> str:
    """Log the exception at hand and say where."""
    words = _("Luthier itself failed. This is a bug; what was saved before is kept.")
    try:
        from luthier.tools.logs import log_path, log_to_file
        from luthier.tools.workspace import open_workspace

        workspace = open_workspace(chosen_home())
        log_to_file(workspace)
    except LuthierError as error:
        return f"{words}\n{_('No log could be written: {error}', error=error.as_text())}"
    log.exception("command failed: luthier %s", " ".join(sys.argv[1:2]))
    return f"{words}\n{_('Details: {place}', place=log_path(workspace))}"


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
