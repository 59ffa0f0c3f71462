"""Which function does the work of each kind of job; the only place to register a new kind."""

from __future__ import annotations

import importlib
from typing import Any

from luthier.tools.jobs.model import JobKind

WORKERS: dict[JobKind, str] = {
    "starter": "luthier.tools.models.starter:run",
    "baseline": "luthier.tools.evaluation.worker:run_baseline",
    "preflight": "luthier.tools.training.preflight:run",
    "train": "luthier.tools.training.worker:run",
    "evaluate": "luthier.tools.evaluation.worker:run_evaluation",
    "judge": "luthier.tools.evaluation.judging.worker:run",
    "export": "luthier.tools.hosting.export_worker:run",
    "deploy": "luthier.tools.azure.deploy_worker:run",
    "serve": "luthier.tools.hosting.serve_worker:run",
    "autotrain": "luthier.tools.training.autotrain.setup_worker:run",
    "search": "luthier.tools.training.trials.search:run",
    "curve": "luthier.tools.evaluation.learning_curve:run",
    "harness": "luthier.tools.evaluation.harness.worker:run",
    "trial": "luthier.tools.training.worker:run_local",
}


def import_function(name: str) -> Any:
    """The function that ``module:function`` names; its libraries are loaded only now."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)
