"""One tiny tuned model for all tests of this room, and llama.cpp where it can be had."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.tuned import TunedHome, tune_tiny

from luthier.tools.errors import LuthierError
from luthier.tools.hosting.llama_cpp import install_toolkit
from luthier.tools.workspace import open_workspace


@pytest.fixture(scope="session")
def tuned_home(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> TunedHome:
    """Tuned once for all files of this room; it learned its rows by heart."""
    folder = tmp_path_factory.mktemp("tuned")
    workspace = open_workspace(folder / "home")
    return TunedHome(workspace, tune_tiny(workspace, tiny_model, folder), tiny_model)


@pytest.fixture(scope="session")
def llama_cpp(request: pytest.FixtureRequest) -> Path:
    """The folder of llama.cpp's packages, fetched from PyPI once and kept in pytest's cache."""
    home = open_workspace(Path(request.config.cache.mkdir("luthier-llama-cpp")))
    try:
        return install_toolkit(home)
    except LuthierError as error:
        pytest.skip(f"llama.cpp cannot be fetched from PyPI here: {error.why}")


@pytest.fixture
def llama_home(tuned_home: TunedHome, llama_cpp: Path) -> TunedHome:
    """The tuned home with llama.cpp in it."""
    place = tuned_home.workspace.toolkits
    place.mkdir(exist_ok=True)
    link = place / llama_cpp.name
    if not link.exists():
        link.symlink_to(llama_cpp, target_is_directory=True)
    return tuned_home
