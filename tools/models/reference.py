"""Which base model is meant, where its files are, and the numbers that size every later choice.

Nothing here loads weights or imports torch: the configuration is JSON and the parameters are
counted from the headers of the safetensors files.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.models import hub
from luthier.tools.models.folder import read_facts
from luthier.tools.models.starter import STARTER_ID, starter_folder, starter_revision
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace


class ModelReference(BaseModel):
    """A base model that is on this machine, with its shape."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="as the user named it: 'starter', a folder or a Hub id")
    name: str
    folder: Path
    parameters: int
    layers: int
    hidden_size: int
    intermediate_size: int
    attention_heads: int
    key_value_heads: int
    vocabulary: int
    context_length: int = Field(description="tokens a conversation may have")
    tied_embeddings: bool
    licence: str = ""
    revision: str = Field(default="", description="Hub commit, or a fingerprint of the weights")


def resolve_model(
    workspace: Workspace,
    model_id: str = STARTER_ID,
    *,
    download: bool = True,
    progress: Progress = silent,
) -> ModelReference:
    """Find the model named ``starter``, a local folder, or a Hub id such as ``owner/name``.

    A Hub model that is not on this machine yet is fetched, unless ``download`` is False.

    Raises:
        LuthierError: ``model.starter_missing``, ``model.hub_unreachable``, ``model.gated``,
            ``model.not_found``, ``model.not_downloaded``, ``model.damaged``,
            ``model.no_template``, ``model.no_tokenizer``, ``model.needs_code`` or
            ``model.not_supported``.
    """
    wanted = model_id.strip()
    if wanted in ("", STARTER_ID):
        folder = starter_folder(workspace)
        return _reference(
            STARTER_ID,
            "SmolLM2-135M-Instruct",
            folder,
            licence="Apache-2.0",
            revision=starter_revision(workspace),
        )
    local = Path(wanted).expanduser()
    if local.is_dir():
        return _reference(wanted, local.resolve().name, local.resolve())
    if not hub.is_hub_id(wanted):
        raise LuthierError(
            _("There is no such model."),
            why=_(
                "{wanted!r} is neither a folder on this machine nor a Hub id like owner/name.",
                wanted=wanted,
            ),
            remedy=_('Give the path of a model folder, a Hub id, or use "starter".'),
            code="model.not_found",
        )
    snapshot = hub.find_or_fetch(wanted, download=download, progress=progress)
    return _reference(
        wanted,
        wanted.rsplit("/", 1)[-1],
        snapshot.folder,
        licence=snapshot.licence,
        revision=snapshot.revision,
    )


def _reference(
    model_id: str, name: str, folder: Path, *, licence: str = "", revision: str = ""
) -> ModelReference:
    facts = read_facts(folder)
    return ModelReference(
        id=model_id,
        name=name,
        folder=folder,
        parameters=facts.parameters,
        layers=facts.layers,
        hidden_size=facts.hidden_size,
        intermediate_size=facts.intermediate_size,
        attention_heads=facts.attention_heads,
        key_value_heads=facts.key_value_heads,
        vocabulary=facts.vocabulary,
        context_length=facts.context_length,
        tied_embeddings=facts.tied_embeddings,
        licence=licence or facts.licence,
        revision=revision or facts.fingerprint,
    )
