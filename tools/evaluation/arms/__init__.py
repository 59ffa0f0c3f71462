"""The registry of arms: a new one is a file here and a line in ``ARMS``."""

from __future__ import annotations

from luthier.tools.evaluation.arms.arm import Arm
from luthier.tools.evaluation.arms.few_shot import FEW_SHOT
from luthier.tools.evaluation.arms.plain import BASE, TUNED

ARMS: tuple[Arm, ...] = (BASE, FEW_SHOT, TUNED)
BASELINES: tuple[Arm, ...] = tuple(arm for arm in ARMS if not arm.needs_adapter)
