"""ShareGPT: conversations whose turns have from and value."""

from __future__ import annotations

from luthier.tools.data.layouts.base import Columns, Layout, Sample, tools_column
from luthier.tools.data.model import Mapping
from luthier.tools.data.propose_messages import conversation_mapping, turn_keys
from luthier.tools.language import _, mark


def _propose(columns: Columns, sample: Sample) -> Mapping | None:
    found = conversation_mapping(columns, sample)
    if found is None or "from" not in turn_keys(found.messages, sample):
        return None
    reason = _("ShareGPT: every row has {column} with from/value", column=found.messages)
    if found.completion:
        reason += _("; “{column}” is the answer to it", column=found.completion)
    reason += "."
    tools = tools_column(columns)
    if tools:
        reason += " " + _("“{column}” lists the functions offered.", column=tools)
    return found.model_copy(update={"layout": "sharegpt", "reason": reason, "tools": tools})


LAYOUT = Layout(
    "sharegpt",
    "ShareGPT",
    mark("a column of conversations whose turns have from and value"),
    _propose,
    synonyms=("share gpt", "vicuna"),
)
