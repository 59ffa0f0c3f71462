"""Whether AutoTrain trained: judged by what it left behind, because its exit code is always 0.

For worker processes only: torch and safetensors are imported inside.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json, write_json
from luthier.tools.language import _
from luthier.tools.models.reference import ModelReference
from luthier.tools.models.tuned_folder import TOKENIZER_FILES
from luthier.tools.training.autotrain.log_lines import Failure
from luthier.tools.training.plan import Plan
from luthier.tools.training.plan_file import save_plan

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


def refuse_failure(failure: Failure, result: Path, log: Path, exit_code: int) -> None:
    """Raise where it failed, whatever its exit code says.

    Raises:
        LuthierError: it announced a failure (``autotrain.failed``), or left no adapter
            (``autotrain.nothing_left``).
    """
    if failure.failed:
        raise LuthierError(
            _("AutoTrain's training failed."),
            why=failure.reason or _("It said so without a reason."),
            remedy=_remedy(failure.reason),
            place=str(log),
            code="autotrain.failed",
        )
    if not (result / WEIGHTS).is_file() or not (result / CONFIG).is_file():
        raise LuthierError(
            _("AutoTrain left no tuned model behind."),
            why=failure.reason
            or _("It ended with exit code {code} and no adapter in its folder.", code=exit_code),
            remedy=_("The log has its last words. “Use local” trains with Luthier's own trainer."),
            place=str(log),
            code="autotrain.nothing_left",
        )


def _remedy(reason: str) -> str:
    low = reason.lower()
    if "does not recognize this architecture" in low or "model type" in low:
        return _("This model came after AutoTrain. “Use local”, or choose an older model.")
    if "memory" in low:
        return _("Close other programs, or say “batch size 1” or “turn on gradient checkpointing”.")
    if "at least yield one packed sequence" in low or "packing" in low:
        return _("There are too few rows for this length: say “length 64”, or bring more rows.")
    return _("The log has the details. “Use local” trains with Luthier's own trainer.")


def take_adapter(result: Path, reference: ModelReference, plan: Plan, adapter: Path) -> None:
    """Put AutoTrain's adapter into ``adapter`` as Luthier's own training would leave it.

    Only the LoRA matrices are taken: where the tokenizer is smaller than the model's table, an
    untouched copy of the whole table lies beside them, in another size than the base model's.

    Raises:
        LuthierError: its file cannot be read (``training.unreadable``).
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file, save_file

    try:
        weights = load_file(result / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise LuthierError(
            _("The saved adapter cannot be read."),
            why=_("The reader says: {reason}.", reason=error),
            remedy=_("Train again; the disk may have been full."),
            place=str(result / WEIGHTS),
            code="training.unreadable",
        ) from error
    shutil.rmtree(adapter, ignore_errors=True)
    adapter.mkdir(parents=True)
    kept: dict[str, Any] = {
        name: tensor.contiguous() for name, tensor in weights.items() if ".lora_" in name
    }
    save_file(kept, adapter / WEIGHTS, metadata={"format": "pt"})
    config = read_json(result / CONFIG)
    write_json(adapter / CONFIG, {**config, "base_model_name_or_path": str(reference.folder)})
    for name in TOKENIZER_FILES:
        if (reference.folder / name).is_file():
            shutil.copy2(reference.folder / name, adapter / name)
    save_plan(plan, adapter / "plan.yaml")
