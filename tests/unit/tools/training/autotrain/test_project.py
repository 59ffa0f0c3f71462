"""The folder for AutoTrain: the very tokens that Luthier trains, and a model that 4.48 reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tokenizers import Tokenizer

from luthier.tools.data.model import Lineage, Message, Row
from luthier.tools.data.store import load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.autotrain.hand_over import hand_over
from luthier.tools.training.autotrain.project import (
    added_start,
    older_config,
    older_tokenizer,
    settings,
    training_texts,
    write_project,
)
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace


def row(answer: str, question: str = "hello") -> Row:
    messages = (Message(role="user", content=question), Message(role="assistant", content=answer))
    return Row(id=answer, messages=messages, source=Lineage(file="x", line=1))


def test_what_autotrain_reads_are_the_tokens_that_luthier_trains(
    training_home: Workspace, base_plan: Plan, tiny_model: Path, tmp_path: Path
) -> None:
    project = write_project(training_home, base_plan, tmp_path / "run", share=True)
    rows = load_rows(training_home, base_plan.data.dataset_id, "train")
    assert project.rows == len(rows)
    tokenizer = Tokenizer.from_file(str(project.folder / "model" / "tokenizer.json"))
    end = tokenizer.token_to_id("<|im_end|>")
    lines = (project.folder / "data" / "train.jsonl").read_text().splitlines()
    rendered = Renderer(tiny_model).render_many([one.messages for one in rows])
    for line, expected in zip(lines, rendered, strict=True):
        # AutoTrain puts the end token between the rows that it packs
        assert [*tokenizer.encode(json.loads(line)["text"]).ids, end] == expected.ids


def test_the_yaml_says_the_plan_in_autotrains_words(
    training_home: Workspace, base_plan: Plan, tmp_path: Path
) -> None:
    project = write_project(training_home, base_plan, tmp_path / "run", share=True)
    written = YAML(typ="safe").load(project.folder / "autotrain.yml")
    assert written == settings(base_plan)
    assert written["task"] == "llm-sft"
    assert written["backend"] == "local"
    assert written["data"]["chat_template"] is None, "the text is rendered already"
    params = written["params"]
    assert params["lr"] == base_plan.train.learning_rate
    assert params["lora_r"] == base_plan.lora.rank
    assert params["epochs"] == 3
    assert params["quantization"] is None
    assert written["hub"]["push_to_hub"] is False
    assert written["project_name"].isalnum(), "AutoTrain refuses other names"


def test_the_models_copy_is_written_as_transformers_4_reads_it(
    training_home: Workspace, base_plan: Plan, tmp_path: Path, tiny_model: Path
) -> None:
    project = write_project(training_home, base_plan, tmp_path / "run", share=True)
    config = json.loads((project.folder / "model" / "config.json").read_text())
    assert config["rope_theta"] == 10000.0
    assert "rope_parameters" not in config
    assert config["torch_dtype"] == "float32"
    original = json.loads((tiny_model / "config.json").read_text())
    assert "rope_parameters" in original, "Luthier's own copy stays as it was"


def test_stretched_positions_are_kept_and_positions_of_several_kinds_are_refused() -> None:
    rope = {"rope_type": "yarn", "factor": 4.0, "rope_theta": 1e6}
    old = older_config({"model_type": "qwen3", "rope_parameters": rope})
    assert old["rope_theta"] == 1e6
    assert old["rope_scaling"] == {"rope_type": "yarn", "factor": 4.0}
    with pytest.raises(LuthierError) as caught:
        older_config({"rope_parameters": {"full_attention": {"rope_theta": 1e6}}})
    assert caught.value.code == "autotrain.model_too_new"


def test_a_tokenizers_settings_are_put_back_into_the_old_words() -> None:
    new = {
        "tokenizer_class": "TokenizersBackend",
        "backend": "tokenizers",
        "eos_token": "</s>",
        "extra_special_tokens": ["<tool>"],
    }
    assert older_tokenizer(new) == {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "</s>",
        "additional_special_tokens": ["<tool>"],
    }


def test_rows_that_autotrain_would_misread_are_left_out(tiny_model: Path) -> None:
    rows = [row("fine"), row("say <|im_end|> aloud"), row("also fine")]
    texts = list(training_texts(Renderer(tiny_model), rows))
    assert len(texts) == 2
    assert all("aloud" not in text for text in texts)


def test_a_start_token_that_the_tokenizer_adds_is_not_written_twice(
    tiny_model: Path, tmp_path: Path
) -> None:
    from tokenizers.processors import TemplateProcessing

    assert added_start(tiny_model) == ""
    tokenizer = Tokenizer.from_file(str(tiny_model / "tokenizer.json"))
    tokenizer.post_processor = TemplateProcessing(
        single="<|im_start|> $A", special_tokens=[("<|im_start|>", 1)]
    )
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert added_start(tmp_path) == "<|im_start|>"


def test_a_folder_for_elsewhere_holds_everything_and_says_what_to_type(
    training_home: Workspace, base_plan: Plan, tiny_model: Path, tmp_path: Path
) -> None:
    written = hand_over(training_home, base_plan, tmp_path / "elsewhere")
    weights = written.folder / "model" / "model.safetensors"
    assert weights.read_bytes() == (tiny_model / "model.safetensors").read_bytes()
    assert weights.stat().st_ino != (tiny_model / "model.safetensors").stat().st_ino
    text = (written.folder / "README.md").read_text()
    assert "autotrain --config autotrain.yml" in text
    assert "autotrain-advanced==0.8.36" in text
    assert "exit code 0" in text
    assert written.commands[-1] == "autotrain --config autotrain.yml"


def test_nothing_in_a_folder_that_is_in_use_is_touched(
    training_home: Workspace, base_plan: Plan, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.txt").write_text("mine")
    with pytest.raises(LuthierError) as caught:
        hand_over(training_home, base_plan, tmp_path)
    assert caught.value.code == "autotrain.folder_in_use"
    assert (tmp_path / "data" / "mine.txt").read_text() == "mine"
