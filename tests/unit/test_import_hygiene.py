"""The chat process stays light, and rooms do not reach into what is not theirs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"torch", "transformers", "trl", "peft", "datasets", "accelerate"}
SLOW = {"pandas", "pyarrow", "sklearn", "scipy", "matplotlib", "datasketch", "bm25s"}
SCREEN = {"textual", "langgraph", "langchain_core"}
WORKERS_ONLY = {
    f"luthier.tools.training.{name}"
    for name in (
        "acceleration",
        "assemble",
        "batches",
        "fast_lora",
        "loss",
        "frozen_layers",
        "packed_attention",
        "reporting",
        "trainer",
        "trainers.answers",
        "trainers.base",
        "trainers.dpo",
        "trainers.full",
        "trainers.kto",
        "trainers.orpo",
        "trainers.preferences",
        "verify",
    )
} | {"luthier.tools.models.growing_cache"}
"""Modules that subclass what torch and its libraries define; only a worker process loads them."""


def modules(*folders: str) -> list[str]:
    """Import names of all modules in these rooms."""
    return [
        ".".join(("luthier", *path.relative_to(ROOT).with_suffix("").parts))
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.name != "__init__.py"
    ]


def loaded_by(names: list[str]) -> dict[str, list[str]]:
    """Which of the watched packages each import brings in, all in one fresh process."""
    code = f"""
import importlib, json, sys
watched = {sorted(HEAVY | SLOW | SCREEN)!r}
found = {{}}
for name in {names!r}:
    before = set(sys.modules)
    importlib.import_module(name)
    new = {{module.partition(".")[0] for module in set(sys.modules) - before}}
    found[name] = sorted(new & set(watched))
print(json.dumps(found))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, list[str]] = json.loads(done.stdout)
    return result


def offenders(found: dict[str, list[str]], forbidden: set[str]) -> dict[str, list[str]]:
    """The modules that brought in something forbidden, with what it was."""
    return {name: bad for name, new in found.items() if (bad := sorted(set(new) & forbidden))}


def test_tools_import_nothing_heavy_and_no_screen() -> None:
    found = loaded_by([name for name in modules("tools") if name not in WORKERS_ONLY])
    assert len(found) > 50
    assert offenders(found, HEAVY | SLOW | SCREEN) == {}


def test_agent_and_screen_import_nothing_heavy_and_the_agent_no_screen() -> None:
    found = loaded_by(modules("agent", "tui"))
    assert offenders(found, HEAVY | SLOW) == {}
    agent = {name: new for name, new in found.items() if name.startswith("luthier.agent.")}
    assert offenders(agent, {"textual"}) == {}


@pytest.mark.parametrize(
    "module",
    ["luthier.tui.cli", "luthier.tools.jobs.runner", "luthier.tools.jobs.supervisor"],
)
def test_what_must_be_instant_loads_neither_screen_nor_numbers(module: str) -> None:
    found = loaded_by([module])
    assert offenders(found, HEAVY | SLOW | SCREEN | {"numpy"}) == {}


def test_help_loads_of_the_tools_only_what_words_and_the_saved_language_need() -> None:
    code = (
        "import sys\n"
        "from luthier.tui.cli import run\n"
        "run(['--help'])\n"
        "print(sorted(n for n in sys.modules if n.startswith('luthier.tools.')), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=60
    )
    light = ["luthier.tools.errors", "luthier.tools.language", "luthier.tools.workspace"]
    assert done.stderr.strip().splitlines()[-1] == str(light)
