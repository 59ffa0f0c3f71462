"""DPO: an adapter learns to prefer the better answer of each pair (Rafailov et al. 2023)."""

from __future__ import annotations

from luthier.tools.language import mark
from luthier.tools.training.methods.base import Method

DPO = Method(
    name="dpo",
    title=mark("DPO (preference pairs)"),
    about=mark("an adapter learns to prefer the better of two answers, held near the base model"),
    reads="pairs",
    rates=((5e8, 5e-5), (2e9, 2e-5), (float("inf"), 1e-5)),
    rate_reason=mark(
        "preferences are learned in small steps, about a tenth of those of LoRA on answers: larger "
        "ones make both answers unlikely"
    ),
    most_epochs=3,
    trainer="luthier.tools.training.trainers.dpo:make",
    work=1.5,  # both answers are read once more without the adapter
    synonyms=("preference", "preferences", "preference tuning", "direct preference optimization"),
)
