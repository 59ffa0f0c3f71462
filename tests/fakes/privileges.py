"""Commands as a user runs whom permissions bind: the tests often run as root, who may write anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

_GIVE_UP = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


def bound_by_permissions() -> list[str]:
    """What to put before a command, so that file permissions count for it; nothing for a plain user."""
    if os.geteuid() != 0:
        return []
    tried = shutil.which("setpriv") and subprocess.run([*_GIVE_UP, "true"], capture_output=True)
    if not tried or tried.returncode != 0:
        pytest.skip("root may write anywhere here, and setpriv cannot take that right away")
    return _GIVE_UP
