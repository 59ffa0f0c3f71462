"""TRL's dataset formats, conversational: https://huggingface.co/docs/trl/dataset_formats.

Tools are written as JSON text, which TRL's trainers decode: as nested objects, `datasets` would fill
every tool with the others' parameters as nulls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from luthier.tools.data.exports.base import Export, Shape, Unfit
from luthier.tools.data.exports.turns import (
    plain_turns,
    refuse_unwanted,
    rejected_turn,
    tools_of,
)
from luthier.tools.data.model import Row, SplitName
from luthier.tools.language import _, mark


def _conversation(row: Row, shape: Shape) -> dict[str, Any]:
    if shape.kind == "conversation":
        refuse_unwanted(row)
        line: dict[str, Any] = {"messages": plain_turns(row.messages)}
        return line | _tools(row, shape)
    return _prompt_completion(row, shape)


def _prompt_completion(row: Row, shape: Shape) -> dict[str, Any]:
    line: dict[str, Any] = {"prompt": plain_turns(row.prompt)}
    answer = plain_turns(row.messages[-1:])
    if shape.kind == "preference":
        line |= {"chosen": answer, "rejected": [rejected_turn(row)]}
    elif shape.kind == "judged":
        if row.label is None:
            raise Unfit(_("its answer is marked neither as wanted nor as not wanted"))
        line |= {"completion": answer, "label": row.label}
    else:
        refuse_unwanted(row)
        line |= {"completion": answer}
    return line | _tools(row, shape)


def _tools(row: Row, shape: Shape) -> dict[str, Any]:
    return {"tools": json.dumps(tools_of(row), ensure_ascii=False)} if shape.has_tools else {}


_TRAINERS = {"conversation": "SFTTrainer", "preference": "DPOTrainer", "judged": "KTOTrainer"}


def _notes(shape: Shape, _rows: Mapping[SplitName, int]) -> tuple[str, ...]:
    notes = [
        _(
            "Load it with {code} and give it to {trainer}.",
            code='load_dataset("json", data_files={"train": "train.jsonl"})',
            trainer=_TRAINERS[shape.kind],
        )
    ]
    if shape.has_unlearned:
        notes.append(
            _("TRL has no weights: turns that were only to be read are learned as the others are.")
        )
    return tuple(notes)


TRL = Export(
    name="trl",
    title="TRL",
    about=mark("Hugging Face's trainers, as whole conversations"),
    kinds=("conversation", "preference", "judged"),
    line=_conversation,
    notes=_notes,
    synonyms=("hugging face", "huggingface", "sft"),
)
TRL_PROMPT_COMPLETION = Export(
    name="trl-prompt-completion",
    title="TRL (prompt and completion)",
    about=mark(
        "Hugging Face's trainers, with the question apart, so that only the last answer is learned"
    ),
    kinds=("conversation", "preference", "judged"),
    line=_prompt_completion,
    notes=_notes,
    synonyms=("prompt completion", "prompt/completion", "trl prompt/completion"),
)
