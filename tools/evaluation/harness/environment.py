"""lm-eval's own environment: small, because it sees Luthier's packages and adds what they lack.

It needs libraries that Luthier does not (an older ``python-dateutil`` among them), so it never goes
into Luthier's environment; torch and transformers are the very ones that tuned the model.
"""

from __future__ import annotations

import sys
from pathlib import Path

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json
from luthier.tools.language import _, mark
from luthier.tools.toolkits.making import READY, Runs, Step, make_whole, pip_install
from luthier.tools.workspace import Workspace

VERSION = "0.4.13"
BYTES = 150_000_000
"""On disk; measured."""
_SEES = """
import pathlib, sys, sysconfig
own = pathlib.Path(sysconfig.get_paths()["purelib"])
(own / "luthier-packages.pth").write_text(sys.argv[1], encoding="utf-8")
"""


def environment_folder(workspace: Workspace) -> Path:
    """Where the environment is, or will be."""
    return workspace.toolkits / f"lm-eval-{VERSION}"


def has_environment(workspace: Workspace) -> bool:
    """Whether it is there, finished, and beside the Python that runs Luthier now."""
    ready = read_json(environment_folder(workspace) / READY)
    return ready is not None and ready.get("packages") == _packages()


def _packages() -> str:
    """Where this Python finds its packages, one folder a line; a ``.pth`` file reads no other one."""
    kinds = ("site-packages", "dist-packages")
    return "\n".join(dict.fromkeys(path for path in sys.path if Path(path).name in kinds))


def steps(folder: Path) -> tuple[Step, ...]:
    """The commands that make it, in order."""
    own = str(folder / "bin" / "python")
    return (
        Step(mark("Making a Python environment"), (sys.executable, "-m", "venv", str(folder))),
        Step(mark("Showing it Luthier's packages"), (own, "-c", _SEES, _packages())),
        Step(mark("Fetching lm-eval"), (*pip_install(folder), f"lm-eval=={VERSION}")),
    )


def need_environment(workspace: Workspace, run: Runs) -> Path:
    """The environment, made where it is missing.

    Raises:
        LuthierError: what ``run`` raises for a command that fails.
    """
    folder = environment_folder(workspace)
    if has_environment(workspace):
        return folder
    return make_whole(folder, steps(folder), run, {"lm-eval": VERSION, "packages": _packages()})


def not_fetched(words: str, log: Path) -> LuthierError:
    """The error where pip could not make it."""
    return LuthierError(
        _("lm-eval could not be fetched."),
        why=_("pip says: {reason}", reason=words),
        remedy=_(
            "Check the connection and try again. Luthier's own check of abilities needs nothing."
        ),
        place=str(log),
        code="harness.not_fetched",
    )
