"""The best adapter so far by validation loss, kept so that a crash never loses it."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from luthier.tools.files import read_json, write_json

RECORD = "best.json"


@dataclass(frozen=True, slots=True)
class Best:
    """Where the best adapter is and how good it was; ``loss`` is None without validation rows."""

    fingerprint: str
    step: int
    loss: float | None
    folder: str


def keep_if_best(
    trainer: Any, output: Path, fingerprint: str, step: int, loss: float | None
) -> None:
    """Save the adapter if its validation loss is the lowest so far.

    The record is replaced in one step once the new adapter is written, and only then is the old
    one removed.
    """
    best = read_best(output, fingerprint)
    if best is not None and loss is not None and best.loss is not None and loss >= best.loss:
        return
    folder = output / f"best-{step}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        trainer.model.save_pretrained(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    write_json(output / RECORD, asdict(Best(fingerprint, step, loss, folder.name)))
    for other in output.glob("best-*"):
        if other != folder:
            shutil.rmtree(other)


def read_best(output: Path, fingerprint: str) -> Best | None:
    """The best adapter of the training with this fingerprint, or None where there is none yet."""
    record = read_json(output / RECORD)
    if not record or record["fingerprint"] != fingerprint:
        return None
    return Best(**record)
