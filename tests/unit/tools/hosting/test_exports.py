"""Exports of a tiny model that was really tuned: made, checked, measured; broken ones are caught."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.damage import write_another_stop_token, write_another_template, write_no_numbers
from fakes.tuned import TRAIN_JOB, TunedHome, finish_job, save_adapter, train_adapter

from luthier.tools.data.store import load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json, write_json
from luthier.tools.hosting.checks import adapter_problems, file_problems, weight_problems
from luthier.tools.hosting.elsewhere import commands_for
from luthier.tools.hosting.export_worker import run
from luthier.tools.hosting.kinds.asking import ask_transformers
from luthier.tools.hosting.kinds.base import Build
from luthier.tools.hosting.kinds.folder import MODEL
from luthier.tools.hosting.model import Export
from luthier.tools.hosting.parity import find_problems, measure_parity
from luthier.tools.hosting.reference import tuned_answers
from luthier.tools.hosting.store import delete_export, get_export, list_exports
from luthier.tools.hosting.tuned import Tuned, find_tuned
from luthier.tools.jobs.context import JobStopped
from luthier.tools.progress import silent
from luthier.tools.training.plan import ModelPlan

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def merged(tuned_home: TunedHome) -> Export:
    """The merged model, ready."""
    return tuned_home.export("merged")[0]


@pytest.fixture
def broken(merged: Export, tmp_path: Path) -> Path:
    """A copy of the merged model for a test to damage."""
    return Path(shutil.copytree(merged.path, tmp_path / "broken"))


def parity_problems(tuned_home: TunedHome, folder: Path, tmp_path: Path) -> str:
    """What asking the model in ``folder`` finds wrong with it."""
    tuned = find_tuned(tuned_home.workspace, TRAIN_JOB)
    rows = tuned.test_rows(tuned_home.workspace, 4)
    build = Build(tuned_home.workspace, tuned, tmp_path, tmp_path, tmp_path / "log", "", silent)
    reference = tuned_answers(tuned_home.workspace, tuned, rows, silent)
    answers = ask_transformers(build, [row.prompt for row in rows], folder=folder)
    plan = tuned.plan
    parity = measure_parity(rows, plan.task, plan.evaluation.metric, reference, answers)
    return " ".join(find_problems(parity))


def test_a_merged_model_says_what_the_tuned_one_says_and_has_the_base_models_template(
    tuned_home: TunedHome, merged: Export
) -> None:
    assert merged.state == "ready"
    assert merged.parity is not None
    assert merged.parity.identical == 1.0
    assert merged.parity.score == merged.parity.reference == 1.0
    assert merged.parity.template_same
    assert merged.parity.tokens_per_second > 0
    assert merged.precision == "float32", "the tiny base model is in float32"
    ours = json.loads(Path(merged.path, "tokenizer_config.json").read_text())
    theirs = json.loads((tuned_home.base / "tokenizer_config.json").read_text())
    assert ours["chat_template"] == theirs["chat_template"]
    assert get_export(tuned_home.workspace, merged.id[-12:]) == merged


def test_an_export_job_that_goes_on_keeps_what_it_had_finished_and_clears_up_when_cancelled(
    tuned_home: TunedHome,
) -> None:
    order = {"train_job": TRAIN_JOB, "kind": "merged", "precisions": ("",), "rows": 2}
    context = tuned_home.context("export", order)
    (first,) = run(context)["exports"]
    weights = Path(first["path"], "model.safetensors")
    before = weights.stat().st_ino
    (again,) = run(context)["exports"]
    assert again == first
    assert weights.stat().st_ino == before, "a server may read from it meanwhile"
    delete_export(tuned_home.workspace, first["id"])

    for request, is_kept in (("pause", True), ("cancel", False)):
        write_json(context.folder / "control.json", {"request": request})
        with pytest.raises(JobStopped):
            run(context)
        assert (context.output / "scratch").exists() is is_kept
    context.close()


def test_a_base_in_bfloat16_is_merged_in_float32_and_rounded_once_to_bfloat16(
    tuned_home: TunedHome, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import load_file
    from transformers import AutoModelForCausalLM

    workspace = tuned_home.workspace
    base = Path(shutil.copytree(tuned_home.base, tmp_path / "bfloat16"))
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    model.save_pretrained(base)
    plan = tuned_home.plan.model_copy(update={"model": ModelPlan(id=str(base))})
    job = tuned_home.context("train", {"plan": plan.model_dump(mode="json")})
    job.close()
    adapter = find_tuned(workspace, TRAIN_JOB).adapter
    spec = job.spec.model_copy(update={"created_at": "2020"})  # the newest training stays the other
    finish_job(workspace, spec, {"adapter": str(adapter), "seconds": 1.0, "steps": 60})
    (export,) = tuned_home.export("merged", train_job=job.spec.id)
    assert (export.state, export.precision) == ("ready", "bfloat16"), export.problems
    merged = load_file(next(Path(export.path).glob("*.safetensors")))
    assert {weight.dtype for weight in merged.values()} == {torch.bfloat16}
    assert json.loads(Path(export.path, "config.json").read_text())["dtype"] == "bfloat16"
    name = "model.layers.0.self_attn.q_proj"
    learned = load_file(adapter / "adapter_model.safetensors")
    up, down = (learned[f"base_model.model.{name}.lora_{part}.weight"] for part in "BA")
    exact = load_file(base / "model.safetensors")[f"{name}.weight"].float() + 2.0 * (up @ down)
    assert torch.equal(merged[f"{name}.weight"], exact.to(torch.bfloat16))
    delete_export(workspace, export.id)


def test_the_adapter_names_its_base_and_the_commands_elsewhere_name_its_rank(
    tuned_home: TunedHome,
) -> None:
    (export,) = tuned_home.export("adapter")
    assert export.state == "ready"
    assert export.bytes < 2_000_000
    commands = commands_for(export)
    assert "--enable-lora" in commands["vLLM"]
    assert "--max-lora-rank 16" in commands["vLLM"]
    assert f"-v {export.path}:/adapter " in commands["TGI"]
    assert f"--model-id {export.base_model} --lora-adapters mail=/adapter" in commands["TGI"]
    assert export.path in commands["vLLM"]


def test_the_folder_runs_without_luthier_from_anywhere(
    tuned_home: TunedHome, tmp_path: Path
) -> None:
    (export,) = tuned_home.export("folder")
    assert export.state == "ready"
    assert {path.name for path in Path(export.path).iterdir()} == {
        *("README.md", "requirements.txt", "run.py", "settings.json", MODEL)
    }
    assert "luthier" not in Path(export.path, "run.py").read_text().lower()
    assert export.parity is not None
    assert export.parity.identical == 1.0, "its own script was asked, isolated, elsewhere"


def test_a_wrong_template_is_caught_by_the_files_and_by_the_prompts(
    tuned_home: TunedHome, broken: Path, tmp_path: Path
) -> None:
    settings = read_json(broken / "tokenizer_config.json")
    settings["chat_template"] = settings["chat_template"].replace("<|im_start|>assistant", "BOT:")
    write_json(broken / "tokenizer_config.json", settings)
    assert "template" in " ".join(file_problems(broken, tuned_home.base))
    assert "other characters or tokens" in parity_problems(tuned_home, broken, tmp_path)


@pytest.mark.parametrize("damage", ["another", "none"])
def test_a_wrong_or_missing_stop_token_is_caught(
    tuned_home: TunedHome, broken: Path, damage: str
) -> None:
    config = read_json(broken / "config.json")
    config["eos_token_id"] = 3 if damage == "another" else None
    write_json(broken / "config.json", config)
    (broken / "generation_config.json").unlink(missing_ok=True)
    assert "stop tokens" in " ".join(file_problems(broken, tuned_home.base))


def test_an_untrained_adapter_is_refused_and_nothing_is_called_done(tuned_home: TunedHome) -> None:
    workspace = tuned_home.workspace
    adapter = workspace.jobs / TRAIN_JOB / "output" / "adapter"
    kept = adapter.with_name("kept")
    adapter.rename(kept)
    rows = load_rows(workspace, tuned_home.plan.data.dataset_id, "train")[:2]
    save_adapter(train_adapter(tuned_home.base, rows, steps=0), adapter)
    before = list_exports(workspace)
    try:
        with pytest.raises(LuthierError) as caught:
            tuned_home.export("merged")
    finally:
        shutil.rmtree(adapter)
        kept.rename(adapter)
    assert caught.value.code == "export.adapter_broken"
    assert "not trained" in caught.value.why
    assert list_exports(workspace) == before


def test_weights_that_are_no_numbers_are_caught(
    tuned_home: TunedHome, broken: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    path = next(broken.glob("*.safetensors"))
    weights = load_file(path)
    weights["model.norm.weight"][0] = float("nan")
    save_file(weights, path, metadata={"format": "pt"})
    assert "finite" in " ".join(weight_problems(broken, tuned_home.base))
    adapter = Path(
        shutil.copytree(find_tuned(tuned_home.workspace, TRAIN_JOB).adapter, tmp_path / "adapter")
    )
    file = adapter / "adapter_model.safetensors"
    tensors = load_file(file)
    next(iter(tensors.values()))[0, 0] = float("inf")
    save_file(tensors, file)
    assert "finite" in " ".join(adapter_problems(adapter))


def test_the_base_model_under_another_name_is_caught(tuned_home: TunedHome, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tuned_home.base, tmp_path / "copy"))
    assert "base model's" in " ".join(weight_problems(copy, tuned_home.base))
    found = parity_problems(tuned_home, copy, tmp_path)
    assert "where the tuned model reaches" in found or "another model" in found


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (write_another_template, "chat template"),
        (write_another_stop_token, "stop tokens"),
        (write_no_numbers, "finite numbers"),
    ],
)
def test_a_broken_export_is_never_called_done(
    tuned_home: TunedHome,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], None],
    words: str,
) -> None:
    from luthier.tools.hosting.kinds import merged as kind

    def merge_badly(tuned: Tuned, folder: Path) -> str:
        precision = original(tuned, folder)
        damage(folder)
        return precision

    original = kind.merge_into
    monkeypatch.setattr(kind, "merge_into", merge_badly)
    with pytest.raises(LuthierError) as caught:
        tuned_home.export("merged")
    assert caught.value.code == "export.failed"
    assert words in caught.value.why
    newest = list_exports(tuned_home.workspace)[0]
    assert newest.state == "failed"
    assert words in " ".join(newest.problems)
    assert newest.path == ""
    assert not (tuned_home.workspace.exports / newest.id).exists()
    delete_export(tuned_home.workspace, newest.id)


def test_an_export_whose_answers_fail_is_kept_as_a_failure_without_its_files(
    tuned_home: TunedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    from luthier.tools.hosting.kinds import merged as kind

    def forget_the_adapter(tuned: Tuned, folder: Path) -> str:
        precision = original(tuned, folder)
        shutil.copy2(tuned.reference.folder / "model.safetensors", folder / "model.safetensors")
        return precision

    original = kind.merge_into
    monkeypatch.setattr(kind, "merge_into", forget_the_adapter)
    monkeypatch.setattr(kind, "weight_problems", lambda _folder, _base: [])
    with pytest.raises(LuthierError) as caught:
        tuned_home.export("merged")
    assert caught.value.code == "export.failed"
    assert caught.value.remedy
    newest = list_exports(tuned_home.workspace)[0]
    assert newest.state == "failed"
    assert newest.problems
    assert newest.path == ""
    assert not (tuned_home.workspace.exports / newest.id).exists()
    delete_export(tuned_home.workspace, newest.id)
    assert newest not in list_exports(tuned_home.workspace)
