"""Where files for the user are written."""

from __future__ import annotations

from pathlib import Path


def place_for(path: Path | None, name: str) -> Path:
    """Where to write a file called ``name``: into a folder, as a file, or here."""
    given = (path or Path()).expanduser()
    return (given / name if given.is_dir() else given).absolute()
