"""LLaMA-Factory's own loader takes the files as they are, every row of them.

It needs an environment of its own, because it pins other versions of the libraries:
``LUTHIER_LLAMA_FACTORY`` names its Python.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fakes.stored_rows import judged, pairs, plain, store, with_tools

from luthier.tools.data.exports.write import export_dataset
from luthier.tools.data.model import Row
from luthier.tools.workspace import Workspace

PYTHON = os.environ.get("LUTHIER_LLAMA_FACTORY", "")
LOAD = """
import json, sys
from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
from llamafactory.hparams import get_train_args
from transformers import AutoTokenizer
cases, model = json.loads(sys.argv[1]), sys.argv[2]
counts = {}
for folder, stage, name in cases:
    arguments = {"stage": stage, "do_train": True, "model_name_or_path": model, "template": "qwen",
                 "dataset": name, "dataset_dir": folder, "output_dir": folder + "/out",
                 "cutoff_len": 512, "finetuning_type": "lora", "overwrite_cache": True,
                 "use_cpu": True, "bf16": False, "report_to": "none"}
    model_args, data_args, training_args, _, _ = get_train_args(arguments)
    tokenizer = AutoTokenizer.from_pretrained(model)
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    found = get_dataset(template, model_args, data_args, training_args,
                        stage="rm" if stage == "dpo" else stage, tokenizer=tokenizer)
    rows = found["train_dataset"]
    key = "chosen_input_ids" if stage == "dpo" else "input_ids"
    counts[folder] = [len(rows), tokenizer.decode(rows[0][key])]
print("COUNTS" + json.dumps(counts))
"""


def entry(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "dataset_info.json").read_text())
    return found["shop_data_train"]


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (plain(), {"messages", "system"}),
        (with_tools(), {"messages", "tools"}),
        (pairs(), {"messages", "chosen", "rejected"}),
        (judged(), {"messages", "kto_tag"}),
    ],
)
def test_the_entry_names_the_columns_that_the_rows_have(
    workspace: Workspace, tmp_path: Path, rows: list[Row], columns: set[str]
) -> None:
    export_dataset(workspace, store(workspace, rows).id, "llama-factory", tmp_path)
    found = entry(tmp_path)
    assert set(found["columns"]) == columns
    written = json.loads((tmp_path / found["file_name"]).read_text(encoding="utf-8"))
    assert all(set(found["columns"].values()) == set(line) for line in written)
    for line in written:
        sides = [turn["from"] in ("human", "observation") for turn in line["conversations"]]
        assert sides == [n % 2 == 0 for n in range(len(sides))]


def test_alpaca_keeps_earlier_turns_as_history(workspace: Workspace, tmp_path: Path) -> None:
    export_dataset(workspace, store(workspace, plain()).id, "llama-factory-alpaca", tmp_path)
    written = json.loads((tmp_path / entry(tmp_path)["file_name"]).read_text(encoding="utf-8"))
    assert written[1] == {
        "instruction": "Where is order 1?",
        "input": "",
        "history": [["Hello", "Hello, how can I help?"]],
        "output": "On its way: “1”\nUntil Friday.",
        "system": "Be brief.",
    }


@pytest.mark.skipif(not PYTHON, reason="LUTHIER_LLAMA_FACTORY names no Python with LLaMA-Factory")
def test_its_own_loader_takes_every_row(
    workspace: Workspace, tmp_path: Path, tiny_model: Path
) -> None:
    cases = []
    wanted: dict[str, int] = {}
    for number, (export, rows, stage) in enumerate(
        (
            ("llama-factory", plain(), "sft"),
            ("llama-factory", with_tools(13), "sft"),
            ("llama-factory", pairs(15), "dpo"),
            ("llama-factory", judged(16), "kto"),
            ("llama-factory-alpaca", plain(17), "sft"),
            ("llama-factory-alpaca", pairs(18), "dpo"),
        )
    ):
        folder = tmp_path / f"case{number}"
        report = export_dataset(workspace, store(workspace, rows).id, export, folder)
        assert not report.left_out
        cases.append((str(folder), stage, "shop_data_train"))
        wanted[str(folder)] = len(rows) - 4
    folder = tmp_path / "sharegpt"  # with an entry as LLaMA-Factory's own documentation writes it
    export_dataset(workspace, store(workspace, plain(19)).id, "sharegpt", folder)
    documented = {"file_name": "train.jsonl", "formatting": "sharegpt"}
    (folder / "dataset_info.json").write_text(json.dumps({"mine": documented}))
    cases.append((str(folder), "sft", "mine"))
    wanted[str(folder)] = 15
    done = subprocess.run(
        [PYTHON, "-c", LOAD, json.dumps(cases), str(tiny_model)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    counts = json.loads(done.stdout.split("COUNTS")[1])
    assert {folder: found[0] for folder, found in counts.items()} == wanted
    assert "weather" in counts[cases[1][0]][1]
