"""KTO: a question, one answer, and a true/false label that says whether the answer was wanted."""

from __future__ import annotations

from typing import Any

from luthier.tools.data.layouts.base import Columns, Layout, Sample, named, share, tools_column
from luthier.tools.data.model import Mapping
from luthier.tools.data.propose_messages import conversation_mapping
from luthier.tools.language import _, mark

_MARKS = ("label", "desirable", "kto_tag", "chosen_label")


def _propose(columns: Columns, sample: Sample) -> Mapping | None:
    label = named(columns, *_MARKS)
    if not label or share(sample, label, _is_truth) < 1.0:
        return None
    conversation = conversation_mapping(columns, sample)
    prompt, answer = named(columns, "prompt", "question"), named(columns, "completion", "response")
    if conversation:
        mapping, shown = conversation, conversation.messages
    elif prompt and answer:
        mapping = Mapping(prompt=(prompt,), completion=answer)
        shown = f"{prompt}, {answer}"
    else:
        return None
    return mapping.model_copy(
        update={
            "only_where": label,
            "tools": tools_column(columns),
            "layout": "kto",
            "reason": _(
                "KTO: every row has {columns} and a true/false mark in “{label}”. Rows whose mark "
                "is false are answers that were not wanted; they stay out.",
                columns=shown,
                label=label,
            ),
        }
    )


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool) or str(value).strip().lower() in ("true", "false")


LAYOUT = Layout(
    "kto",
    "KTO",
    mark("a question, an answer and a column label with true or false"),
    _propose,
)
