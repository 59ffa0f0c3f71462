"""axolotl's own configuration and data set loading take the files as they are, every row of them.

It needs an environment of its own, because it pins other versions of the libraries: ``LUTHIER_AXOLOTL``
names its Python.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from fakes.stored_rows import assistant, judged, pairs, plain, row, store, user, with_tools

from luthier.tools.data.exports.write import export_dataset
from luthier.tools.workspace import Workspace

PYTHON = os.environ.get("LUTHIER_AXOLOTL", "")
SETTINGS = """
base_model: {model}
sequence_len: 512
micro_batch_size: 1
gradient_accumulation_steps: 1
num_epochs: 1
learning_rate: 0.0001
optimizer: adamw_torch
adapter: lora
lora_r: 2
lora_alpha: 4
lora_target_modules: [q_proj]
dataset_num_proc: 1
output_dir: out
special_tokens:
  pad_token: {pad}
"""
LOAD = """
import json, os, sys
from pathlib import Path

def main():
    from axolotl.cli.config import load_cfg
    from axolotl.common.datasets import load_datasets, load_preference_datasets
    from transformers import AutoTokenizer
    folders, model, settings = json.loads(sys.argv[1]), sys.argv[2], sys.argv[3]
    tokenizer = AutoTokenizer.from_pretrained(model)
    found = {}
    for folder in folders:
        os.chdir(folder)
        pad = json.dumps(tokenizer.pad_token or tokenizer.eos_token)
        text = settings.format(model=model, pad=pad) + Path("datasets.yaml").read_text()
        Path("config.yaml").write_text(text)
        cfg = load_cfg("config.yaml")
        rows = (load_preference_datasets if cfg.rl else load_datasets)(cfg=cfg)
        seen = []
        for one in rows.train_dataset:
            if cfg.rl == "kto":
                seen.append([one["prompt"], one["completion"], one["label"]])
            elif cfg.rl:
                seen.append([one["prompt"], one["chosen"], one["rejected"]])
            else:
                marked = zip(one["input_ids"], one["labels"])
                seen.append(tokenizer.decode([i for i, mark in marked if mark != -100]))
        found[folder] = [len(rows.train_dataset), len(rows.eval_dataset), seen]
    print("FOUND" + json.dumps(found))

if __name__ == "__main__":  # axolotl starts processes that run this file again
    main()
"""


@pytest.mark.skipif(not PYTHON, reason="LUTHIER_AXOLOTL names no Python with axolotl")
def test_its_own_loading_takes_every_row(
    workspace: Workspace, tmp_path: Path, tiny_model: Path
) -> None:
    weighted = plain(20)
    weighted[0] = row(0, user("a"), assistant("b", weight=0), user("c"), assistant("d"))
    cases = {
        "plain": plain(),
        "tools": with_tools(13),
        "weighted": weighted,
        "pairs": pairs(15),
        "judged": judged(18),
    }
    for name, rows in cases.items():
        report = export_dataset(workspace, store(workspace, rows).id, "axolotl", tmp_path / name)
        assert not report.left_out
    script = tmp_path / "load.py"
    script.write_text(LOAD)
    folders = json.dumps([str(tmp_path / name) for name in cases])
    done = subprocess.run(
        [PYTHON, str(script), folders, str(tiny_model), SETTINGS],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "AXOLOTL_DO_NOT_TRACK": "1", "PYTHONPATH": ""},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.split("FOUND")[1])
    for name, rows in cases.items():
        train, validation, seen = found[str(tmp_path / name)]
        assert (train, validation) == (len(rows) - 4, 2), name
        assert all(seen)
    learned = found[str(tmp_path / "plain")][2]
    assert any("On its way" in text and "Where is order" not in text for text in learned)
    prompt, answer, _label = found[str(tmp_path / "judged")][2][0]
    assert prompt.endswith("<|im_end|>\n<|im_start|>assistant\n")
    assert answer.startswith("Number ")
    assert {label for _, _, label in found[str(tmp_path / "judged")][2]} == {True, False}
