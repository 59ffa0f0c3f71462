"""The real worker process with fake worker functions registered in place of the real ones."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from luthier.tools.jobs import worker_main
from luthier.tools.jobs.workers import WORKERS

specification = importlib.util.spec_from_file_location(
    "fake_workers", Path(__file__).with_name("workers.py")
)
assert specification is not None
assert specification.loader is not None
module = importlib.util.module_from_spec(specification)
sys.modules["fake_workers"] = module
specification.loader.exec_module(module)

for kind in WORKERS:
    WORKERS[kind] = "fake_workers:run"

worker_main.main(sys.argv[1:])
