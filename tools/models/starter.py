"""The starter model: SmolLM2-135M-Instruct, unpacked once from its GGUF file to safetensors.

Unpacking happens in a folder of its own which is renamed when all is written, so that a process
killed at any moment leaves either a whole model or none.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json, write_json
from luthier.tools.jobs.context import JobContext
from luthier.tools.language import _
from luthier.tools.models.starter_source import (
    GGUF_SHA256,
    download_gguf,
    file_sha256,
    find_gguf,
    missing,
    verified_gguf,
)
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace

__all__ = [
    "STARTER_ID",
    "damaged_files",
    "download_gguf",
    "find_gguf",
    "is_ready",
    "make_starter",
    "run",
    "starter_folder",
]

STARTER_ID = "starter"
_FOLDER = "smollm2-135m-instruct"
_MANIFEST = "luthier-manifest.json"
_FORMAT = 1
_STEPS = 4
_PAD = "<|endoftext|>"


def is_ready(workspace: Workspace) -> bool:
    """Whether the unpacked starter model is there with every file at its full size."""
    folder = workspace.models / _FOLDER
    manifest = _manifest(folder)
    return (
        manifest.get("format") == _FORMAT
        and manifest.get("source_sha256") == GGUF_SHA256
        and all(
            (folder / name).is_file() and (folder / name).stat().st_size == entry["bytes"]
            for name, entry in manifest["files"].items()
        )
    )


def starter_folder(workspace: Workspace) -> Path:
    """The folder of the unpacked starter model.

    Raises:
        LuthierError: ``model.starter_missing`` where it was not made yet, ``model.damaged`` where
            files are missing or cut short.
    """
    folder = workspace.models / _FOLDER
    if is_ready(workspace):
        return folder
    if folder.is_dir():
        raise LuthierError(
            _("The starter model in Luthier's home is incomplete."),
            why=_("Files are missing, cut short, or were made by another version."),
            remedy=_("Let Luthier make it again; this takes half a minute and fetches nothing."),
            place=str(folder),
            code="model.damaged",
        )
    if find_gguf(workspace):
        raise LuthierError(
            _("The starter model is not unpacked yet."),
            why=_("Its file is on this machine, but was not made ready for training."),
            remedy=_("Let Luthier make it ready; this takes half a minute and fetches nothing."),
            code="model.starter_missing",
        )
    raise missing()


def starter_revision(workspace: Workspace) -> str:
    """The SHA-256 of the unpacked weights."""
    files = _manifest(workspace.models / _FOLDER).get("files", {})
    return str(files.get("model.safetensors", {}).get("sha256", ""))


def damaged_files(workspace: Workspace) -> list[str]:
    """Names of files whose content differs from what was written; reads all of them."""
    folder = workspace.models / _FOLDER
    return [
        name
        for name, entry in _manifest(folder).get("files", {}).items()
        if not (folder / name).is_file() or file_sha256(folder / name) != entry["sha256"]
    ]


def make_starter(workspace: Workspace, progress: Progress = silent) -> None:
    """Unpack the GGUF file into a bfloat16 safetensors model, once; fetches nothing.

    Raises:
        LuthierError: ``model.starter_missing``, ``model.damaged``, or ``model.not_written`` where
            the disk is full or not writable.
    """
    target = workspace.models / _FOLDER
    with FileLock(workspace.models / f".{_FOLDER}.lock"):
        if is_ready(workspace):
            return
        for leftover in workspace.models.glob(f".{_FOLDER}-part-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        gguf = verified_gguf(workspace, progress)
        with _told_when_not_written(workspace.models):
            part = Path(tempfile.mkdtemp(prefix=f".{_FOLDER}-part-", dir=workspace.models))
            try:
                _unpack(gguf, part, progress)
                _write_manifest(part)
                shutil.rmtree(target, ignore_errors=True)
                part.rename(target)
            finally:
                shutil.rmtree(part, ignore_errors=True)
        progress(_("The starter model is ready"), _STEPS, _STEPS)


def run(context: JobContext) -> dict[str, Any]:
    """Worker: unpack the file; fetch it first where it is missing or damaged.

    The payload is ``{"download": bool}``; nothing is fetched where it is False or absent.
    """
    workspace = context.workspace

    def report(label: str, done: float, total: float) -> None:
        context.progress(label, done, total)
        context.honour_stop()

    try:
        make_starter(workspace, report)
    except LuthierError as error:
        fetching_helps = error.code in ("model.starter_missing", "model.damaged")
        if not fetching_helps or not context.spec.payload.get("download"):
            raise
        download_gguf(workspace, report)
        make_starter(workspace, report)
    return {"folder": str(starter_folder(workspace)), "revision": starter_revision(workspace)}


@contextmanager
def _told_when_not_written(folder: Path) -> Iterator[None]:
    """Turn a full disk or a missing right into plain words.

    The tokenizers library raises bare ``Exception`` for these, and safetensors an error of its
    own; both quote the system as "(os error N)".
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, OSError) and "os error" not in str(error):
            raise
        raise LuthierError(
            _("The starter model could not be written."),
            why=_("The system says: {reason}.", reason=error),
            remedy=_(
                "Free 300 MB of disk space, check that you may write to this folder, and try again; "
                "nothing half-made was kept."
            ),
            place=str(folder),
            code="model.not_written",
        ) from error


def _unpack(gguf: Path, folder: Path, progress: Progress) -> None:
    import torch
    from transformers import AutoModelForCausalLM, GgufConfig
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    progress(_("Unpacking the starter model's tokenizer"), 1, _STEPS)
    _save_tokenizer(gguf, folder)
    progress(_("Unpacking the starter model's weights"), 2, _STEPS)
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
    )
    for settings in (model.config, model.generation_config):
        settings.pad_token_id = 0
    model.config._name_or_path = ""
    progress(_("Saving the starter model"), 3, _STEPS)
    model.save_pretrained(folder)


def _save_tokenizer(gguf: Path, folder: Path) -> None:
    """Save the tokenizer with two corrections to what the GGUF file leads to.

    The padding token is not the end token, or ends would be masked as padding and never learned.
    Digits are split one by one before blanks are grouped, as SmolLM2's own tokenizer and llama.cpp
    (pre-tokenizer "smollm") do; the conversion leaves that step out.
    """
    from tokenizers import pre_tokenizers
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    tokenizer.pad_token = _PAD
    tokenizer.model_max_length = 8192
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.save_pretrained(folder)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = read_json(folder / _MANIFEST, {})
    except json.JSONDecodeError:
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _write_manifest(folder: Path) -> None:
    files = {
        path.name: {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
        for path in sorted(folder.iterdir())
    }
    write_json(
        folder / _MANIFEST, {"format": _FORMAT, "source_sha256": GGUF_SHA256, "files": files}
    )
