"""One arm of ``train_speed``: train on ``FOLDER/job.json`` and save the adapter, or evaluate it.

Run by ``train_speed`` as ``python train_arms.py ARM FOLDER`` or ``... evaluate ARM FOLDER``, with
the Python of the arm's own environment; so it imports only what the arm needs.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RANK, ALPHA, BATCH, RATE, WARMUP, SEED = 16, 32, 8, 5e-4, 0.05, 13
CORE_SECONDS = {"training": 0.0}
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"


def timed(train: Callable[[], Any]) -> Any:
    """Train and note the processor's seconds, which other programs on the machine do not change."""
    began = time.process_time()
    result = train()
    CORE_SECONDS["training"] = time.process_time() - began
    return result


def train_trl(job: dict[str, Any], folder: Path) -> float:
    """Plain TRL in float32: its defaults, except that it may use the CPU."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32)
    arguments = SFTConfig(
        output_dir=str(folder / "trl"),
        use_cpu=True,
        bf16=False,
        per_device_train_batch_size=BATCH,
        num_train_epochs=job["epochs"],
        learning_rate=RATE,
        lr_scheduler_type="cosine",
        warmup_steps=WARMUP,
        seed=SEED,
        save_strategy="no",
        report_to="none",
    )
    trainer = SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list(job["train"]),
        processing_class=AutoTokenizer.from_pretrained(job["model"]),
        peft_config=LoraConfig(
            r=RANK, lora_alpha=ALPHA, target_modules="all-linear", task_type="CAUSAL_LM"
        ),
    )
    seconds = timed(trainer.train).metrics["train_runtime"]
    trainer.save_model(str(folder / "trl"))
    return float(seconds)


def train_luthier(job: dict[str, Any], folder: Path, layers: str, name: str) -> float:
    """Luthier's own assembly, as its worker uses it."""
    from luthier.tools.data.model import Mapping, Task
    from luthier.tools.estimate.machine import measure_machine
    from luthier.tools.models.reference import resolve_model
    from luthier.tools.training.assemble import assemble
    from luthier.tools.training.material import Material
    from luthier.tools.training.plan import (
        DataPlan,
        EvaluationPlan,
        LoraPlan,
        Plan,
        TrainPlan,
    )
    from luthier.tools.training.rows import TokenRow
    from luthier.tools.workspace import Workspace

    workspace = Workspace(Path(job["home"]))
    plan = Plan(
        name="bench",
        task=Task(kind="structured"),
        data=DataPlan(dataset_id="bench", path="", sha256="", mapping=Mapping(completion="a")),
        lora=LoraPlan(rank=RANK, alpha=ALPHA, layers=layers),
        train=TrainPlan(
            epochs=job["epochs"], batch_size=BATCH, learning_rate=RATE, warmup=WARMUP, seed=SEED
        ),
        evaluation=EvaluationPlan(metric="exact_match", max_rows=1),
    )
    material = Material(
        reference=resolve_model(workspace),
        train=tuple(TokenRow(row["input_ids"], row["labels"]) for row in job["train"]),
        validation=(),
        pad_id=0,
        fingerprint="bench",
    )
    training = assemble(plan, material, measure_machine(workspace), folder / name)
    if not training.fast:
        raise SystemExit("the fast way is not on")
    seconds = timed(training.trainer.train).metrics["train_runtime"]
    training.model.save_pretrained(folder / name)
    return float(seconds)


def train_llamafactory(job: dict[str, Any], folder: Path) -> float:
    """LLaMA-Factory in float32 with gradient checkpointing, its default."""
    rows = [
        {"system": SYSTEM, "instruction": prompt, "input": "", "output": completion}
        for prompt, completion in job["pairs"]
    ]
    (folder / "rows.json").write_text(json.dumps(rows))
    columns = {"prompt": "instruction", "query": "input", "response": "output", "system": "system"}
    info = {"rows": {"file_name": "rows.json", "columns": columns}}
    (folder / "dataset_info.json").write_text(json.dumps(info))
    output = folder / "llamafactory"
    from llamafactory.train.tuner import run_exp
    from transformers import Trainer

    train = Trainer.train
    Trainer.train = lambda self, *args, **kwargs: timed(lambda: train(self, *args, **kwargs))
    run_exp(
        {
            "stage": "sft",
            "do_train": True,
            "model_name_or_path": job["model"],
            "template": "smollm2",
            "dataset": "rows",
            "dataset_dir": str(folder),
            "finetuning_type": "lora",
            "lora_target": "all",
            "lora_rank": RANK,
            "lora_alpha": ALPHA,
            "lora_dropout": 0.0,
            "infer_dtype": "float32",
            "per_device_train_batch_size": BATCH,
            "gradient_accumulation_steps": 1,
            "num_train_epochs": job["epochs"],
            "learning_rate": RATE,
            "lr_scheduler_type": "cosine",
            "warmup_ratio": WARMUP,
            "seed": SEED,
            "bf16": False,
            "fp16": False,
            "use_cpu": True,
            "output_dir": str(output),
            "overwrite_output_dir": True,
            "save_strategy": "no",
            "report_to": "none",
            "cutoff_len": 2048,
        }
    )
    results = json.loads((output / "train_results.json").read_text())
    return float(results["train_runtime"])


def validation_loss(job: dict[str, Any], adapter: Path) -> float:
    """Mean loss per trained token of the validation rows, row by row in float32."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32)
    model = PeftModel.from_pretrained(base, adapter).eval()
    total, count = 0.0, 0
    for row in job["validation"]:
        ids, labels = torch.tensor([row["input_ids"]]), torch.tensor([row["labels"]])
        with torch.no_grad():
            logits = model(input_ids=ids, use_cache=False).logits[0, :-1].float()
        wanted = labels[0, 1:]
        total += float(torch.nn.functional.cross_entropy(logits, wanted, reduction="sum"))
        count += int((wanted != -100).sum())
    return total / count


def main(arguments: list[str]) -> None:
    """Train or evaluate one arm; results go to ``FOLDER/ARM.json``."""
    folder = Path(arguments[-1])
    job = json.loads((folder / "job.json").read_text())
    if arguments[0] == "evaluate":
        arm = arguments[1]
        result = json.loads((folder / f"{arm}.json").read_text())
        result["validation_loss"] = round(validation_loss(job, folder / arm), 4)
    else:
        arm = arguments[0]
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        if arm == "trl":
            seconds = train_trl(job, folder)
        elif arm == "llamafactory":
            seconds = train_llamafactory(job, folder)
        else:
            layers = "upper_half" if arm.endswith("upper_half") else "all"
            seconds = train_luthier(job, folder, layers, arm)
        tokens = job["tokens"] * job["epochs"]
        result = {
            "tokens_per_second": round(tokens / seconds, 1),
            "tokens_per_core_second": round(tokens / CORE_SECONDS["training"], 1),
        }
    (folder / f"{arm}.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
