"""OpenAI's fine-tuning files: chat conversations with tools and weights, or preference pairs.

Formats: https://platform.openai.com/docs/guides/supervised-fine-tuning and
https://platform.openai.com/docs/guides/direct-preference-optimization; the rules that a file is
checked by before it is uploaded are those of the OpenAI cookbook's "Data preparation and analysis
for chat model fine-tuning".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from luthier.tools.data.exports.base import Export, Shape, Unfit
from luthier.tools.data.exports.turns import (
    chosen_turn,
    openai_turns,
    refuse_unwanted,
    rejected_turn,
    tools_of,
)
from luthier.tools.data.model import Row, SplitName
from luthier.tools.language import _, mark

_FEWEST = 10  # examples that OpenAI wants in a training file


def _line(row: Row, shape: Shape) -> dict[str, Any]:
    return _pair(row) if shape.kind == "preference" else _conversation(row)


def _conversation(row: Row) -> dict[str, Any]:
    refuse_unwanted(row)
    line: dict[str, Any] = {"messages": openai_turns(row.messages)}
    if not any(m.role == "assistant" and m.weight > 0 for m in row.messages):
        raise Unfit(_("no turn of it is to be learned"))
    tools = tools_of(row)
    return line | {"tools": tools} if tools else line


def _pair(row: Row) -> dict[str, Any]:
    given: dict[str, Any] = {"messages": openai_turns(row.prompt)}
    tools = tools_of(row)
    if tools:
        given |= {"tools": tools, "parallel_tool_calls": True}
    return {
        "input": given,
        "preferred_output": [chosen_turn(row)],
        "non_preferred_output": [rejected_turn(row)],
    }


def _notes(shape: Shape, rows: Mapping[SplitName, int]) -> tuple[str, ...]:
    from luthier.tools.training.hosted.closing import closing_notice
    from luthier.tools.training.hosted_plan import HostedPlan

    closing = closing_notice(HostedPlan())
    notes = [
        *([closing] if closing else []),
        _("Upload train.jsonl as the training file and validation.jsonl as the validation file."),
        _("Keep test.jsonl to yourself: it is for measuring."),
    ]
    if rows["train"] < _FEWEST:
        notes.append(_("OpenAI takes a training file from {rows} rows on.", rows=_FEWEST))
    return tuple(notes)


OPENAI = Export(
    name="openai",
    title="OpenAI",
    about=mark("fine-tuning at OpenAI and services that take its files"),
    kinds=("conversation", "preference"),
    line=_line,
    notes=_notes,
    synonyms=("openai jsonl", "chatgpt", "azure openai", "azure"),
)
