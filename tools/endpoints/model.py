"""A language model behind an OpenAI-compatible address, as it is stored: never with a key."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.endpoints.address import is_loopback
from luthier.tools.language import _


class EndpointModel(BaseModel):
    """Which model answers, and where; its key is looked up when it is asked."""

    model_config = ConfigDict(frozen=True)

    base_url: str = Field(description="such as https://api.openai.com/v1")
    model: str = Field(description="the name by which it is asked")
    provider: str = Field(default="", description="name of the profile, where there is one")
    key_variable: str = Field(
        default="", description="environment variable with the key; empty: the host's usual one"
    )
    api_version: str = Field(default="", description="sent as api-version, where one is needed")
    key_in_keyring: bool = Field(
        default=False, description="whether a key was stored for a server that usually needs none"
    )
    price_input: float | None = Field(
        default=None, ge=0, description="the user's own price: US dollars for a million tokens"
    )
    price_output: float | None = Field(default=None, ge=0, description="the same for its answers")

    @property
    def host(self) -> str:
        """The host that is spoken to."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def is_local(self) -> bool:
        """Whether the model runs on this computer, so that nothing leaves it."""
        return is_loopback(self.host)

    @property
    def words(self) -> str:
        """The model as the user reads it."""
        return _("{name} at {host}", name=self.model, host=self.host)
