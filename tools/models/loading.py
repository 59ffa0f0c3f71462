"""Weights into memory: the base model, and the base model with an adapter on it.

For worker processes only: torch, transformers and peft are imported inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json
from luthier.tools.language import _
from luthier.tools.models.device import choose_device
from luthier.tools.models.reference import ModelReference
from luthier.tools.models.tuned_folder import is_adapter, is_whole_model


def load_base(reference: ModelReference, *, dtype: str = "bfloat16") -> tuple[Any, Any]:
    """The model, ready to answer, and its tokenizer (needed only for saving beside weights).

    Args:
        reference: from :func:`luthier.tools.models.reference.resolve_model`.
        dtype: name of a torch dtype for the weights.

    Raises:
        LuthierError: ``model.damaged`` or ``model.too_large``.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    with _plain_failures(reference.folder):
        model = AutoModelForCausalLM.from_pretrained(
            reference.folder,
            dtype=getattr(torch, dtype),
            attn_implementation="sdpa",
            local_files_only=True,
            trust_remote_code=False,
        )
        tokenizer = AutoTokenizer.from_pretrained(
            reference.folder, local_files_only=True, trust_remote_code=False
        )
        return model.to(choose_device().name).eval(), tokenizer


def load_tuned(
    reference: ModelReference, adapter_folder: Path, *, dtype: str = "bfloat16", merge: bool = False
) -> tuple[Any, Any]:
    """What training left in ``adapter_folder``, ready to answer, and the tokenizer.

    That is the base model with an adapter on it, or a whole model where every weight was trained.

    Args:
        reference: the base model that the adapter was trained on.
        adapter_folder: what training saved: an adapter or a whole model.
        dtype: name of a torch dtype for the weights.
        merge: add the adapter into the weights: quicker, but it cannot be switched off again.

    Raises:
        LuthierError: ``model.adapter_missing``, ``model.damaged`` or ``model.too_large``.
    """
    if is_whole_model(adapter_folder):
        return load_base(reference.model_copy(update={"folder": adapter_folder}), dtype=dtype)
    if not is_adapter(adapter_folder):
        raise LuthierError(
            _("There is no tuned model here."),
            why=_("Training has not saved an adapter in this folder."),
            remedy=_("Finish the training first, or choose another job."),
            place=str(adapter_folder),
            code="model.adapter_missing",
        )
    from peft import PeftModel

    base, tokenizer = load_base(reference, dtype=dtype)
    with _plain_failures(adapter_folder):
        tuned = PeftModel.from_pretrained(base, adapter_folder, is_trainable=False)
        if merge:
            tuned = tuned.merge_and_unload(safe_merge=True)
        return tuned.eval(), tokenizer


def base_precision(folder: Path) -> str:
    """The number format of the base model's weights, as its configuration says."""
    config = read_json(folder / "config.json") or {}
    name = str(config.get("dtype") or config.get("torch_dtype") or "bfloat16")
    return name if name in ("bfloat16", "float16", "float32") else "bfloat16"


@contextmanager
def _plain_failures(folder: Path) -> Iterator[None]:
    """Turn what loading can raise for bad files or too little memory into plain words."""
    from safetensors import SafetensorError

    try:
        yield
    except MemoryError as error:
        raise _too_large(folder, str(error)) from error
    except RuntimeError as error:
        if "memory" in str(error).lower():
            raise _too_large(folder, str(error)) from error
        raise _damaged(folder, error) from error
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise _damaged(folder, error) from error


def _too_large(folder: Path, why: str) -> LuthierError:
    return LuthierError(
        _("The model does not fit into this machine's memory."),
        why=why.split("\n", 1)[0],
        remedy=_("Close other programs, or choose a smaller model."),
        place=str(folder),
        code="model.too_large",
    )


def _damaged(folder: Path, error: Exception) -> LuthierError:
    return LuthierError(
        _("The model could not be loaded."),
        why=str(error).split("\n", 1)[0],
        remedy=_("Its files may be damaged or do not belong together; fetch or make it again."),
        place=str(folder),
        code="model.damaged",
    )
