"""axolotl: chat_template data sets with the piece of YAML that names them.

Formats: docs/dataset-formats/conversation.qmd and docs/rlhf.qmd of axolotl; the keys of the YAML are
those of its schema, src/axolotl/utils/schemas/datasets.py. Answers marked as wanted or not wanted are
for its KTO, which reads no chat template but writes the turns of ``completion`` itself
(src/axolotl/prompt_strategies/kto/chatml.py and llama3.py, ``argilla_chat``).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from luthier.tools.data.exports.base import Export, Shape, Unfit
from luthier.tools.data.exports.turns import (
    chosen_turn,
    plain_turns,
    refuse_unwanted,
    rejected_turn,
    tools_of,
)
from luthier.tools.data.model import Row, SplitName
from luthier.tools.language import _, mark

CONFIG = "datasets.yaml"
_METHODS = {"preference": "dpo", "judged": "kto"}
_CHATML, _LLAMA = "chatml.argilla_chat", "llama3.argilla_chat"


def _line(row: Row, shape: Shape) -> dict[str, Any]:
    if shape.kind == "preference":
        return {
            "messages": plain_turns(row.prompt),
            "chosen": chosen_turn(row),
            "rejected": rejected_turn(row),
        }
    if shape.kind == "judged":
        return _judged(row)
    refuse_unwanted(row)
    turns = plain_turns(row.messages)
    if shape.has_unlearned:
        for turn, message in zip(turns, row.messages, strict=True):
            turn["train"] = message.role == "assistant" and message.weight > 0
    line: dict[str, Any] = {"messages": turns}
    return line | {"tools": tools_of(row)} if shape.has_tools else line


def _judged(row: Row) -> dict[str, Any]:
    if row.label is None:
        raise Unfit(_("its answer is marked neither as wanted nor as not wanted"))
    if any(turn.tools or turn.tool_calls or turn.role == "tool" for turn in row.messages):
        raise Unfit(_("axolotl's KTO knows no tools"))
    return {"completion": plain_turns(row.messages), "label": row.label}


def _config(shape: Shape, rows: Mapping[SplitName, int]) -> dict[str, str]:
    from ruamel.yaml import YAML

    parts: dict[str, Any] = {"rl": _METHODS[shape.kind]} if shape.kind in _METHODS else {}
    if shape.kind == "judged":
        parts["remove_unused_columns"] = False  # its configuration refuses KTO without it
    parts["datasets"] = [_entry("train", shape)]
    if rows["validation"]:
        parts["test_datasets"] = [_entry("validation", shape) | {"split": "train"}]
    stream = io.StringIO()
    YAML().dump(parts, stream)
    return {CONFIG: stream.getvalue()}


def _entry(split: SplitName, shape: Shape) -> dict[str, Any]:
    """One data set; ``split`` of the entry is that of the file, which has only a "train"."""
    entry: dict[str, Any] = {"path": f"{split}.jsonl", "ds_type": "json"}
    if shape.kind == "preference":
        return entry | {
            "split": "train",
            "type": "chat_template.default",
            "field_messages": "messages",
            "field_chosen": "chosen",
            "field_rejected": "rejected",
        }
    if shape.kind == "judged":
        return entry | {"split": "train", "type": _CHATML}
    entry |= {"type": "chat_template", "field_messages": "messages"}
    if shape.has_tools:
        entry["field_tools"] = "tools"
    if shape.has_unlearned:
        entry |= {"roles_to_train": [], "message_field_training": "train"}
    else:
        entry["roles_to_train"] = ["assistant"]
    return entry | {"train_on_eos": "turn"}


def _notes(shape: Shape, _rows: Mapping[SplitName, int]) -> tuple[str, ...]:
    notes = (
        _(
            "Copy what {file} holds into your axolotl configuration and start it in this folder, or "
            "write the full paths.",
            file=CONFIG,
        ),
        _("Leave val_set_size out: the validation rows are already apart."),
    )
    if shape.kind != "judged":
        return notes
    return (
        *notes,
        _(
            "axolotl writes such rows in ChatML, as Qwen and SmolLM have it; for a Llama 3 model put "
            "{type} in its place. It knows no other template here: for other models, use the export "
            "for TRL.",
            type=_LLAMA,
        ),
    )


AXOLOTL = Export(
    name="axolotl",
    title="axolotl",
    about=mark("axolotl, as chat_template data sets with their piece of configuration"),
    kinds=("conversation", "preference", "judged"),
    line=_line,
    extras=_config,
    notes=_notes,
    synonyms=("axolot", "axolotl yaml"),
)
