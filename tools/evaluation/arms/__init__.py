"""The registry of arms."""

from __future__ import annotations
