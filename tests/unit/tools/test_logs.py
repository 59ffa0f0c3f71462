"""The log file: what it does when it cannot be written."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from luthier.tools.logs import log_path, log_to_file
from luthier.tools.workspace import Workspace


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_log_on_a_full_disk_prints_nothing_over_the_chat(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    log_path(workspace).symlink_to("/dev/full")
    root = logging.getLogger()
    before = list(root.handlers)
    try:
        log_to_file(workspace)
        logging.getLogger("luthier.test").warning("cannot be written")
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)

    assert capsys.readouterr().err == ""
