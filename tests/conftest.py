"""Fixtures that several rooms share."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.tiny_model import write_tiny_model

from luthier.tools.workspace import Workspace, open_workspace

SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A home of its own for each test."""
    return open_workspace(tmp_path / "home")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data sets beside the checkout; tests that need them skip where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder shared/data with real data sets is not beside this checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real, tiny, untrained chat model; name it to ``resolve_model`` by its path."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")
