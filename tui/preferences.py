"""What the user chose for the screen, kept in the home folder across runs."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from luthier.tools.files import write_atomic
from luthier.tools.workspace import Workspace


class Preferences(BaseModel):
    """The choices; a file from a newer or damaged version falls back to these defaults."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    theme: str = "luthier-dark"
    show_journey: bool = True
    looked_for_models: bool = False


def load_preferences(workspace: Workspace) -> Preferences:
    """The saved preferences, or the defaults where there are none."""
    try:
        return Preferences.model_validate_json((workspace.home / "screen.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return Preferences()


def save_preferences(workspace: Workspace, preferences: Preferences) -> None:
    """Keep ``preferences`` for the next run."""
    write_atomic(workspace.home / "screen.json", preferences.model_dump_json(indent=2) + "\n")
