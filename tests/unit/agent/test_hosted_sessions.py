"""Sessions whose training is at a provider, with the guide and with a language model in the seat."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
import pytest_asyncio
from fakes.driver import Driver
from fakes.guided_model import GuidedServer
from fakes.provider.server import MODEL, Provider

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.situation import Result, Situation
from luthier.agent.events import ToolFinished
from luthier.agent.session import open_session
from luthier.tools.catalog.base_elsewhere import alternatives_elsewhere, is_here
from luthier.tools.facts import Facts, apply_changes
from luthier.tools.jobs.model import JobState
from luthier.tools.jobs.store import get_job
from luthier.tools.jobs.supervisor import request_cancel
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.views import Callout
from luthier.tools.workspace import Workspace


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """One whose trainings follow a script."""
    monkeypatch.setenv("LUTHIER_POLL_SECONDS", "0.02")
    with Provider() as found:
        monkeypatch.setenv("LUTHIER_API_KEY", found.key)
        yield found


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """Sixty messages labelled by their first word, which is what the scripted tuned model says."""
    lines = ["message,kind"]
    for number in range(60):
        text = "win a prize" if number % 2 else "see you at lunch"
        lines.append(f"{text} {number * 7919 % 997},{text.split()[0]}")
    path = tmp_path / "mail.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest_asyncio.fixture(params=["guide", "model"])
async def driver(
    request: pytest.FixtureRequest,
    workspace: Workspace,
    mail: Path,
    provider: Provider,
    tiny_model: Path,
) -> AsyncIterator[Driver]:
    """A session that comes to the question whether the untuned model may be asked there."""
    with GuidedServer() if request.param == "model" else nullcontext() as server:
        session = await open_session(workspace, brain=server.brain if server else None)
        async with Driver(session) as found:
            await found.say(f"model is {tiny_model}")
            await found.say(f"train it at {provider.base_url} with the model {MODEL} for training")
            await found.pick("own")
            await found.say(f"'{mail}'")
            for _question in range(8):
                if found.asked[-1] == "run_baselines":
                    break
                await found.unsure()
            yield found


async def test_who_will_not_ask_the_provider_may_go_on_and_pays_after_a_yes(
    driver: Driver, provider: Provider, request: pytest.FixtureRequest
) -> None:
    await driver.decide(False)
    assert "provider" in driver.question.question.text
    await driver.pick("skip")
    assert driver.approval.approval.tool == "launch_training"
    assert driver.approval.approval.effect == "money"
    assert driver.approval.approval.lasting is None
    assert provider.count("uploads") == provider.count("creations") == 0
    if "guide" in request.node.name:
        await driver.decide(False)
        assert provider.count("creations") == 0
        return
    await driver.decide(True)
    job = driver.session.facts.train_job
    assert await driver.until_job_rests(job) is JobState.SUCCEEDED
    assert provider.count("creations") == 1

    assert driver.approval.approval.tool == "run_evaluation"
    assert driver.approval.approval.effect == "money"
    await driver.decide(False)
    assert "nobody knows yet" in driver.question.question.text
    choices = [choice.id for choice in driver.question.question.choices]
    assert choices == ["later", "talk", "measure"]
    assert "/chat" in str(driver.question.question.choices)
    await driver.say("compare with checkpoint 2")
    approval = driver.approval.approval
    assert (approval.tool, approval.effect) == ("compare_alternatives", "money")
    assert ":ckpt-step-2" in dict(approval.details)["Where"]
    await driver.decide(True)
    assert await driver.until_job_rests(driver.session.facts.evaluate_job) is JobState.SUCCEEDED
    evaluation = driver.session.facts.evaluation
    assert evaluation is not None
    assert f"model:{job}:2" in [arm.arm for arm in evaluation.arms]
    assert evaluation.comparison is not None
    assert evaluation.comparison.best_alternative != f"model:{job}:2", "it is no rival of itself"
    [model] = [name for name in provider.store.models if "ckpt" not in name]
    await driver.say(f"delete the model {model}")
    assert driver.approval.approval.effect == "deletes"
    assert model in provider.store.models
    await driver.decide(True)
    assert model not in provider.store.models


async def test_who_will_not_ask_the_provider_may_measure_here(
    workspace: Workspace, driver: Driver
) -> None:
    await driver.decide(False)
    await driver.pick("here")
    job = get_job(workspace, driver.session.facts.baseline_job)
    request_cancel(workspace, job.spec.id)
    assert job.spec.payload["base"] is None
    assert driver.asked.count("run_baselines") == 1


async def test_openais_closing_is_said_before_any_work_on_data(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    async with Driver(await open_session(workspace)) as driver:
        await driver.say("I want to fine-tune gpt-4o-mini at OpenAI to sort our mail")
        [first, *_others] = [one for one in driver.events if isinstance(one, ToolFinished)]
        assert first.name == "choose_backend"
        [notice, *_table] = first.views
        assert isinstance(notice, Callout)
        assert "2027-01-06" in notice.lines[0]
        assert "this computer" in notice.lines[0]
        assert "Together" in notice.lines[0]


async def test_a_place_is_heard_at_any_question_and_its_model_can_be_changed(
    workspace: Workspace, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """“Use OpenAI instead” is spelled much like “Open a saved session”."""
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    async with Driver(await open_session(workspace)) as driver:
        await driver.say("use openai instead")
        assert driver.session.facts.backend == "openai"
        assert driver.question.question.id == "start"
        await driver.say(f"model is {tiny_model}")
        assert driver.session.facts.model_id == str(tiny_model), "a folder is no model of OpenAI's"
        await driver.say("model is gpt-4o-2024-08-06")
        hosted = driver.session.facts.hosted
        assert hosted is not None
        assert hosted.model == "gpt-4o-2024-08-06"
        monkeypatch.delenv("AZURE_OPENAI_ENDPOINT", raising=False)
        await driver.say("use azure instead with the model gpt-4.1-2025-04-14")
        assert driver.session.facts.backend == "openai"
        assert "AZURE_OPENAI_ENDPOINT" in driver.said
        assert "2026-10-14" in driver.said, "who can still begin there is said all the same"
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com")
        await driver.say("use azure instead with the model gpt-4.1-2025-04-14")
        assert driver.session.facts.backend == "azure"
        await driver.say("back to local")
        assert (driver.session.facts.backend, driver.session.facts.hosted) == ("local", None)


def test_what_was_decided_of_a_place_falls_with_the_place() -> None:
    settled = ("baseline.here", "advice.go_on")
    facts = Facts(backend="openai", hosted=HostedPlan(), settled=settled)
    assert alternatives_elsewhere(facts) is None
    assert is_here(facts)
    assert not is_here(facts.model_copy(update={"training": {"endpoint": {}}}))
    moved = apply_changes(facts.model_dump(mode="json"), {"backend": "local", "hosted": None})
    assert moved["settled"] == ["advice.go_on"]


def test_a_training_that_ends_after_the_plan_was_dropped_is_only_mentioned() -> None:
    facts = Facts(backend="openai", hosted=HostedPlan(), train_job="newer")
    data = {"kind": "train", "state": "succeeded", "older": True}
    words = "That training belongs to an older plan."
    reply = respond(Situation(facts, Result("take_in_result", {}, True, words, data)))
    assert words in reply.text


def test_leaving_it_for_now_says_how_to_go_on() -> None:
    refused = Result("run_baselines", {}, False, "", {"declined": True})
    reply = respond(Situation(Facts(backend="openai", hosted=HostedPlan()), refused))
    assert reply.tool == ASK_USER
    choices = (reply.arguments or {})["choices"]
    assert [choice["id"] for choice in choices] == ["here", "skip", "later"]
