"""TRL's files through `datasets` and TRL itself: loaded as they are, rendered, and trained on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.stored_rows import judged, pairs, plain, store, with_tools

from luthier.tools.data.exports.write import export_dataset
from luthier.tools.workspace import Workspace

SCRIPT = """
import json, sys
from datasets import load_dataset
from peft import LoraConfig
from transformers import AutoTokenizer, AutoModelForCausalLM
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer
from trl.data_utils import apply_chat_template, is_conversational
from trl.experimental.kto import KTOConfig, KTOTrainer
folders, model = json.loads(sys.argv[1]), sys.argv[2]
tokenizer = AutoTokenizer.from_pretrained(model)
found = {}
KINDS = {"sft": (SFTConfig, SFTTrainer), "dpo": (DPOConfig, DPOTrainer), "kto": (KTOConfig, KTOTrainer)}
for name, (folder, kind) in folders.items():
    files = {"train": folder + "/train.jsonl", "validation": folder + "/validation.jsonl"}
    data = load_dataset("json", data_files=files, cache_dir=folder + "/cache")
    rows = data["train"]
    first = apply_chat_template(dict(rows[0]), tokenizer) if "tools" not in rows[0] else {}
    config, trainer_class = KINDS[kind]
    more = {"precompute_ref_log_probs": False} if kind == "dpo" else {}
    trainer = trainer_class(
        model=AutoModelForCausalLM.from_pretrained(model),
        args=config(output_dir=folder + "/out", max_steps=1, per_device_train_batch_size=2,
                    use_cpu=True, bf16=False, report_to="none", save_strategy="no", **more),
        train_dataset=rows, processing_class=tokenizer, peft_config=LoraConfig(r=2),
    )
    loss = trainer.train().training_loss
    found[name] = {"rows": len(rows), "conversational": is_conversational(rows[0]), "loss": loss,
                   "first": first, "row": rows[0]}
print("FOUND" + json.dumps(found))
"""


@pytest.mark.training
def test_datasets_and_trl_take_the_files_as_they_are(
    workspace: Workspace, tmp_path: Path, tiny_model: Path
) -> None:
    cases = {
        "plain": ("trl", plain(), "sft"),
        "tools": ("trl", with_tools(), "sft"),
        "prompts": ("trl-prompt-completion", plain(16), "sft"),
        "pairs": ("trl", pairs(17), "dpo"),
        "judged": ("trl", judged(18), "kto"),
    }
    folders = {}
    for name, (export, rows, kind) in cases.items():
        export_dataset(workspace, store(workspace, rows).id, export, tmp_path / name)
        folders[name] = (str(tmp_path / name), kind)
    done = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT, json.dumps(folders), str(tiny_model)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.split("FOUND")[1])
    assert {name: one["rows"] for name, one in found.items()} == {
        name: len(rows) - 4 for name, (_export, rows, _kind) in cases.items()
    }
    assert all(one["conversational"] and one["loss"] > 0 for one in found.values())
    assert "Where is order 0?" in found["prompts"]["first"]["prompt"]
    assert found["prompts"]["first"]["completion"].startswith("On its way: “0”")
    calls = found["tools"]["row"]["messages"][1]["tool_calls"]
    assert calls[0]["function"]["arguments"] == {"place": "Oslo"}
