"""What a training leaves behind, in one shape: an adapter on this computer, or a model elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.files import write_json
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.language import _
from luthier.tools.models.tuned_folder import need_tuned
from luthier.tools.workspace import Workspace


class Checkpoint(BaseModel):
    """A model that the provider kept on the way; ``metrics`` are in Luthier's words.

    ``endpoint`` is where it answers once it is deployed; None where it answers by its name at once.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    step: int
    metrics: dict[str, float] = Field(default_factory=dict)
    endpoint: EndpointModel | None = None

    def asked_at(self, tuned: EndpointModel) -> EndpointModel:
        """Where it is asked, beside the ``tuned`` model that the training ended with."""
        return self.endpoint or tuned.model_copy(update={"model": self.model})


class TunedModel(BaseModel):
    """The tuned model of a training job: ``adapter`` or ``endpoint``, never both.

    ``adapter`` is the folder of a whole model where every weight was trained.

    ``base`` is the untuned model at the same provider, so that the comparison is fair.
    ``awaits_deployment`` says that it and its checkpoints answer only once they are deployed there.
    """

    model_config = ConfigDict(frozen=True)

    adapter: Path | None = None
    endpoint: EndpointModel | None = None
    base: EndpointModel | None = None
    checkpoints: tuple[Checkpoint, ...] = ()
    awaits_deployment: bool = False


def answers_as(workspace: Workspace, job_id: str, name: str) -> dict[str, Any]:
    """Write down under which name the tuned model of a training answers at its provider.

    Returns:
        the result of the training, which no longer waits for anything at the provider.

    Raises:
        LuthierError: the training has not succeeded, or its model is on this computer
            (``hosted.is_here``).
    """
    result = read_result(workspace, job_id)
    if not result.get("endpoint"):
        raise LuthierError(
            _("The tuned model of this training is on this computer, under no name of a provider."),
            remedy=_("`luthier jobs` lists the trainings of this home."),
            place=job_id,
            code="hosted.is_here",
        )
    result = {**result, "endpoint": {**result["endpoint"], "model": name}}
    result.pop("awaits_endpoint", None)
    write_json(Path(get_job(workspace, job_id).folder) / "result.json", result)
    return result


def tuned_model(job_folder: Path, result: Mapping[str, Any], *, weights: bool = True) -> TunedModel:
    """The tuned model that the result of a training job names.

    Args:
        job_folder: a relative adapter folder is meant from here.
        result: has ``adapter``, or ``endpoint`` (with ``base`` and ``checkpoints`` besides).
        weights: whether they are needed; what was exported before can do without.

    Raises:
        LuthierError: its folder is gone (``model.adapter_missing``).
    """
    if result.get("endpoint"):
        return TunedModel.model_validate(
            {name: result.get(name) or () for name in ("checkpoints",)}
            | {name: result.get(name) for name in ("endpoint", "base")}
            | {"awaits_deployment": bool(result.get("awaits_deployment"))}
        )
    folder = job_folder / str(result.get("adapter", ""))
    return TunedModel(adapter=need_tuned(folder) if weights else folder)
