"""LoRA: a small adapter learns to give the answers of the rows.

The rate below 200 million parameters was measured on the starter model (``docs/methods.md``); the others
follow "LoRA Without Regret" (Thinking Machines, 2025) and TRL's documentation of it.
"""

from __future__ import annotations

from luthier.tools.language import mark
from luthier.tools.training.methods.base import Method

LORA = Method(
    name="lora",
    title=mark("LoRA on the answers"),
    about=mark("a small adapter learns the answers; the model itself stays as it is"),
    reads="answers",
    rates=((2e8, 2e-3), (5e8, 5e-4), (2e9, 3e-4), (8e9, 2e-4), (float("inf"), 1e-4)),
    rate_reason=mark("usual for LoRA on a model of this size"),
    most_epochs=12,
    trainer="luthier.tools.training.trainers.answers:make",
    synonyms=("adapter", "sft", "lora sft", "supervised", "supervised fine-tuning", "low rank"),
)
