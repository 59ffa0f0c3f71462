"""What the methods that learn a preference alone have in common: the size and number of their steps."""

from __future__ import annotations

from luthier.tools.language import mark

RATES = ((5e8, 5e-5), (2e9, 2e-5), (float("inf"), 1e-5))
RATE_REASON = mark(
    "preferences are learned in small steps, about a tenth of those of LoRA on answers: larger "
    "ones make both answers unlikely"
)
MOST_EPOCHS = 3
