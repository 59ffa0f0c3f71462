"""A resource at Azure that is a stand-in on loopback, and a model that was tuned there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.provider.server import MODEL, Provider
from fakes.provider.state import TunedModel

from luthier.tools.azure.deployments import Deployment
from luthier.tools.identifiers import new_id

TUNED = f"{MODEL}.ft-0001"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """The stand-in, with a tuned model, and the environment that leads there."""
    with Provider() as provider:
        provider.store.models[TUNED] = TunedModel(TUNED, MODEL, 1, "scripted")
        monkeypatch.setenv("AZURE_MANAGEMENT_TOKEN", provider.token)
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", provider.key)
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", provider.url)
        monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", provider.azure.subscription)
        monkeypatch.setenv("AZURE_RESOURCE_GROUP", provider.azure.group)
        monkeypatch.setenv("LUTHIER_POLL_SECONDS", "0.01")
        yield provider


@pytest.fixture
def deployment(provider: Provider) -> Deployment:
    """What is to be made."""
    return Deployment(
        id=new_id(),
        session_id="session",
        train_job="TRAIN",
        name="mail-1",
        model=TUNED,
        version="1",
        sku="standard",
        capacity=1,
        subscription=provider.azure.subscription,
        resource_group=provider.azure.group,
        account=provider.azure.account,
        management_url=provider.url,
    )
