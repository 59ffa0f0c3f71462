"""The real AutoTrain 0.8.36 on the tiny model, where its environment is at hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.training.autotrain.environment import environment_folder
from luthier.tools.training.autotrain.worker import run
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace

PLACE = os.environ.get("LUTHIER_AUTOTRAIN", "")
pytestmark = [
    pytest.mark.training,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(
        not PLACE,
        reason="LUTHIER_AUTOTRAIN does not name AutoTrain's environment (3.1 GB; "
        "`luthier autotrain install` makes one and says where)",
    ),
]


@pytest.fixture
def plan(training_home: Workspace, base_plan: Plan) -> Plan:
    """The small plan, with the real environment in the home."""
    folder = environment_folder(training_home)
    folder.parent.mkdir(exist_ok=True)
    if not folder.is_symlink():
        folder.symlink_to(PLACE, target_is_directory=True)
    return base_plan.model_copy(update={"backend": "autotrain"})


def test_autotrain_learns_the_plan_and_knows_every_setting(
    make_job: Callable[..., Any], plan: Plan
) -> None:
    job = make_job(plan)
    result = job.run_here(run)
    log = (job.folder / "output" / "autotrain.log").read_text()
    assert "Parameters supplied but not used" not in log
    assert result["best_validation_loss"] < result["base_validation_loss"]
    steps = job.metrics()
    assert len(steps) == result["steps"] > 1
    assert steps[-1].epoch == pytest.approx(3)
    assert Path(result["adapter"], "adapter_model.safetensors").is_file()
