"""Which brain speaks: kept in a small file in the home folder, which never holds a key."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from luthier.tools.endpoints.address import read_endpoint
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.files import write_atomic
from luthier.tools.language import _
from luthier.tools.workspace import Workspace

FILE = "brain.json"


class BrainSettings(EndpointModel):
    """The language model that leads the conversation."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    context_tokens: int = Field(
        default=16_000, ge=2_000, description="how long a conversation the model is sent"
    )
    lead: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="whether the model is given one step at a time; auto: where it is small or lost",
    )
    budget_tokens: int = Field(
        default=0, ge=0, description="tokens one session may use in all; 0: as many as it takes"
    )
    budget_dollars: float = Field(
        default=0.0, ge=0, description="US dollars one session may cost in all; 0: no limit"
    )

    @property
    def words(self) -> str:
        """The brain as the user reads it; a model in a folder by the folder's name alone."""
        name = self.model.rsplit("/", 1)[-1] if self.model.startswith("/") else self.model
        return _("{name} at {host}", name=name, host=self.host)

    @property
    def endpoint(self) -> EndpointModel:
        """Where it answers, without what concerns the conversation alone."""
        return EndpointModel.model_validate(
            self.model_dump(include=set(EndpointModel.model_fields))
        )


def load_settings(workspace: Workspace) -> BrainSettings | None:
    """The chosen language model, or None where the offline guide speaks.

    Raises:
        LuthierError: the file is damaged.
    """
    path = workspace.home / FILE
    try:
        return BrainSettings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise LuthierError(
            _("The file that says which model speaks cannot be read."),
            remedy=_(
                "`luthier model guide` goes back to the offline guide; then choose a model again."
            ),
            place=str(path),
            code="settings.damaged",
        ) from error


def save_settings(workspace: Workspace, settings: BrainSettings | None) -> None:
    """Remember the choice; None is the offline guide."""
    path = workspace.home / FILE
    if settings is None:
        path.unlink(missing_ok=True)
    else:
        write_atomic(path, settings.model_dump_json(indent=2) + "\n")


def make_settings(
    base_url: str,
    model: str,
    *,
    key_variable: str = "",
    **more: Any,
) -> BrainSettings:
    """Settings from what a user typed; ``more`` are further fields of :class:`BrainSettings`.

    Raises:
        LuthierError: the address is no http(s) URL, or a key is written into it.
    """
    endpoint = read_endpoint(base_url)
    model = model.strip() or endpoint.model
    if not model:
        raise LuthierError(
            _("The name of the model is missing."),
            remedy=_("`luthier model list` shows what running servers offer."),
            code="settings.no_model",
        )
    return BrainSettings(
        base_url=endpoint.base_url,
        model=model,
        key_variable=key_variable,
        api_version=endpoint.api_version,
        **more,
    )
