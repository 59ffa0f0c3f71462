"""The real ``luthier`` command in a process of its own, on a home of the test's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def luthier(home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run it to its end; what it printed stands in ``stdout`` and ``stderr``."""
    return subprocess.run(
        [sys.executable, "-m", "luthier.tui.cli", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=280,
        env={**os.environ, "COLUMNS": "200", "LUTHIER_HOME": str(home)},
        check=False,
    )
