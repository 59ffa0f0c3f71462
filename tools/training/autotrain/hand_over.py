"""The folder for AutoTrain on another computer: self-contained, with the commands and the reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.models.reference import resolve_model
from luthier.tools.training.autotrain.environment import has_environment, has_gpu, why_not
from luthier.tools.training.autotrain.project import README, commands, readme, write_project
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Written:
    """What was written; ``why`` says why AutoTrain does not run here, "" where it could."""

    folder: Path
    rows: int
    left_out: int
    commands: tuple[str, ...]
    why: str


def hand_over(workspace: Workspace, plan: Plan, folder: Path) -> Written:
    """Write the folder; nothing in it is linked to Luthier's own files.

    Raises:
        LuthierError: the folder holds something (``autotrain.folder_in_use``), cannot be written, or
            what :func:`~luthier.tools.training.autotrain.project.write_project` raises.
    """
    place = named_folder(folder)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise LuthierError(
            _("There is something in this folder already."),
            remedy=_("Name a new or an empty folder; nothing is replaced."),
            place=str(place),
            code="autotrain.folder_in_use",
        )
    try:
        project = write_project(workspace, plan, place, share=False)
        (place / README).write_text(readme(plan), encoding="utf-8")
    except OSError as error:
        raise LuthierError(
            _("The folder for AutoTrain could not be written."),
            why=_("The system says: {reason}.", reason=error.strerror or error),
            remedy=_("Choose a folder where you may write and where there is room."),
            place=str(place),
            code="autotrain.not_written",
        ) from error
    problem = None if has_environment(workspace) else why_not(workspace, gpu=has_gpu())
    return Written(
        folder=place,
        rows=project.rows,
        left_out=project.left_out,
        commands=commands(str(place)),
        why=f"{problem.what} {problem.why}" if problem else "",
    )


def named_folder(folder: Path) -> Path:
    """The folder as a full path."""
    return folder.expanduser().absolute()


def needed_bytes(workspace: Workspace, plan: Plan) -> int:
    """What the copy of the base model takes; the rest is small."""
    folder = resolve_model(workspace, plan.model.id, download=False).folder
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
