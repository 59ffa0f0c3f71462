"""Which brain speaks: the offline guide, which needs nothing but Python."""

from __future__ import annotations

from langchain_core.language_models import BaseChatModel

from luthier.agent.brains.guide.model import GuideChatModel


def make_brain() -> BaseChatModel:
    """The brain for a session."""
    return GuideChatModel()
