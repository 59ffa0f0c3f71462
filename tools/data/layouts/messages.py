"""Conversations as OpenAI writes them: role and content, calls of functions, weights."""

from __future__ import annotations

from luthier.tools.data.layouts.base import Columns, Layout, Sample, tools_column
from luthier.tools.data.model import Mapping
from luthier.tools.data.propose_messages import conversation_mapping, turn_keys
from luthier.tools.language import _, mark


def _propose(columns: Columns, sample: Sample) -> Mapping | None:
    found = conversation_mapping(columns, sample)
    if found is None or "from" in turn_keys(found.messages, sample):
        return None
    keys = turn_keys(found.messages, sample)
    tools = tools_column(columns)
    sender = "sender" in keys
    seen = "sender/text" if sender else "role/content"
    name = _("Claude export") if sender else _("OpenAI messages")
    reason = _("{name}: every row has {column} with {keys}", name=name, column=found.messages,
               keys=seen)  # fmt: skip
    extra = [word for word in ("tool_calls", "weight") if word in keys]
    if extra:
        reason += _(", some turns with {extra}", extra=" and ".join(extra))
    reason += f"{_answer_words(found)}."
    if tools:
        reason += " " + _("“{column}” lists the functions offered.", column=tools)
    return found.model_copy(
        update={"layout": "claude" if sender else "openai", "reason": reason, "tools": tools}
    )


def _answer_words(mapping: Mapping) -> str:
    if not mapping.completion:
        return ""
    return _("; “{column}” is the answer to it", column=mapping.completion)


LAYOUT = Layout(
    "openai",
    "OpenAI messages",
    mark("a column of conversations whose turns have role and content"),
    _propose,
    synonyms=("messages", "openai messages", "chatml", "chat"),
)
