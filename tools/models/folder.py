"""What a model folder holds: its shape from config.json, its size from the safetensors headers.

Also the gate for folders that Luthier cannot or will not use: missing pieces, models that need
their own code, pickled weights.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

BUILT_IN_FAMILIES = frozenset(
    {
        "cohere", "cohere2", "exaone4", "falcon", "gemma", "gemma2", "gemma3_text", "glm", "glm4",
        "gpt2", "gpt_neox", "granite", "helium", "lfm2", "llama", "ministral", "mistral",
        "nemotron", "olmo", "olmo2", "olmo3", "phi", "phi3", "qwen2", "qwen3", "smollm3",
        "stablelm", "starcoder2",
    }
)  # fmt: skip
"""Decoder families that transformers implements itself; code shipped with them is not needed."""

_HEADER_LIMIT = 100_000_000


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The shape of a decoder model; lengths in tokens, sizes in features."""

    parameters: int
    layers: int
    hidden_size: int
    intermediate_size: int
    attention_heads: int
    key_value_heads: int
    vocabulary: int
    context_length: int
    tied_embeddings: bool
    licence: str
    fingerprint: str


def read_facts(folder: Path) -> ModelFacts:
    """Read the shape and the size of the model in ``folder`` without loading it.

    Raises:
        LuthierError: ``model.damaged``, ``model.needs_code``, ``model.not_supported``,
            ``model.no_tokenizer`` or ``model.no_template``.
    """
    config = _read_config(folder)
    _refuse_unusable(folder, config)
    headers = [(path, _read_header(path)) for path in _weight_files(folder)]
    heads = _number(config, folder, "num_attention_heads", "n_head")
    hidden = _number(config, folder, "hidden_size", "n_embd")
    return ModelFacts(
        parameters=sum(_count(header) for _, header in headers),
        layers=_number(config, folder, "num_hidden_layers", "n_layer"),
        hidden_size=hidden,
        intermediate_size=int(config.get("intermediate_size") or 4 * hidden),
        attention_heads=heads,
        key_value_heads=int(config.get("num_key_value_heads") or heads),
        vocabulary=_number(config, folder, "vocab_size"),
        context_length=_number(config, folder, "max_position_embeddings", "n_positions"),
        tied_embeddings=bool(config.get("tie_word_embeddings", True)),
        licence=_licence(folder),
        fingerprint=_fingerprint(folder, headers),
    )


def is_whole(folder: Path) -> bool:
    """Whether configuration, tokenizer and every weight file are there (their content unread)."""
    if not all((folder / name).is_file() for name in ("config.json", "tokenizer.json")):
        return False
    try:
        _weight_files(folder)
    except LuthierError:
        return False
    return True


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LuthierError(
            _("This folder holds no model."),
            why=_("A model folder has a config.json, a tokenizer.json and *.safetensors files."),
            remedy=_('Give the folder that holds these files, or use "starter".'),
            place=str(folder),
            code="model.not_found",
        ) from error
    except (OSError, ValueError) as error:
        raise damaged(path, str(error)) from error
    if not isinstance(config, dict):
        raise damaged(path, _("it is not a JSON object"))
    return config


def _refuse_unusable(folder: Path, config: dict[str, Any]) -> None:
    family = str(config.get("model_type", "unknown"))
    if config.get("auto_map") and family not in BUILT_IN_FAMILIES:
        raise LuthierError(
            _("This model needs program code of its own, which Luthier never runs."),
            why=_(
                "Models of the kind {family!r} bring Python code that would run with your rights.",
                family=family,
            ),
            remedy=_('Choose a model of a built-in family (Llama, Qwen, Gemma, ...) or "starter".'),
            place=str(folder),
            code="model.needs_code",
        )
    kinds = [str(kind) for kind in config.get("architectures") or ()]
    if kinds and not any(kind.endswith(("ForCausalLM", "LMHeadModel")) for kind in kinds):
        raise LuthierError(
            _("This is not a model that writes text."),
            why=_("Its configuration says {kinds}.", kinds=", ".join(kinds)),
            remedy=_("Choose a text-generating chat model."),
            place=str(folder),
            code="model.not_supported",
        )
    if not (folder / "tokenizer.json").is_file():
        raise LuthierError(
            _("This model has no tokenizer.json."),
            why=_("Luthier reads text with the model's own fast tokenizer."),
            remedy=_("Choose a model that ships tokenizer.json, such as the starter model."),
            place=str(folder),
            code="model.no_tokenizer",
        )


def _weight_files(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            names = sorted(
                set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
            )
        except (OSError, ValueError, KeyError) as error:
            raise damaged(index, str(error)) from error
        files = [folder / name for name in names]
    else:
        files = [folder / "model.safetensors"]
    missing = [path.name for path in files if not path.is_file()]
    if not missing:
        return files
    if any(folder.glob("*.bin")) and not any(folder.glob("*.safetensors")):
        raise LuthierError(
            _("This model's weights are in the old pickle format, which can run code."),
            remedy=_("Choose a version of it with *.safetensors files."),
            place=str(folder),
            code="model.not_supported",
        )
    raise damaged(folder, _("{missing} is missing", missing=missing[0]))


def _read_header(path: Path) -> dict[str, Any]:
    """The JSON header of a safetensors file, checked against the size of the file.

    Format: 8 bytes little-endian length, then the header, then the tensors at ``data_offsets``
    (huggingface.co/docs/safetensors).
    """
    try:
        with path.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > _HEADER_LIMIT:
                raise damaged(path, _("its header is not that of a safetensors file"))
            header: dict[str, Any] = json.loads(stream.read(length))
    except (OSError, ValueError, struct.error) as error:
        raise damaged(path, _("its header cannot be read")) from error
    header.pop("__metadata__", None)
    end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    if path.stat().st_size != 8 + length + end:
        raise damaged(path, _("its size is not what its header says; the download was cut short"))
    return header


def _count(header: dict[str, Any]) -> int:
    return sum(math.prod(entry["shape"]) for entry in header.values())


def _fingerprint(folder: Path, headers: list[tuple[Path, dict[str, Any]]]) -> str:
    """Hash of configuration, tokenizer, tensor headers and the ends of each weight file.

    The whole weights would take minutes to hash for a large model; their last MiB changes with
    any training.
    """
    digest = hashlib.sha256()
    for name in ("config.json", "tokenizer.json"):
        digest.update((folder / name).read_bytes())
    for path, header in headers:
        digest.update(json.dumps(header, sort_keys=True).encode())
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - 2**20))
            digest.update(stream.read())
    return digest.hexdigest()


def _licence(folder: Path) -> str:
    """The licence named in the front matter of the model card, or ""."""
    card = folder / "README.md"
    if not card.is_file():
        return ""
    found = re.search(
        r"^license:\s*(\S+)", card.read_text(encoding="utf-8", errors="replace"), re.M
    )
    return found.group(1) if found else ""


def _number(config: dict[str, Any], folder: Path, *names: str) -> int:
    for name in names:
        if isinstance(config.get(name), int):
            return int(config[name])
    raise damaged(folder / "config.json", _("it does not say {names}", names=names[0]))


def damaged(path: Path, why: str) -> LuthierError:
    """The error for a file that is there but unusable."""
    return LuthierError(
        _("The model's files are damaged or incomplete."),
        why=f"{path.name}: {why}.",
        remedy=_("Fetch the model again, or choose another one."),
        place=str(path),
        code="model.damaged",
    )
