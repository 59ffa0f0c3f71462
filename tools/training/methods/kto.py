"""KTO: an adapter learns from single answers marked as wanted or not (Ethayarajh et al. 2024)."""

from __future__ import annotations

from luthier.tools.language import mark
from luthier.tools.training.methods.base import Method

KTO = Method(
    name="kto",
    title=mark("KTO (answers marked good or bad)"),
    about=mark("an adapter learns from single answers that are marked as wanted or not wanted"),
    reads="judged",
    rates=((5e8, 5e-5), (2e9, 2e-5), (float("inf"), 1e-5)),
    rate_reason=mark(
        "preferences are learned in small steps, about a tenth of those of LoRA on answers: larger "
        "ones make both answers unlikely"
    ),
    most_epochs=3,
    trainer="luthier.tools.training.trainers.kto:make",
    work=2.5,  # a mismatched answer is read too, and both once more without the adapter
    synonyms=("thumbs up and down", "thumbs", "kahneman-tversky"),
)
