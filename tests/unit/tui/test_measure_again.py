"""What ``luthier eval again`` makes of its options, and what it and a plan ask before anything leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from luthier.tools.errors import LuthierError
from luthier.tools.training.plan import DataPlan, EvaluationPlan, Plan
from luthier.tui import cli_measure
from luthier.tui.cli_measure import ask_what_leaves, model_at, wished_evaluation

NOTHING: dict[str, Any] = {"arms": (), "models": (), "measures": (), "elsewhere": ()}
BEFORE = EvaluationPlan(metric="exact_match", arms=("base", "tuned"), measures=("chrf",))


def plan_with(evaluation: EvaluationPlan) -> Plan:
    data = DataPlan.model_validate(
        {"dataset_id": "d", "path": "p", "sha256": "0", "mapping": {"completion": "a"}}
    )
    return Plan.model_validate(
        {"name": "n", "task": {"kind": "text"}, "data": data, "evaluation": evaluation}
    )


def test_options_add_to_what_was_measured(tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("Be brief.\n")
    after = wished_evaluation(
        BEFORE,
        {
            **NOTHING,
            "documents": tmp_path,
            "prompt_file": prompt,
            "models": ("JOB:40",),
            "measures": ("macro_f1", "chrf"),
            "elsewhere": ("big@api.openai.com",),
            "price_per_hour": 0.0,
        },
    )
    assert after.arms == ("base", "tuned", "retrieval", "tuned_retrieval", "prompted")
    assert after.documents == str(tmp_path)
    assert after.prompt == "Be brief."
    assert after.models == ("JOB:40",)
    assert after.measures == ("chrf", "macro_f1")
    assert after.elsewhere[0].base_url == "https://api.openai.com/v1"
    assert wished_evaluation(BEFORE, NOTHING) == BEFORE


def test_a_model_needs_a_name_and_a_place() -> None:
    with pytest.raises(LuthierError, match="does not say which model"):
        model_at("gpt-4o-mini")


def test_rows_leave_and_own_files_run_only_after_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(cli_measure, "ask_first", asked.append)
    here = model_at("m@http://127.0.0.1:1234/v1")
    there = model_at("gpt-4o-mini@https://api.openai.com/v1")
    quiet = BEFORE.model_copy(update={"elsewhere": (here,)})
    assert not ask_what_leaves(plan_with(quiet), quiet.elsewhere)
    assert asked == []
    loud = BEFORE.model_copy(update={"elsewhere": (here, there), "own_metric": "/mine.py"})
    assert ask_what_leaves(plan_with(loud), loud.elsewhere)
    assert "https://api.openai.com/v1" in asked[0]
    assert "US dollars" in asked[0]
    assert "/mine.py" in asked[1]
    said: list[str] = []
    monkeypatch.setattr(cli_measure, "say", said.append)
    assert ask_what_leaves(plan_with(loud), loud.elsewhere, yes=True)
    assert len(asked) == 2
    assert "US dollars" in said[0], "who agreed beforehand is told the price all the same"
