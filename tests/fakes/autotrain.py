"""A stand-in for AutoTrain's environment: a program that leaves what AutoTrain 0.8.36 leaves.

Its output and files are those that the real one was seen to make, with an adapter that was really
trained; ``mode`` chooses how it goes wrong. Like the real one, it ends with exit code 0 even then.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

MODES = ("works", "fails", "nothing", "nan", "untrained", "table", "waits")
_LINE = "INFO     | 2026-11-27 03:56:12 | autotrain.trainers.common:{where} - {text}"
FAILURE = """\
ERROR    | 2026-11-27 04:02:41 | autotrain.trainers.common:wrapper:215 - train has failed due to \
an exception: Traceback (most recent call last):
  File "/autotrain/trainers/common.py", line 212, in wrapper
    return func(*args, **kwargs)
datasets.exceptions.DatasetGenerationError: An error occurred while generating the dataset

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
ValueError: Error occurred while packing the dataset. Make sure that your dataset has enough samples \
to at least yield one packed sequence.

ERROR    | 2026-11-27 04:02:41 | autotrain.trainers.common:wrapper:216 - Error occurred."""


def place_stand_in(folder: Path, mode: str = "works", kept: Path | None = None) -> Path:
    """Put the stand-in where the environment would be, finished; it goes on in ``mode``.

    What it trained is kept in ``kept`` and taken from there the next time, for speed.
    """
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    (folder / "mode").write_text(mode)
    (folder / "kept").write_text(str(kept or folder / "trained"))
    program = folder / "bin" / "autotrain"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__)}" "{folder}" "$@"\n')
    program.chmod(0o755)
    (folder / "luthier-ready.json").write_text('{"autotrain": "stand-in"}')
    return folder


def main(folder: Path, config: Path) -> None:
    """Read the YAML and the data as AutoTrain does, train a little, and leave its files."""
    from ruamel.yaml import YAML

    settings = YAML(typ="safe").load(config.read_text())
    mode = (folder / "mode").read_text()
    _print(
        "Saving the dataset (1/1 shards):  50%|#####     | 12/24 [00:00<00:00, 964.2 examples/s]"
    )
    _say("create:20", "Starting local training...")
    _say("get_model:929", "loading model...")
    if mode == "fails":
        _print(FAILURE)
        return
    if mode == "nothing":
        return
    if mode == "waits":
        _wait(config.parent)
    kept = Path((folder / "kept").read_text())
    if not kept.is_dir():
        _train(settings, config.parent, kept)
    _report(json.loads((kept / "losses.json").read_text()))
    result = config.parent / settings["project_name"]
    shutil.copytree(kept, result)
    _damage(result, mode)


def _report(losses: list[float]) -> None:
    _say("on_train_begin:386", "Starting to train...")
    for number, loss in enumerate(losses, 1):
        _step(number, len(losses), loss)
    _say("post_training_steps:416", "Finished training, saving model...")


def _wait(folder: Path) -> None:
    """Train on and on with a child of its own, as ``accelerate`` has one."""
    import subprocess

    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    (folder / "child.json").write_text(json.dumps(child.pid))
    _say("on_train_begin:386", "Starting to train...")
    _step(1, 2, 3.0)
    time.sleep(600)


def _train(settings: dict[str, Any], folder: Path, kept: Path) -> None:
    """A real adapter on the model in the folder, learned from the text in it."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    params = settings["params"]
    torch.manual_seed(3)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder / "model")
    lines = (folder / "data" / "train.jsonl").read_text().splitlines()
    texts = [json.loads(line)["text"] + tokenizer.eos_token for line in lines]
    batch = tokenizer(texts, return_tensors="pt", padding=True)
    labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
    model = get_peft_model(
        AutoModelForCausalLM.from_pretrained(folder / "model"),
        LoraConfig(
            r=params["lora_r"],
            lora_alpha=params["lora_alpha"],
            target_modules=params["target_modules"],
            task_type="CAUSAL_LM",
        ),
    )
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(20):
        loss = model(**batch, labels=labels).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append(float(loss))
    model.save_pretrained(kept)
    (kept / "losses.json").write_text(json.dumps(losses))


def _damage(result: Path, mode: str) -> None:
    """Broken numbers, nothing learned, or the table that peft adds after a change of its size."""
    import numpy as np
    from safetensors.numpy import load_file, save_file

    path = result / "adapter_model.safetensors"
    weights = load_file(path)
    ups = [name for name in weights if "lora_B" in name]
    if mode == "nan":
        weights[ups[0]][0, 0] = float("nan")
    if mode == "untrained":
        weights |= {name: np.zeros_like(weights[name]) for name in ups}
    if mode == "table":
        weights["base_model.model.model.embed_tokens.weight"] = np.zeros((7, 64), np.float32)
    save_file(weights, path, metadata={"format": "pt"})


def _step(number: int, steps: int, loss: float) -> None:
    numbers = {"loss": loss, "grad_norm": 1.25, "learning_rate": 0.001, "epoch": number / steps}
    bar = f"{number * 100 // steps:3d}%|#####     | {number}/{steps} [00:0{number % 10}<00:01,  1.0s/it]"
    _print(f"\r{bar}" + _LINE.format(where="on_log:367", text=numbers))
    _print(str(numbers))


def _say(where: str, text: str) -> None:
    _print(_LINE.format(where=where, text=text))


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    assert sys.argv[2] == "--config"
    main(Path(sys.argv[1]), Path(sys.argv[3]).absolute())
    _say("run:229", "Job ID: 4711")
