"""Checkpoints that are complete and belong to exactly this training, or are not used."""

from __future__ import annotations

import shutil
from pathlib import Path

from luthier.tools.files import read_json, write_json

COMPLETE = "complete.json"
PREFIX = "checkpoint-"


def mark_complete(folder: Path, fingerprint: str, step: int) -> None:
    """Say that every file of the checkpoint in ``folder`` was written."""
    write_json(folder / COMPLETE, {"fingerprint": fingerprint, "step": step})


def newest_complete(output: Path, fingerprint: str) -> Path | None:
    """The newest complete checkpoint of the training with this fingerprint, or None."""
    found = [
        (mark["step"], folder)
        for folder in output.glob(f"{PREFIX}*")
        if (mark := read_json(folder / COMPLETE)) and mark.get("fingerprint") == fingerprint
    ]
    return max(found)[1] if found else None


def remove_useless(output: Path, fingerprint: str) -> None:
    """Remove checkpoints that were torn by a crash or belong to another plan or data set."""
    for folder in output.glob(f"{PREFIX}*"):
        mark = read_json(folder / COMPLETE)
        if not mark or mark.get("fingerprint") != fingerprint:
            shutil.rmtree(folder)


def remove_all(output: Path) -> None:
    """Remove all checkpoints, once the adapter is saved and checked."""
    for folder in output.glob(f"{PREFIX}*"):
        shutil.rmtree(folder)
