"""Commands that serve an export with other programs, on this computer or a larger one."""

from __future__ import annotations

import shlex
from pathlib import Path

from luthier.tools.hosting.kinds.folder import MODEL
from luthier.tools.hosting.model import Export
from luthier.tools.hosting.tuned import adapter_rank

_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""The values that vLLM takes for --max-lora-rank (vllm/config/lora.py)."""


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
