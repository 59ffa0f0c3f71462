"""What a training leaves behind, in one shape: an adapter on this computer, or a model elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.models.tuned_folder import need_tuned


class Checkpoint(BaseModel):
    """A model that the provider kept on the way; ``metrics`` are in Luthier's words."""

    model_config = ConfigDict(frozen=True)

    model: str
    step: int
    metrics: dict[str, float] = Field(default_factory=dict)


class TunedModel(BaseModel):
    """The tuned model of a training job: ``adapter`` or ``endpoint``, never both.

    ``adapter`` is the folder of a whole model where every weight was trained.

    ``base`` is the untuned model at the same provider, so that the comparison is fair.
    """

    model_config = ConfigDict(frozen=True)

    adapter: Path | None = None
    endpoint: EndpointModel | None = None
    base: EndpointModel | None = None
    checkpoints: tuple[Checkpoint, ...] = ()


def tuned_model(job_folder: Path, result: Mapping[str, Any]) -> TunedModel:
    """The tuned model that the result of a training job names.

    Args:
        job_folder: a relative adapter folder is meant from here.
        result: has ``adapter``, or ``endpoint`` (with ``base`` and ``checkpoints`` besides).

    Raises:
        LuthierError: its folder is gone (``model.adapter_missing``).
    """
    if result.get("endpoint"):
        return TunedModel.model_validate(
            {name: result.get(name) or () for name in ("checkpoints",)}
            | {name: result.get(name) for name in ("endpoint", "base")}
        )
    folder = job_folder / str(result.get("adapter", ""))
    return TunedModel(adapter=need_tuned(folder))
