"""A model of which every weight was trained, as GGUF: it answers as it did before the conversion."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.tuned import TunedHome, tune_tiny, write_tiny_with_tokenizer

from luthier.tools.models.starter import starter_folder
from luthier.tools.models.tuned_folder import is_whole_model
from luthier.tools.workspace import open_workspace

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def whole_home(
    tmp_path_factory: pytest.TempPathFactory, starter_home: Path, llama_cpp: Path
) -> TunedHome:
    """A home whose tuned model is a whole model, not an adapter."""
    folder = tmp_path_factory.mktemp("whole")
    source = starter_folder(open_workspace(starter_home))
    base = write_tiny_with_tokenizer(source, folder / "base")
    workspace = open_workspace(folder / "home")
    workspace.toolkits.mkdir()
    (workspace.toolkits / llama_cpp.name).symlink_to(llama_cpp, target_is_directory=True)
    plan = tune_tiny(workspace, base, folder, most=16, whole=True)
    return TunedHome(workspace, plan, base)


def test_full_fine_tuning_reaches_q8_0_with_the_same_answers(whole_home: TunedHome) -> None:
    (made,) = whole_home.export("gguf", "Q8_0")
    assert made.state == "ready", made.problems
    assert made.precision == "Q8_0"
    assert made.parity is not None
    assert made.parity.identical == 1.0
    assert made.parity.score == made.parity.reference == 1.0
    assert made.parity.template_same
    assert made.parity.stops == 1.0


def test_it_is_merged_without_a_base_model_and_refused_as_an_adapter(whole_home: TunedHome) -> None:
    (made,) = whole_home.export("merged")
    assert made.state == "ready", made.problems
    assert made.parity is not None
    assert made.parity.identical == 1.0
    assert is_whole_model(Path(made.path))
