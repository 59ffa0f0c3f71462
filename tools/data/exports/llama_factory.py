"""LLaMA-Factory: ShareGPT or Alpaca files with their entries in ``dataset_info.json``.

Format: data/README.md of LLaMA-Factory. It wants human (or observation) and gpt (or function_call) in
turn and skips every row in which they are not, so turns of one side that follow one another are joined.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from luthier.tools.data.exports.base import Export, Shape, Unfit
from luthier.tools.data.exports.turns import (
    bare_tools,
    chosen_turn,
    refuse_unwanted,
    rejected_turn,
    sharegpt_turns,
    without_system,
)
from luthier.tools.data.model import Row, SplitName
from luthier.tools.language import _, mark

INFO = "dataset_info.json"
_ASKING, _ANSWERING = frozenset({"human", "observation"}), frozenset({"gpt", "function_call"})


def _conversation(row: Row, shape: Shape) -> dict[str, Any]:
    system, messages = without_system(row)
    paired = shape.kind == "preference"
    turns = _in_turn(sharegpt_turns(messages[:-1] if paired else messages))
    line: dict[str, Any] = {"conversations": turns}
    if paired:
        line["chosen"] = {"from": "gpt", "value": chosen_turn(row)["content"]}
        line["rejected"] = {"from": "gpt", "value": rejected_turn(row)["content"]}
    return line | _marks(row, shape) | _system_and_tools(system, row, shape)


def _alpaca(row: Row, shape: Shape) -> dict[str, Any]:
    system, messages = without_system(row)
    turns = _in_turn(sharegpt_turns(messages[:-1]))
    if any(turn["from"] in ("observation", "function_call") for turn in turns):
        raise Unfit(_("tools were used before the answer, which Alpaca cannot say"))
    texts = [turn["value"] for turn in turns]
    line: dict[str, Any] = {
        "instruction": texts[-1],
        "input": "",
        "history": [list(pair) for pair in zip(texts[:-1:2], texts[1:-1:2], strict=True)],
    }
    answer = chosen_turn(row)["content"]
    if shape.kind == "preference":
        line |= {"chosen": answer, "rejected": rejected_turn(row)["content"]}
    else:
        line["output"] = answer
    return line | _marks(row, shape) | _system_and_tools(system, row, shape)


def _marks(row: Row, shape: Shape) -> dict[str, Any]:
    if shape.kind == "judged":
        if row.label is None:
            raise Unfit(_("its answer is marked neither as wanted nor as not wanted"))
        return {"label": row.label}
    if shape.kind == "conversation":
        refuse_unwanted(row)
    return {}


def _system_and_tools(system: str, row: Row, shape: Shape) -> dict[str, Any]:
    columns: dict[str, Any] = {"system": system} if shape.has_system else {}
    if shape.has_tools:
        tools = bare_tools(row)
        columns["tools"] = json.dumps(tools, ensure_ascii=False) if tools else ""
    return columns


def _in_turn(turns: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The turns with neighbours of one side joined, beginning with a question."""
    joined: list[dict[str, str]] = []
    for turn in turns:
        last = joined[-1] if joined else None
        if last is not None and (last["from"] in _ASKING) == (turn["from"] in _ASKING):
            if last["from"] != turn["from"] or turn["from"] == "function_call":
                raise Unfit(_("turns of different kinds follow one another on one side"))
            last["value"] += "\n\n" + turn["value"]
        else:
            joined.append(dict(turn))
    if not joined or joined[0]["from"] not in _ASKING:
        raise Unfit(_("the assistant begins the conversation"))
    return joined


def _file_name(split: SplitName, shape: Shape) -> str:
    return f"{shape.name}_{split}.json"


def _entries(shape: Shape, rows: Mapping[SplitName, int], *, alpaca: bool) -> dict[str, str]:
    entries = {
        f"{shape.name}_{split}": _entry(split, shape, alpaca=alpaca)
        for split, count in rows.items()
        if count
    }
    return {INFO: json.dumps(entries, ensure_ascii=False, indent=2) + "\n"}


def _entry(split: SplitName, shape: Shape, *, alpaca: bool) -> dict[str, Any]:
    columns: dict[str, str] = (
        {"prompt": "instruction", "query": "input", "history": "history"}
        if alpaca
        else {"messages": "conversations"}
    )
    if shape.kind == "preference":
        columns |= {"chosen": "chosen", "rejected": "rejected"}
    elif alpaca:
        columns["response"] = "output"
    if shape.kind == "judged":
        columns["kto_tag"] = "label"
    if shape.has_system:
        columns["system"] = "system"
    if shape.has_tools:
        columns["tools"] = "tools"
    entry: dict[str, Any] = {"file_name": _file_name(split, shape)}
    if not alpaca:
        entry["formatting"] = "sharegpt"
    if shape.kind == "preference":
        entry["ranking"] = True
    return entry | {"columns": columns}


def _notes(shape: Shape, _rows: Mapping[SplitName, int]) -> tuple[str, ...]:
    stage = {"conversation": "sft", "preference": "dpo", "judged": "kto"}[shape.kind]
    notes = [
        _(
            "In LLaMA-Factory's settings: dataset_dir: this folder, dataset: {train}, "
            "eval_dataset: {validation}, stage: {stage}.",
            train=f"{shape.name}_train",
            validation=f"{shape.name}_validation",
            stage=stage,
        )
    ]
    if shape.has_unlearned:
        notes.append(_("It has no weights: every answer of a conversation is learned."))
    return tuple(notes)


LLAMA_FACTORY = Export(
    name="llama-factory",
    title="LLaMA-Factory",
    about=mark("LLaMA-Factory, as conversations, with the entry in dataset_info.json"),
    kinds=("conversation", "preference", "judged"),
    line=_conversation,
    file_name=_file_name,
    extras=lambda shape, rows: _entries(shape, rows, alpaca=False),
    merged=(INFO,),
    notes=_notes,
    synonyms=("llamafactory", "llama factory"),
)
LLAMA_FACTORY_ALPACA = Export(
    name="llama-factory-alpaca",
    title="LLaMA-Factory (Alpaca)",
    about=mark(
        "LLaMA-Factory, as instruction, input and output, with the entry in dataset_info.json"
    ),
    kinds=("conversation", "preference", "judged"),
    line=_alpaca,
    file_name=_file_name,
    extras=lambda shape, rows: _entries(shape, rows, alpaca=True),
    merged=(INFO,),
    notes=_notes,
    synonyms=("alpaca", "llama factory alpaca", "llamafactory alpaca"),
)
