"""What a training leaves behind, as a folder: an adapter for the base model, or a whole model."""

from __future__ import annotations

from pathlib import Path

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "generation_config.json",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
)
ADAPTER_WEIGHTS = "adapter_model.safetensors"


def is_adapter(folder: Path) -> bool:
    """Whether the folder holds an adapter."""
    return (folder / "adapter_config.json").is_file()


def is_whole_model(folder: Path) -> bool:
    """Whether the folder holds a model that needs no base."""
    return not is_adapter(folder) and (folder / "config.json").is_file() and bool(_shards(folder))


def weight_files(folder: Path) -> list[Path]:
    """The files whose content decides what the tuned model says."""
    return [folder / ADAPTER_WEIGHTS] if is_adapter(folder) else _shards(folder)


def need_tuned(folder: Path) -> Path:
    """The folder, if a training left something there.

    Raises:
        LuthierError: there is nothing (``model.adapter_missing``).
    """
    if is_adapter(folder) or is_whole_model(folder):
        return folder
    raise LuthierError(
        _("The tuned model of this training is not there any more."),
        remedy=_("Train again; the data and the plan are kept."),
        place=str(folder),
        code="model.adapter_missing",
    )


def _shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("model*.safetensors"))
