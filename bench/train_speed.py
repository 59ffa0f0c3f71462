"""Training speed side by side on the same rows: plain TRL, LLaMA-Factory and Luthier.

Each runs in a process of its own on the starter model with LoRA r=16 on all linear layers, batch 8,
the same rows, learning rate, schedule and number of epochs. Speed is tokens of the rows (without
padding) over the trainer's own ``train_runtime``; tokens per core-second, which other programs on
the machine hardly change, are printed beside them; the validation loss is measured afterwards by one
and the same evaluator in float32. Plain TRL and LLaMA-Factory run in float32 with their defaults.

    python bench/train_speed.py [--rows 64] [--epochs 2] [--only luthier,trl]

LLaMA-Factory 0.9.5 needs an environment of its own; say where with
``LUTHIER_BENCH_LLAMAFACTORY=/path/to/venv/bin/python``. It is skipped where that is absent.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from luthier.tools.data.model import Message
from luthier.tools.jobs.environment import FAST
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.starter import is_ready, make_starter
from luthier.tools.training.rows import IGNORED
from luthier.tools.workspace import open_workspace

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE.parent / "examples" / "shop_tickets.csv"
LLAMAFACTORY = "LUTHIER_BENCH_LLAMAFACTORY"
VALIDATION_ROWS = 32
ARMS = ("trl", "llamafactory", "luthier_upper_half", "luthier")


def main() -> None:
    """Run the arms and print one figure per line, the headline last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--only", default=",".join(ARMS), help="arms, separated by commas")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="luthier-bench-") as folder:
        job = write_job(Path(folder), options.rows, options.epochs)
        print(f"rows: {options.rows}")
        print(f"tokens_per_epoch: {job['tokens']}")
        results = {}
        for arm in ARMS:
            if arm in options.only.split(","):
                results[arm] = run_arm(arm, Path(folder))
        for arm, result in results.items():
            for name, value in (result or {}).items():
                print(f"{arm}_{name}: {value}")
    print_ratios(results)


def write_job(folder: Path, rows: int, epochs: int) -> dict[str, Any]:
    """Render the example's rows once and write what all arms read; returns it."""
    workspace = open_workspace()
    if not is_ready(workspace):
        make_starter(workspace)
    reference = resolve_model(workspace)
    renderer = Renderer(reference.folder)
    pairs = read_pairs(rows + VALIDATION_ROWS)
    rendered = []
    for prompt, completion in pairs:
        messages = [
            Message(role="user", content=prompt),
            Message(role="assistant", content=completion),
        ]
        row = renderer.render(messages)
        labels = [
            token if trained else IGNORED
            for token, trained in zip(row.ids, row.trained, strict=True)
        ]
        rendered.append({"input_ids": row.ids, "labels": labels})
    job = {
        "home": str(workspace.home),
        "model": str(reference.folder),
        "epochs": epochs,
        "train": rendered[:rows],
        "validation": rendered[rows:],
        "pairs": pairs[:rows],
        "tokens": sum(len(row["input_ids"]) for row in rendered[:rows]),
    }
    (folder / "job.json").write_text(json.dumps(job))
    return job


def read_pairs(count: int) -> list[tuple[str, str]]:
    """The first rows of the built-in example."""
    with EXAMPLE.open(encoding="utf-8", newline="") as stream:
        pairs = [(row["message"], row["ticket"]) for row in csv.DictReader(stream)]
    if len(pairs) < count:
        raise SystemExit(f"the example has {len(pairs)} rows, {count} are needed")
    return pairs[:count]


def run_arm(arm: str, folder: Path) -> dict[str, float] | None:
    """Train one arm, then evaluate its adapter; None where it is skipped or failed."""
    python = sys.executable
    environment = dict(os.environ)
    if arm == "llamafactory":
        python = os.environ.get(LLAMAFACTORY, "")
        if not python or not Path(python).is_file():
            print(f"llamafactory: skipped, because {LLAMAFACTORY} names no Python with it")
            return None
    if arm.startswith("luthier"):
        environment |= FAST
    print(f"training {arm} ...", file=sys.stderr, flush=True)
    script = HERE / "train_arms.py"
    for command in ([python, script, arm], [sys.executable, script, "evaluate", arm]):
        done = subprocess.run(
            [*map(str, command), str(folder)], env=environment, capture_output=True, text=True
        )
        if done.returncode:
            print(f"{arm}: failed: {done.stderr.strip().splitlines()[-1:]}")
            return None
    result: dict[str, float] = json.loads((folder / f"{arm}.json").read_text())
    return result


def print_ratios(results: dict[str, dict[str, float] | None]) -> None:
    """How many times faster Luthier is than the others, per core-second and by the clock."""
    ours = results.get("luthier")
    for figure, suffix in (
        ("tokens_per_core_second", "_per_core_second"),
        ("tokens_per_second", ""),
    ):
        for name in ("llamafactory", "trl"):
            other = results.get(name)
            if ours and other:
                print(f"luthier_times_{name}{suffix}: {ours[figure] / other[figure]:.2f}")


if __name__ == "__main__":
    main()
