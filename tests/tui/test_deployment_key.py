"""What costs by the hour: the reminder when a session opens, and the one key that ends it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from fakes.provider.server import MODEL, Provider
from fakes.screen import no_servers, settled, wait_for, words

from luthier.tools.azure.deployments import Deployment, keep, list_deployments
from luthier.tools.workspace import Workspace
from luthier.tui.app import LuthierApp

DELETE = "Delete the deployment mail-1 at Azure"


@pytest.fixture
def provider(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A resource at Azure with one deployment, which Luthier made."""
    with Provider() as found:
        monkeypatch.setenv("AZURE_MANAGEMENT_TOKEN", found.token)
        found.store.deployments["mail-1"] = {"properties": {"provisioningState": "Succeeded"}}
        made = Deployment(
            id="D",
            session_id="earlier",
            train_job="TRAIN",
            name="mail-1",
            model=f"{MODEL}.ft-0001",
            version="1",
            sku="standard",
            capacity=1,
            subscription=found.azure.subscription,
            resource_group=found.azure.group,
            account=found.azure.account,
            management_url=found.url,
            state="ready",
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        keep(workspace, made)
        yield found


async def test_a_session_begins_with_what_a_deployment_costs_and_one_key_and_a_yes_end_it(
    workspace: Workspace, provider: Provider
) -> None:
    app = LuthierApp(workspace, find_servers=no_servers)
    async with app.run_test(size=(140, 50)) as pilot:
        await settled(pilot, app)
        await wait_for(pilot, lambda: "mail-1" in words(app, "MarkdownParagraph"), 20)
        said = words(app, "MarkdownParagraph")
        assert "1.70 US dollars an hour, about 1,241 a month" in said

        await pilot.press("f12")
        await wait_for(pilot, lambda: DELETE in words(app, ".prompt-title"), 20)
        card = words(app, ".prompt-card Plain")
        assert "This deletes something." in card
        assert "mail-1" in card
        assert "1.70 US dollars for every hour it exists" in card
        await pilot.press("n")
        await settled(pilot, app)
        assert list(provider.store.deployments) == ["mail-1"]

        await pilot.press("f12")
        await wait_for(pilot, lambda: DELETE in words(app, ".prompt-title"), 20)
        await pilot.press("y")
        await wait_for(pilot, lambda: provider.azure.removed == ["mail-1"], 20)
        await settled(pilot, app)
    assert list_deployments(workspace, running=True) == []
    app = LuthierApp(workspace, find_servers=no_servers)
    async with app.run_test(size=(140, 50)) as pilot:
        await settled(pilot, app)
        assert "1.70" not in words(app, "MarkdownParagraph")
