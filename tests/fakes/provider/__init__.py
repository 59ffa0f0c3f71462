"""A provider of fine-tuning on loopback: real state, real training, OpenAI's and Azure's addresses."""

from __future__ import annotations
