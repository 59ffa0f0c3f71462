"""Commands that serve an export with other programs, on this computer or a larger one."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from luthier.tools.errors import LuthierError
from luthier.tools.hosting.exporting import best_measured
from luthier.tools.hosting.kinds.folder import MODEL
from luthier.tools.hosting.model import Export
from luthier.tools.hosting.tuned import adapter_rank
from luthier.tools.language import _

_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""The values that vLLM takes for --max-lora-rank (vllm/config/lora.py)."""


PROGRAMS = {
    "llama.cpp": ("gguf",),
    "LM Studio": ("gguf",),
    "Ollama": ("gguf",),
    "vLLM": ("adapter", "merged", "folder"),
    "TGI": ("adapter", "merged", "folder"),
    "transformers": ("merged", "folder"),
}
"""What takes which kinds of export; the first is the one to make for it."""


def find_program(name: str) -> str:
    """The program of that name, however it is written.

    Raises:
        LuthierError: its commands are not known (``host.unknown_program``).
    """
    wanted = "".join(letter for letter in name.lower() if letter.isalnum())
    for known in PROGRAMS:
        if wanted == "".join(letter for letter in known.lower() if letter.isalnum()):
            return known
    raise LuthierError(
        _("Luthier knows no command for “{name}”.", name=name),
        remedy=_("It knows those for {names}.", names=", ".join(PROGRAMS)),
        code="host.unknown_program",
    )


def export_for(exports: Sequence[Export], program: str) -> Export:
    """The export that a program takes, of those given newest first: the best measured, else the newest.

    Raises:
        LuthierError: there is none (``host.nothing_for_program``).
    """
    kinds = PROGRAMS[program]
    for kind in kinds:
        fit = [export for export in exports if export.kind == kind and export.state == "ready"]
        if fit:
            return best_measured(fit) or fit[0]
    words = {"gguf": _("“export to gguf”"), "adapter": _("“export the adapter”")}
    raise LuthierError(
        _("Nothing that {program} takes has been exported yet.", program=program),
        why=_("It takes: {kinds}.", kinds=", ".join(kinds)),
        remedy=_(
            "Say {words} first, then this again.",
            words=words.get(kinds[0], _("“merge it”")),
        ),
        code="host.nothing_for_program",
    )


def commands_of(exports: Sequence[Export]) -> dict[str, str]:
    """The command of every program that takes one of these, newest first; one for each program."""
    found = {}
    for program in PROGRAMS:
        with suppress(LuthierError):
            found[program] = commands_for(export_for(exports, program))[program]
    return found


def commands_for(export: Export) -> dict[str, str]:
    """Program name and command line; empty where no other program takes such an export.

    Written from the programs' documentation. They need a GPU or their own installation, so Luthier
    neither runs nor tests them.
    """
    if export.kind == "gguf":
        return _gguf(export)
    if export.kind == "adapter":
        return _adapter(export)
    if export.kind in ("merged", "folder"):
        folder = Path(export.path) / MODEL if export.kind == "folder" else Path(export.path)
        return _merged(export, folder)
    return {}


def _gguf(export: Export) -> dict[str, str]:
    file = shlex.quote(export.path)
    return {
        "llama.cpp": f"llama-server --model {file} --alias {export.name} --jinja "
        "--host 127.0.0.1 --port 8080 --api-key-file KEY_FILE",
        "LM Studio": f"lms import {file}",
        "Ollama": f"luthier exports ollama {export.short_id} --modelfile > Modelfile && "
        f"ollama create {export.name} -f Modelfile",
    }


def _adapter(export: Export) -> dict[str, str]:
    folder = shlex.quote(export.path)
    rank = adapter_rank(Path(export.path))
    allowed = next((one for one in _RANKS if one >= rank), rank)
    base = shlex.quote(export.base_model)
    return {
        "vLLM": f"vllm serve {base} --enable-lora --lora-modules {export.name}={folder} "
        f"--max-lora-rank {allowed} --host 127.0.0.1 --api-key KEY",
        "TGI": "docker run --gpus all --shm-size 1g -p 127.0.0.1:8080:80 "
        f"-v {folder}:/adapter ghcr.io/huggingface/text-generation-inference:latest "
        f"--model-id {base} --lora-adapters {export.name}=/adapter",
    }


def _merged(export: Export, folder: Path) -> dict[str, str]:
    quoted = shlex.quote(str(folder))
    return {
        "transformers": f"transformers serve {quoted} --host 127.0.0.1 --port 8000",
        "vLLM": f"vllm serve {quoted} --served-model-name {export.name} --host 127.0.0.1 "
        "--api-key KEY",
        "TGI": "docker run --gpus all --shm-size 1g -p 127.0.0.1:8080:80 "
        f"-v {quoted}:/model ghcr.io/huggingface/text-generation-inference:latest "
        "--model-id /model",
    }
