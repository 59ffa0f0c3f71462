"""DPO: an adapter learns to prefer the better answer of each pair (Rafailov et al. 2023)."""

from __future__ import annotations

from luthier.tools.language import mark
from luthier.tools.training.methods.base import Method
from luthier.tools.training.methods.preferring import MOST_EPOCHS, RATE_REASON, RATES

DPO = Method(
    name="dpo",
    title=mark("DPO (preference pairs)"),
    about=mark("an adapter learns to prefer the better of two answers, held near the base model"),
    reads="pairs",
    rates=RATES,
    rate_reason=RATE_REASON,
    most_epochs=MOST_EPOCHS,
    trainer="luthier.tools.training.trainers.dpo:make",
    work=1.5,  # both answers are read once more without the adapter
    synonyms=("preference", "preferences", "preference tuning", "direct preference optimization"),
)
