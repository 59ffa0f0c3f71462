"""OpenAI's preference rows: input.messages, preferred_output and non_preferred_output."""

from __future__ import annotations

from luthier.tools.data.layouts.base import Columns, Layout, Sample, named
from luthier.tools.data.layouts.preference import KEPT
from luthier.tools.data.model import Mapping
from luthier.tools.language import _, mark


def _propose(columns: Columns, sample: Sample) -> Mapping | None:
    preferred, other = named(columns, "preferred_output"), named(columns, "non_preferred_output")
    messages = named(columns, "input.messages")
    if not (preferred and other and messages):
        return None
    tools = "input.tools" if any(column.startswith("input.tools") for column in columns) else ""
    return Mapping(
        messages=messages,
        completion=preferred,
        rejected=other,
        tools=tools,
        layout="openai-preference",
        reason=_(
            "OpenAI preference pairs: every row has input.messages, preferred_output and "
            "non_preferred_output. {kept}",
            kept=_(KEPT),
        ),
    )


LAYOUT = Layout(
    "openai-preference",
    "OpenAI preference pairs",
    mark("input.messages, preferred_output and non_preferred_output"),
    _propose,
    synonyms=("openai preferences", "openai dpo"),
)
