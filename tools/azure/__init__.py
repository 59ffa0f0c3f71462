"""Azure OpenAI beside its API for fine-tuning: where a tuned model is deployed, and what that costs."""

from __future__ import annotations
