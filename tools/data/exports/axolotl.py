"""axolotl: chat_template data sets with the piece of YAML that names them.

Formats: docs/dataset-formats/conversation.qmd and docs/rlhf.qmd of axolotl; the keys of the YAML are
those of its schema, src/axolotl/utils/schemas/datasets.py.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from luthier.tools.data.exports.base import Export, Shape
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


def _line(row: Row, shape: Shape) -> dict[str, Any]:
    if shape.kind == "preference":
        return {
            "messages": plain_turns(row.prompt),
            "chosen": chosen_turn(row),
            "rejected": rejected_turn(row),
        }
    refuse_unwanted(row)
    turns = plain_turns(row.messages)
    if shape.has_unlearned:
        for turn, message in zip(turns, row.messages, strict=True):
            turn["train"] = message.role == "assistant" and message.weight > 0
    line: dict[str, Any] = {"messages": turns}
    return line | {"tools": tools_of(row)} if shape.has_tools else line


def _config(shape: Shape, rows: Mapping[SplitName, int]) -> dict[str, str]:
    from ruamel.yaml import YAML

    parts: dict[str, Any] = {"rl": "dpo"} if shape.kind == "preference" else {}
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
    entry |= {"type": "chat_template", "field_messages": "messages"}
    if shape.has_tools:
        entry["field_tools"] = "tools"
    if shape.has_unlearned:
        entry |= {"roles_to_train": [], "message_field_training": "train"}
    else:
        entry["roles_to_train"] = ["assistant"]
    return entry | {"train_on_eos": "turn"}


def _notes(_shape: Shape, _rows: Mapping[SplitName, int]) -> tuple[str, ...]:
    return (
        _(
            "Copy what {file} holds into your axolotl configuration and start it in this folder, or "
            "write the full paths.",
            file=CONFIG,
        ),
        _("Leave val_set_size out: the validation rows are already apart."),
    )


AXOLOTL = Export(
    name="axolotl",
    title="axolotl",
    about=mark("axolotl, as chat_template data sets with their piece of configuration"),
    kinds=("conversation", "preference"),
    line=_line,
    extras=_config,
    notes=_notes,
    synonyms=("axolot", "axolotl yaml"),
)
