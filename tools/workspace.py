"""Where Luthier keeps its things, and the database opened with this room's tables.

A :class:`Workspace` is passed to every tool instead of a global, so that tests and scripts can have
as many homes as they like.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

if TYPE_CHECKING:
    from luthier.tools.sqlite import Database


@dataclass(frozen=True, slots=True)
class Workspace:
    """The home folder and the paths inside it; nothing outside it is ever written unasked."""

    home: Path

    @property
    def database_path(self) -> Path:
        """Sessions, data sets, jobs, evaluations and exports."""
        return self.home / "luthier.db"

    @property
    def checkpoints_path(self) -> Path:
        """The conversation checkpoints, which belong to LangGraph."""
        return self.home / "checkpoints.db"

    @property
    def datasets(self) -> Path:
        """One folder per prepared data set, named by id."""
        return self.home / "datasets"

    @property
    def models(self) -> Path:
        """Base models made ready for training, such as the starter model."""
        return self.home / "models"

    @property
    def jobs(self) -> Path:
        """One folder per job, named by id."""
        return self.home / "jobs"

    @property
    def reports(self) -> Path:
        """Reports, model cards and plans that were written for the user."""
        return self.home / "reports"

    @property
    def exports(self) -> Path:
        """One folder per export: merged models, GGUF files, folders that run by themselves."""
        return self.home / "exports"

    @property
    def toolkits(self) -> Path:
        """Programs of others that Luthier fetched after asking, such as llama.cpp."""
        return self.home / "toolkits"

    @property
    def logs(self) -> Path:
        """Log files for bugs; never data, never keys."""
        return self.home / "logs"

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The database with this room's migrations applied; one connection per ``with``."""
        # Imported here, because the first screen is painted before anything is looked up.
        from luthier.tools.database import open_database
        from luthier.tools.migrations import TOOLS

        with open_database(self.database_path, [TOOLS]) as database:
            yield database


def home_folder(home: Path | None = None) -> Path:
    """The folder that ``home``, ``LUTHIER_HOME`` or the platform names, whether it exists or not."""
    chosen = home or Path(os.environ.get("LUTHIER_HOME") or user_data_path("luthier"))
    return chosen.expanduser().absolute()


def open_workspace(home: Path | None = None) -> Workspace:
    """The workspace in ``home``, ``LUTHIER_HOME`` or the platform's data folder, made if absent.

    Raises:
        LuthierError: the folder cannot be made or written.
    """
    workspace = Workspace(home_folder(home))
    try:
        workspace.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (
            workspace.datasets,
            workspace.models,
            workspace.jobs,
            workspace.reports,
            workspace.exports,
            workspace.logs,
        ):
            folder.mkdir(exist_ok=True)
    except OSError as error:
        raise LuthierError(
            _("Luthier's home folder could not be made."),
            why=_("The system says: {reason}.", reason=error.strerror or error),
            remedy=_("Set LUTHIER_HOME to a folder where you may write, then start again."),
            place=str(workspace.home),
            code="home.not_writable",
        ) from error
    if not os.access(workspace.home, os.W_OK):
        raise LuthierError(
            _("Luthier may not write to its home folder."),
            remedy=_("Change its permissions, or set LUTHIER_HOME to another folder."),
            place=str(workspace.home),
            code="home.not_writable",
        )
    return workspace
