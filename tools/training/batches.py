"""Rows into batches: packed end to end behind their shared prefix, or padded as a fallback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from luthier.tools.training.rows import IGNORED

Example = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PackedCollator:
    """Lay rows end to end, the first ``prefix`` tokens (equal in all rows) only once.

    The batch holds ``input_ids``, ``position_ids`` and ``labels`` of shape (1, tokens),
    ``lengths`` of the rows after the prefix, ``where`` (positions whose next token is trained),
    ``targets`` (those next tokens), ``indices`` (of the rows, where they have one) and
    ``row_tokens`` (tokens of the rows as they are in the data).
    """

    prefix: int

    def __call__(self, examples: Sequence[Example]) -> dict[str, Any]:
        """Pack ``examples``."""
        first = examples[0]
        ids = list(first["input_ids"][: self.prefix])
        labels = [IGNORED] * len(ids)
        positions = list(range(self.prefix))
        where: list[int] = []
        targets: list[int] = []
        lengths: list[int] = []
        for example in examples:
            own, own_labels = example["input_ids"][self.prefix :], example["labels"][self.prefix :]
            start = len(ids)
            trained = [i for i, label in enumerate(own_labels) if label != IGNORED]
            where += [start + i - 1 for i in trained]
            targets += [own_labels[i] for i in trained]
            ids += own
            labels += own_labels
            positions += range(self.prefix, self.prefix + len(own))
            lengths.append(len(own))
        return {
            "input_ids": torch.tensor([ids]),
            "position_ids": torch.tensor([positions]),
            "labels": torch.tensor([labels]),
            "lengths": torch.tensor(lengths),
            "where": torch.tensor(where),
            "targets": torch.tensor(targets),
            "indices": torch.tensor([example.get("index", -1) for example in examples]),
            "row_tokens": torch.tensor(sum(lengths) + self.prefix * len(lengths)),
        }


@dataclass(frozen=True, slots=True)
class PaddedCollator:
    """Rows of equal length by padding on the right, for models that need the usual form."""

    pad_id: int

    def __call__(self, examples: Sequence[Example]) -> dict[str, Any]:
        """Pad ``examples``."""
        longest = max(len(example["input_ids"]) for example in examples)
        shape = (len(examples), longest)
        ids = torch.full(shape, self.pad_id)
        labels = torch.full(shape, IGNORED)
        mask = torch.zeros(shape, dtype=torch.long)
        for row, example in enumerate(examples):
            length = len(example["input_ids"])
            ids[row, :length] = torch.tensor(example["input_ids"])
            labels[row, :length] = torch.tensor(example["labels"])
            mask[row, :length] = 1
        return {"input_ids": ids, "labels": labels, "attention_mask": mask}
