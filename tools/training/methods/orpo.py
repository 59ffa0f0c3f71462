"""ORPO: answers and preferences in one, without a reference model (Hong et al. 2024)."""

from __future__ import annotations

from luthier.tools.language import mark
from luthier.tools.training.methods.base import Method

ORPO = Method(
    name="orpo",
    title=mark("ORPO (answers and preference pairs in one)"),
    about=mark("an adapter learns the better answers and, beside them, to avoid the worse ones"),
    reads="pairs",
    rates=((5e8, 2e-4), (2e9, 1e-4), (float("inf"), 5e-5)),
    rate_reason=mark("it learns the answers too, so its steps lie between those of LoRA and DPO"),
    most_epochs=5,
    trainer="luthier.tools.training.trainers.orpo:make",
    synonyms=("odds ratio", "odds ratio preference optimization"),
)
