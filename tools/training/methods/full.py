"""Full fine-tuning: every weight of the model learns the answers of the rows."""

from __future__ import annotations

from luthier.tools.language import mark
from luthier.tools.training.methods.base import Method

FULL = Method(
    name="full",
    title=mark("full fine-tuning"),
    about=mark("every weight learns the answers: more room to learn, more memory, more forgotten"),
    reads="answers",
    rates=((5e8, 5e-5), (2e9, 2e-5), (float("inf"), 1e-5)),
    rate_reason=mark("all weights move, so the steps are about a tenth of those of LoRA"),
    most_epochs=4,
    trainer="luthier.tools.training.trainers.full:make",
    adapter=False,
    work=1.5,  # the gradients of the weights themselves are computed too
    synonyms=(
        "full",
        "full tuning",
        "full finetuning",
        "full fine tuning",
        "all weights",
        "every weight",
        "full parameter",
        "whole model",
    ),
)
