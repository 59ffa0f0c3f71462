"""The log file for bugs: one per home, small, readable by its owner only, never data or keys."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from luthier.tools.secrets import without_keys
from luthier.tools.workspace import Workspace

NAME = "luthier.log"
BYTES = 1_000_000
FORMAT = "%(asctime)s %(process)d %(name)s %(levelname)s %(message)s"


class _Quiet(RotatingFileHandler):
    """Where the log itself cannot be written, as on a full disk, nothing is printed over the chat."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Let the record go; whoever logged it tells the user in their own words."""


class _WithoutKeys(logging.Formatter):
    """Whatever is logged, tracebacks included, keys in it are hidden."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return without_keys(super().format(record))


def log_path(workspace: Workspace) -> Path:
    """Where the log of this home is."""
    return workspace.logs / NAME


def log_to_file(workspace: Workspace) -> None:
    """Send everything that is logged to the home's log file; a second call changes nothing."""
    path = log_path(workspace)
    root = logging.getLogger()
    if any(getattr(handler, "baseFilename", "") == str(path) for handler in root.handlers):
        return
    handler = _Quiet(path, maxBytes=BYTES, backupCount=2, encoding="utf-8", delay=True)
    handler.setFormatter(_WithoutKeys(FORMAT))
    handler.setLevel(logging.INFO)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    root.addHandler(handler)
    root.setLevel(min(root.level or logging.INFO, logging.INFO))
