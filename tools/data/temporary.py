"""Folders for what is unpacked or copied; those of killed processes go when the next one is made."""

from __future__ import annotations

import tempfile
from pathlib import Path

from luthier.tools.draft_folder import DraftFolder


def temporary_folder() -> DraftFolder:
    """A fresh folder, which whoever asked for it removes."""
    return DraftFolder(Path(tempfile.gettempdir()), "luthier-temporary-")
