"""KTO: an adapter learns from single answers marked as wanted or not (Ethayarajh et al. 2024)."""

from __future__ import annotations

from luthier.tools.language import mark
from luthier.tools.training.methods.base import Method
from luthier.tools.training.methods.preferring import MOST_EPOCHS, RATE_REASON, RATES

KTO = Method(
    name="kto",
    title=mark("KTO (answers marked good or bad)"),
    about=mark("an adapter learns from single answers that are marked as wanted or not wanted"),
    reads="judged",
    rates=RATES,
    rate_reason=RATE_REASON,
    most_epochs=MOST_EPOCHS,
    trainer="luthier.tools.training.trainers.kto:make",
    work=2.5,  # a mismatched answer is read too, and both once more without the adapter
    synonyms=("thumbs up and down", "thumbs", "kahneman-tversky"),
)
