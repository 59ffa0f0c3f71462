"""A language model behind an OpenAI-compatible address, as it is stored: never with a key."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field


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

    @property
    def host(self) -> str:
        """The host that is spoken to."""
        return urlsplit(self.base_url).hostname or ""
