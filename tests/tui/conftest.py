"""The app over a scripted session, without waiting times and blinking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from fakes.screen import make_app
from fakes.session import FakeSession, Step

from luthier.tools.workspace import Workspace
from luthier.tui import grace
from luthier.tui.app import LuthierApp


@pytest.fixture(autouse=True)
def steady_screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No grace period unless a test asks for it; colours and home do not depend on the machine."""
    monkeypatch.setattr(grace, "SECONDS", 0)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def chat(workspace: Workspace) -> Callable[..., tuple[LuthierApp, FakeSession]]:
    """Make an app whose session plays the given turns."""

    def make(*turns: Sequence[Step], **options: Any) -> tuple[LuthierApp, FakeSession]:
        return make_app(workspace, turns, **options)

    return make
