"""Rows as the lines of a training file at OpenAI, by the same export that `luthier data export` uses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from luthier.tools.data.exports.base import Kind, Shape
from luthier.tools.data.exports.openai import OPENAI
from luthier.tools.data.exports.turns import openai_turns, tools_of
from luthier.tools.data.model import Row, SplitName
from luthier.tools.data.store import load_rows
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
REFERENCE = "reference_answer"
"""Where a grader finds the wanted answer: ``{{item.reference_answer}}``."""


def line_of(row: Row, hosted: HostedPlan) -> dict[str, Any]:
    """One row for this way of tuning.

    Raises:
        Unfit: the row cannot be said in this form.
    """
    if hosted.method == "reinforcement":
        line: dict[str, Any] = {"messages": openai_turns(row.prompt), REFERENCE: row.completion}
        tools = tools_of(row)
        return line | {"tools": tools} if tools else line
    kind: Kind = "preference" if hosted.method == "dpo" else "conversation"
    return OPENAI.line(row, Shape("rows", kind))


def encoded(
    rows: Iterable[Row], hosted: HostedPlan, *, byte_order_mark: bool = False
) -> Iterator[bytes]:
    """The file's content, line by line."""
    if byte_order_mark:
        yield BYTE_ORDER_MARK
    for row in rows:
        yield json.dumps(line_of(row, hosted), ensure_ascii=False).encode() + b"\n"


def size_of(rows: Sequence[Row], hosted: HostedPlan) -> int:
    """Bytes of the file."""
    return sum(map(len, encoded(rows, hosted)))


def size_of_splits(workspace: Workspace, plan: Plan) -> int:
    """Bytes of the training and the validation file together."""
    splits: tuple[SplitName, ...] = ("train", "validation")
    rows = (load_rows(workspace, plan.data.dataset_id, split) for split in splits)
    return sum(size_of(part, plan.hosted) for part in rows)
