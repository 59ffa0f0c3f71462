"""Full fine-tuning by its own trainer, then out of Luthier: merged, GGUF, served; broken ones refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fakes.tuned import TunedHome, finish_job, mail_plan, write_tiny_with_tokenizer

from luthier.tools.errors import LuthierError
from luthier.tools.hosting.checks import tuned_problems
from luthier.tools.hosting.exporting import best_measured
from luthier.tools.hosting.store import list_exports
from luthier.tools.hosting.tuned import find_tuned
from luthier.tools.models.starter import starter_folder
from luthier.tools.models.tuned_folder import is_whole_model
from luthier.tools.training import worker
from luthier.tools.training.plan import TrainPlan
from luthier.tools.workspace import open_workspace

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def whole_home(
    tmp_path_factory: pytest.TempPathFactory, starter_home: Path, llama_cpp: Path
) -> TunedHome:
    """A home whose newest training was full fine-tuning, by the worker that users' plans run in."""
    folder = tmp_path_factory.mktemp("whole")
    base = write_tiny_with_tokenizer(starter_folder(open_workspace(starter_home)), folder / "base")
    workspace = open_workspace(folder / "home")
    workspace.toolkits.mkdir()
    (workspace.toolkits / llama_cpp.name).symlink_to(llama_cpp, target_is_directory=True)
    train = TrainPlan(
        epochs=6, batch_size=8, learning_rate=5e-3, max_length=128, evaluations_per_epoch=1
    )
    plan = mail_plan(workspace, base, folder).model_copy(update={"method": "full", "train": train})
    home = TunedHome(workspace, plan, base)
    context = home.context("train", {"plan": plan.model_dump(mode="json")})
    try:
        finish_job(workspace, context.spec, worker.run(context))
    finally:
        context.close()
    return home


def test_it_says_the_same_merged_and_as_gguf_through_llama_cpps_server(
    whole_home: TunedHome,
) -> None:
    assert is_whole_model(find_tuned(whole_home.workspace).adapter)
    made = [
        *whole_home.export("merged", train_job=""),
        *whole_home.export("gguf", "F16", "Q8_0", train_job=""),
    ]
    assert [(one.kind, one.precision) for one in made] == [
        ("merged", "float32"),
        ("gguf", "F16"),
        ("gguf", "Q8_0"),
    ]
    for one in made:
        assert one.state == "ready", one.problems
        assert one.parity is not None
        assert one.parity.identical == 1.0
        assert one.parity.score == one.parity.reference == 1.0, "it learned its rows"
        assert one.parity.template_same
        assert one.parity.stops == 1.0
    assert is_whole_model(Path(made[0].path))
    assert best_measured(made) == made[2]


def test_there_is_no_adapter_to_export(whole_home: TunedHome) -> None:
    before = list_exports(whole_home.workspace)
    with pytest.raises(LuthierError) as caught:
        whole_home.export("adapter", train_job="")
    assert caught.value.code == "export.no_adapter"
    assert list_exports(whole_home.workspace) == before


def test_broken_and_untrained_weights_are_refused(whole_home: TunedHome, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    tuned = find_tuned(whole_home.workspace)
    assert tuned_problems(tuned.adapter, whole_home.base) == []
    copy = Path(shutil.copytree(tuned.adapter, tmp_path / "copy"))
    weights = load_file(copy / "model.safetensors")
    weights["model.norm.weight"][0] = float("nan")
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    assert "finite" in " ".join(tuned_problems(copy, whole_home.base))
    kept = tuned.adapter.with_name("kept")
    tuned.adapter.rename(kept)
    shutil.copytree(whole_home.base, tuned.adapter)
    try:
        with pytest.raises(LuthierError) as caught:
            whole_home.export("merged", train_job="")
    finally:
        shutil.rmtree(tuned.adapter)
        kept.rename(tuned.adapter)
    assert caught.value.code == "export.adapter_broken"
    assert "not trained" in caught.value.why
