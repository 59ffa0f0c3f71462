"""The adapter added into the base model: one ordinary model folder in the base model's precision.

The sum is taken in float32 where memory allows and rounded once, at the end. Tokenizer, chat
template and generation settings are the base model's own files, byte for byte: what training may
have put in their place is not shipped.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import psutil

from luthier.tools.data.model import Message
from luthier.tools.hosting.checks import file_problems, weight_problems
from luthier.tools.hosting.kinds.asking import ask_transformers
from luthier.tools.hosting.kinds.base import Build, Built, Kind
from luthier.tools.hosting.parity import Answers
from luthier.tools.hosting.tuned import Tuned
from luthier.tools.language import _
from luthier.tools.models.loading import base_precision
from luthier.tools.models.tuned_folder import TOKENIZER_FILES, is_whole_model

_FULL_BYTES = 4


def doing(tuned: Tuned) -> str:
    """What merging does with what this training left behind, in words."""
    if is_whole_model(tuned.adapter):
        return _("Writing the tuned model in the base model's number format")
    return _("Adding the adapter into the base model")


def merge_into(tuned: Tuned, folder: Path) -> str:
    """Write the merged model into ``folder`` and return its precision.

    Raises:
        LuthierError: the base model or the adapter cannot be loaded.
    """
    import torch

    from luthier.tools.models.loading import load_tuned

    precision = base_precision(tuned.reference.folder)
    room = psutil.virtual_memory().available
    fits = tuned.reference.parameters * _FULL_BYTES * 1.5 < room
    model = load_tuned(
        tuned.reference, tuned.adapter, dtype="float32" if fits else precision, merge=True
    )[0]
    model = model.to(device="cpu", dtype=getattr(torch, precision))
    model.save_pretrained(folder, safe_serialization=True)
    for name in TOKENIZER_FILES:
        if (tuned.reference.folder / name).is_file():
            shutil.copy2(tuned.reference.folder / name, folder / name)
    return precision


def _make(build: Build) -> Built:
    build.say(doing(build.tuned), 0, 0)
    precision = merge_into(build.tuned, build.folder)
    base = build.tuned.reference.folder
    problems = [*weight_problems(build.folder, base), *file_problems(build.folder, base)]
    return Built(build.folder, precision, tuple(problems))


def _ask(build: Build, built: Built, prompts: Sequence[Sequence[Message]]) -> Answers:
    return ask_transformers(build, prompts, folder=built.path)


MERGED = Kind(name="merged", make=_make, ask=_ask)
