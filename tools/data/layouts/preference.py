"""Pairs of a better and a worse answer: chosen and rejected, with the question apart or within."""

from __future__ import annotations

from typing import Any

from luthier.tools.data.layouts.base import Columns, Layout, Sample, named, share, tools_column
from luthier.tools.data.model import Mapping
from luthier.tools.data.readers.json_shape import looks_like_turns
from luthier.tools.language import _, mark

KEPT = mark(
    "The chosen answers are learned; the rejected ones are kept beside them for preference tuning "
    "(DPO), and are not learned."
)
_CHOSEN = ("chosen", "chosen_messages", "preferred", "accepted", "better")
_REJECTED = ("rejected", "rejected_messages", "non_preferred", "refused", "worse")
_PROMPT = ("prompt", "question", "instruction", "input", "messages", "conversations")


def _propose(columns: Columns, sample: Sample) -> Mapping | None:
    tops = list(dict.fromkeys(column.split(".")[0] for column in columns))
    chosen, rejected = named(tops, *_CHOSEN), named(tops, *_REJECTED)
    if not chosen or not rejected:
        return None
    question = named(tops, *_PROMPT)
    if question and share(sample, question, _is_conversation) > 0.5:
        how = _("every row has {prompt} with its answers in {chosen} and {rejected}",
                prompt=question, chosen=chosen, rejected=rejected)  # fmt: skip
        mapping = Mapping(messages=question, completion=chosen)
    elif share(sample, chosen, _is_conversation) > 0.5:
        asked = _asked(sample, chosen)
        how = _("every row has two conversations, {chosen} and {rejected}",
                chosen=chosen, rejected=rejected)  # fmt: skip
        mapping = Mapping(messages=chosen)
        if question and not asked:
            mapping = Mapping(prompt=(question,), completion=f"{chosen}.0.content")
    elif question:
        how = _("every row has {prompt}, {chosen} and {rejected}",
                prompt=question, chosen=chosen, rejected=rejected)  # fmt: skip
        mapping = Mapping(prompt=(question,), completion=chosen)
    else:
        return None
    reason = _("Preference pairs: {how}. {kept}", how=how, kept=_(KEPT))
    return mapping.model_copy(
        update={
            "rejected": rejected,
            "tools": tools_column(columns),
            "layout": "preference",
            "reason": reason,
        }
    )


def _is_conversation(value: Any) -> bool:
    return isinstance(value, list) and looks_like_turns(value)


def _asked(sample: Sample, column: str) -> bool:
    """Whether the conversations hold the question too, not only the answer."""
    return share(sample, column, lambda turns: isinstance(turns, list) and len(turns) > 1) > 0.5


LAYOUT = Layout(
    "preference",
    "preference pairs",
    mark("columns chosen and rejected, and prompt unless both are whole conversations"),
    _propose,
    synonyms=("chosen/rejected", "chosen rejected", "dpo", "preferences", "pairs of answers"),
)
