"""ChatGPT's conversations.json: every row is a tree of messages, of which one branch was followed."""

from __future__ import annotations

from luthier.tools.data.chat_trees import is_chat_tree
from luthier.tools.data.layouts.base import Columns, Layout, Sample, share
from luthier.tools.data.model import Mapping
from luthier.tools.language import _, mark


def _propose(columns: Columns, sample: Sample) -> Mapping | None:
    column = next((name for name in columns if name.split(".")[-1] == "mapping"), "")
    if not column or share(sample, column, is_chat_tree) < 0.5:
        return None
    return Mapping(
        messages=column,
        layout="chatgpt",
        reason=_(
            "ChatGPT export: every row is a conversation kept as a tree; of its branches the one "
            "that was followed to the end (current_node) is used."
        ),
    )


LAYOUT = Layout(
    "chatgpt",
    "ChatGPT export",
    mark("conversations.json of a ChatGPT export, with mapping and current_node"),
    _propose,
    synonyms=("chatgpt export", "conversations.json", "openai export"),
)
