"""What a user types as an address, and what the client is given."""

from __future__ import annotations

import pytest

from luthier.agent.settings import make_settings
from luthier.tools.endpoints.address import is_azure, read_endpoint, with_keys
from luthier.tools.endpoints.keys import variable_for
from luthier.tools.errors import LuthierError


@pytest.mark.parametrize(
    ("typed", "base_url"),
    [
        ("api.openai.com", "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1"),
        ("openrouter.ai", "https://openrouter.ai/api/v1"),
        ("https://api.groq.com", "https://api.groq.com/openai/v1"),
        ("localhost:11434", "http://localhost:11434/v1"),
        ("127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1"),
        ("192.168.1.7:8000", "http://192.168.1.7:8000/v1"),
        ("http://gpu-box:8000", "http://gpu-box:8000/v1"),
        ("https://my.openai.azure.com", "https://my.openai.azure.com/openai/v1"),
        ("my.openai.azure.com/openai/", "https://my.openai.azure.com/openai/v1"),
        ("https://my.openai.azure.com/openai/v1/", "https://my.openai.azure.com/openai/v1"),
        ("https://my.services.ai.azure.com/models", "https://my.services.ai.azure.com/openai/v1"),
    ],
)
def test_an_address_becomes_a_base_url(typed: str, base_url: str) -> None:
    assert read_endpoint(typed).base_url == base_url


def test_an_azure_address_from_the_portal_names_its_deployment() -> None:
    portal = (
        "https://my.openai.azure.com/openai/deployments/gpt-mini/chat/completions"
        "?api-version=2024-10-21"
    )
    settings = make_settings(portal, "")
    assert settings.base_url == "https://my.openai.azure.com/openai/v1"
    assert settings.model == "gpt-mini"
    assert variable_for(settings) == "AZURE_OPENAI_API_KEY"
    assert is_azure(settings.host)
    assert make_settings(portal, "other").model == "other"


def test_a_gateway_with_an_address_for_each_deployment_keeps_it_and_its_version() -> None:
    typed = "https://llm.firm.example/eu/openai/deployments/gpt-mini/chat/completions"
    settings = make_settings(f"{typed}?api-version=2025-01-01-preview", "")
    assert settings.base_url == "https://llm.firm.example/eu/openai/deployments/gpt-mini"
    assert (settings.model, settings.api_version) == ("gpt-mini", "2025-01-01-preview")
    assert make_settings(typed, "").api_version == "2024-10-21"
    assert make_settings("https://my.openai.azure.com", "m").api_version == ""


@pytest.mark.parametrize(
    "typed",
    [
        "https://llm.firm.example/openai/deployments/gpt-mini?api-key=abc",
        "https://my.openai.azure.com/openai/v1?api-key=abc",
        "https://api.openai.com/v1?api-version=2024-10-21",
        "https://user:secret@api.openai.com/v1",
        "ftp://api.openai.com",
        "http://",
    ],
)
def test_what_is_no_address_or_holds_a_key_is_refused(typed: str) -> None:
    with pytest.raises(LuthierError):
        read_endpoint(typed)


def test_providers_are_offered_where_their_key_is_in_the_environment() -> None:
    assert with_keys({}) == ()
    found = with_keys(
        {
            "OPENAI_API_KEY": "k",
            "AZURE_OPENAI_API_KEY": "k",
            "AZURE_OPENAI_ENDPOINT": "https://my.openai.azure.com/",
        }
    )
    assert found == ("https://api.openai.com/v1", "https://my.openai.azure.com/openai/v1")
