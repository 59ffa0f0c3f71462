"""Folders for what is unpacked or copied; those of killed processes go when the next one is made."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

_NAME = re.compile(r"luthier-(\d+)-\w+")


def temporary_folder() -> Path:
    """A fresh folder, which whoever asked for it removes."""
    _remove_abandoned()
    return Path(tempfile.mkdtemp(prefix=f"luthier-{os.getpid()}-"))


def _remove_abandoned() -> None:
    import psutil

    for folder in Path(tempfile.gettempdir()).glob("luthier-*-*"):
        owner = _NAME.fullmatch(folder.name)
        if owner and not psutil.pid_exists(int(owner.group(1))):
            shutil.rmtree(
                folder, ignore_errors=True
            )  # another user's stays: it is not ours to remove
