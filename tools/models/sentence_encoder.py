"""A sentence encoder in a folder of the user's, as the sentence-transformers library saves it.

Only what nearly all of them are made of: a transformer of the library of that name, the mean of its
token vectors or the first one, and unit length. A folder that needs more is refused, not bent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json
from luthier.tools.language import _
from luthier.tools.models.starter_source import file_sha256

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pooling = Literal["mean", "cls"]
BATCH = 32
LONGEST = 512
_KNOWN = ("Transformer", "Pooling", "Normalize")


@dataclass(frozen=True, slots=True)
class EncoderFolder:
    """What a folder says of its encoder: where the transformer is, and how token vectors become one."""

    folder: Path
    transformer: Path
    pooling: Pooling
    max_tokens: int

    @property
    def name(self) -> str:
        """What to call it."""
        return self.folder.name

    @property
    def source(self) -> str:
        """Names the encoder by its content: vectors of another one are not comparable."""
        weights = "\n".join(map(file_sha256, _weights(self.transformer)))
        return f"encoder\n{self.pooling}\n{self.max_tokens}\n{weights}"


def read_encoder(folder: Path) -> EncoderFolder:
    """What the folder holds, without loading it; a plain encoder without pooling takes the mean.

    Raises:
        LuthierError: it is no encoder (``encoder.none``), or has parts that are not known here
            (``encoder.unknown``), or its files are damaged (``encoder.damaged``).
    """
    modules = _read(folder / "modules.json") or [{"type": "Transformer", "path": ""}]
    kinds = [str(one.get("type", "")).rpartition(".")[2] for one in modules]
    places = {
        kind: folder / str(one.get("path", "")) for kind, one in zip(kinds, modules, strict=True)
    }
    strange = [kind for kind in kinds if kind not in _KNOWN]
    if strange:
        raise _unknown(folder, ", ".join(strange))
    transformer = places.get("Transformer", folder)
    if not (transformer / "config.json").is_file() or not _weights(transformer):
        raise LuthierError(
            _("This folder holds no sentence encoder."),
            why=_("It has no config.json with weights in safetensors files."),
            remedy=_(
                "Name a folder as sentence-transformers saves it, such as that of all-MiniLM-L6-v2."
            ),
            place=str(folder),
            code="encoder.none",
        )
    settings = _read(transformer / "sentence_bert_config.json") or {}
    longest = int(settings.get("max_seq_length") or LONGEST)
    pooling = _pooling(folder, places.get("Pooling"))
    return EncoderFolder(folder, transformer, pooling, min(longest, LONGEST))


class SentenceEncoder:
    """The encoder in memory. For worker processes only.

    Raises:
        LuthierError: its files are damaged (``encoder.damaged``).
    """

    def __init__(self, folder: EncoderFolder) -> None:
        from safetensors import SafetensorError
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        self._folder = folder
        options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder.transformer, **options)
            self._model: Any = AutoModel.from_pretrained(folder.transformer, **options).eval()
        except (SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
            raise _damaged(folder.folder, error) from error

    def embed(self, texts: Sequence[str]) -> NDArray[Any]:
        """Unit vectors (texts x hidden size, float32); of long texts the first tokens are read."""
        import numpy as np
        import torch

        order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
        vectors = np.zeros((len(texts), int(self._model.config.hidden_size)), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), BATCH):
                places = order[start : start + BATCH]
                batch = self._tokenizer(
                    [texts[place] for place in places],
                    padding=True,
                    truncation=True,
                    max_length=self._folder.max_tokens,
                    return_tensors="pt",
                )
                states = self._model(**batch).last_hidden_state.float()
                pooled = self._pooled(states, batch["attention_mask"])
                vectors[places] = torch.nn.functional.normalize(pooled, dim=-1).numpy()
        return vectors

    def _pooled(self, states: Any, mask: Any) -> Any:
        if self._folder.pooling == "cls":
            return states[:, 0]
        weights = mask.unsqueeze(-1).float()
        return (states * weights).sum(1) / weights.sum(1).clamp(min=1)


def _pooling(folder: Path, place: Path | None) -> Pooling:
    if place is None:
        return "mean"
    config = _read(place / "config.json") or {}
    prefix = "pooling_mode_"
    flags = [
        name.removeprefix(prefix) for name, on in config.items() if on is True and prefix in name
    ]
    named = str(config.get("pooling_mode") or "")
    modes = [named] if named else flags
    known: dict[str, Pooling] = {
        "mean_tokens": "mean",
        "mean": "mean",
        "cls_token": "cls",
        "cls": "cls",
    }
    if len(modes) != 1 or modes[0] not in known:
        raise _unknown(folder, ", ".join(modes) or str(place))
    return known[modes[0]]


def _read(path: Path) -> Any:
    try:
        return read_json(path)
    except (ValueError, OSError) as error:
        raise _damaged(path, error) from error


def _weights(folder: Path) -> list[Path]:
    return sorted(folder.glob("model*.safetensors"))


def _damaged(place: Path, error: Exception) -> LuthierError:
    return LuthierError(
        _("The sentence encoder could not be loaded."),
        why=str(error).split("\n", 1)[0],
        remedy=_("Its files may be damaged or do not belong together; fetch it again."),
        place=str(place),
        code="encoder.damaged",
    )


def _unknown(folder: Path, parts: str) -> LuthierError:
    return LuthierError(
        _("This sentence encoder cannot be used here."),
        why=_("It has parts that Luthier does not know: {parts}.", parts=parts),
        remedy=_(
            "Name one that is a transformer with the mean of its tokens or the first one, such as "
            "all-MiniLM-L6-v2 or multilingual-e5-small."
        ),
        place=str(folder),
        code="encoder.unknown",
    )
