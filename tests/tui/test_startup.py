from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "torch",
    "transformers",
    "trl",
    "peft",
    "datasets",
    "langgraph",
    "langchain_core",
    "numpy",
    "pandas",
    "plotext",
    "luthier.agent.session",
)


def test_nothing_heavy_is_imported_before_the_first_screen() -> None:
    code = "import sys, luthier.tui.app; print('\\n'.join(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert not set(HEAVY) & set(result.stdout.split())
