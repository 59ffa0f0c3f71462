"""Which brain speaks: a language model where one was chosen, else the offline guide."""

from __future__ import annotations

from langchain_core.language_models import BaseChatModel

from luthier.agent.brains.guide.model import GuideChatModel
from luthier.agent.settings import BrainSettings
from luthier.tools.language import _


def make_brain(settings: BrainSettings | None = None) -> BaseChatModel:
    """The brain for these settings; None is the guide, which needs nothing but Python."""
    if settings is None:
        return GuideChatModel()
    from luthier.agent.brains.llm.model import LanguageModel

    return LanguageModel(settings=settings)


def brain_name(settings: BrainSettings | None) -> str:
    """How the user knows a brain."""
    return settings.words if settings else _("the offline guide")
