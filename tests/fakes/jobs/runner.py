"""The real runner, impatient, with the fake worker beside it."""

from __future__ import annotations

import sys
from pathlib import Path

from luthier.tools.jobs import runner

runner.WORKER = [sys.executable, "-P", str(Path(__file__).with_name("worker.py"))]
runner.Runner.__init__.__kwdefaults__["cancel_seconds"] = 1.0
runner.main(sys.argv[1:])
