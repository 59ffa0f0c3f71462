"""The connected language model as a writer for tools, such as for questions about a document."""

from __future__ import annotations

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from luthier.tools.writer import Writer, Written


def writer_of(brain: BaseChatModel) -> Writer | None:
    """A writer that asks the same model as ``brain``, without tools; None for the offline guide."""
    from luthier.agent.brains.guide.model import GuideChatModel

    if isinstance(brain, GuideChatModel):
        return None
    from luthier.agent.brains.llm.model import LanguageModel

    if not isinstance(brain, LanguageModel):
        return None
    settings = brain.settings

    def ask(prompt: str) -> Written:
        answer = LanguageModel(settings=settings, tools=[]).invoke([HumanMessage(prompt)])
        usage = answer.usage_metadata
        if usage is None:
            return Written(answer.text)
        return Written(answer.text, usage["input_tokens"], usage["output_tokens"])

    def price(input_tokens: int, output_tokens: int) -> float | None:
        from luthier.tools.prices.table import price_of

        found = price_of(settings)
        return found.of(input_tokens, output_tokens) if found else None

    return Writer(settings.words, settings.is_local, ask, price, settings.endpoint)
