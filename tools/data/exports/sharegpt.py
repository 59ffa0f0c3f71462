"""ShareGPT: conversations of ``from`` and ``value``, understood by most open trainers."""

from __future__ import annotations

import json
from typing import Any

from luthier.tools.data.exports.base import Export, Shape, Unfit
from luthier.tools.data.exports.turns import (
    bare_tools,
    chosen_turn,
    refuse_unwanted,
    rejected_turn,
    sharegpt_turns,
)
from luthier.tools.data.model import Row
from luthier.tools.language import _, mark


def _line(row: Row, shape: Shape) -> dict[str, Any]:
    line: dict[str, Any] = {}
    if shape.kind == "preference":
        line["conversations"] = sharegpt_turns(row.prompt)
        line["chosen"] = {"from": "gpt", "value": chosen_turn(row)["content"]}
        line["rejected"] = {"from": "gpt", "value": rejected_turn(row)["content"]}
    else:
        line["conversations"] = sharegpt_turns(row.messages)
    if shape.kind == "judged":
        if row.label is None:
            raise Unfit(_("its answer is marked neither as wanted nor as not wanted"))
        line["label"] = row.label
    elif shape.kind == "conversation":
        refuse_unwanted(row)
    if shape.has_tools:
        tools = bare_tools(row)
        line["tools"] = json.dumps(tools, ensure_ascii=False) if tools else ""
    return line


SHAREGPT = Export(
    name="sharegpt",
    title="ShareGPT",
    about=mark("most open trainers, as conversations of human and gpt"),
    kinds=("conversation", "preference", "judged"),
    line=_line,
    synonyms=("share gpt",),
)
