"""One journey, three places to train: from a CSV to a verdict on this computer, at OpenAI and at Azure.

OpenAI and Azure are the stand-in on loopback, which really trains what it is sent and answers with it.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.driver import Driver
from fakes.provider.server import Provider

from luthier.agent.events import QuestionAsked
from luthier.agent.session import open_session
from luthier.tools.azure.deployments import list_deployments
from luthier.tools.jobs.model import JobState
from luthier.tools.workspace import Workspace

pytestmark = [pytest.mark.training, pytest.mark.timeout(900)]

SENTENCE = {"openai": "train it at {base_url} for training", "azure": "use azure instead"}


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """Two columns as they come out of a spreadsheet."""
    chance = random.Random(5)
    pools = {
        "spam": ["win a prize", "cheap pills", "claim your money", "free lottery ticket"],
        "ham": ["see you at lunch", "the meeting moved", "thanks for the notes", "call me later"],
    }
    path = tmp_path / "my mail.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["message", "kind"])
        for number in range(60):
            kind = "spam" if number % 2 else "ham"
            words = f"{chance.choice(pools[kind])} {chance.choice(pools[kind])}"
            writer.writerow([f"{words} {number * 7919 % 1000}", kind])
    return path


@pytest.fixture
def provider(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Provider]:
    """A provider that trains the tiny model with what it is sent."""
    found = Provider(
        tmp_path / "provider",
        str(tiny_model),
        learning_rate=1e-2,
        auto_epochs=8,
        max_length=128,
    )
    found.plane.longest_answer = 6
    monkeypatch.setenv("LUTHIER_POLL_SECONDS", "0.5")
    with found:
        monkeypatch.setenv("LUTHIER_API_KEY", found.key)
        monkeypatch.setenv("AZURE_OPENAI_API_KEY", found.key)
        monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", found.url)
        monkeypatch.setenv("AZURE_SUBSCRIPTION_ID", found.azure.subscription)
        monkeypatch.setenv("AZURE_RESOURCE_GROUP", found.azure.group)
        monkeypatch.setenv("AZURE_MANAGEMENT_TOKEN", found.token)
        monkeypatch.setenv("AZURE_MANAGEMENT_ENDPOINT", found.url)
        yield found


async def agree_until(driver: Driver, fact: str) -> None:
    """Say yes to every approval and wait for every job until the fact is settled."""
    for _step in range(30):
        facts = driver.session.facts
        if getattr(facts, fact) is not None:
            return
        if isinstance(driver.session.pending, QuestionAsked):
            await driver.unsure()
            continue
        if driver.session.pending is not None:
            await driver.decide(True)
            continue
        [job, *_others] = facts.open_jobs()
        state = await driver.until_job_rests(job)
        assert state is JobState.SUCCEEDED, driver.said
    raise AssertionError(driver.said)


@pytest.mark.parametrize("backend", ["local", "openai", "azure"])
async def test_from_a_csv_to_a_verdict_wherever_it_is_trained(
    workspace: Workspace, mail: Path, tiny_model: Path, provider: Provider, backend: str
) -> None:
    async with Driver(await open_session(workspace)) as driver:
        await driver.say(f"model is {tiny_model}")
        if backend != "local":
            place = f"{provider.base_url} with the model gpt-4.1-mini-2025-04-14"
            await driver.say(SENTENCE[backend].format(base_url=place))
            assert driver.session.facts.backend == backend, driver.said
        await driver.pick("own")
        await driver.say(f"'{mail}'")
        for _question in ("use_case", "tried", "worth"):
            await driver.unsure()
        await agree_until(driver, "evaluation")

        facts = driver.session.facts
        assert facts.plan is not None
        assert facts.plan.backend == backend
        assert facts.evaluation is not None
        assert facts.evaluation.verdict is not None
        assert facts.evaluation.verdict.sentence in driver.said
        scores = {arm.arm: arm.metrics[facts.evaluation.metric] for arm in facts.evaluation.arms}
        assert scores["tuned"] > scores["base"]
        assert Path(facts.report).is_file()

        here, asked = backend == "local", set(driver.asked)
        assert provider.count("creations") == (0 if here else 1)
        assert provider.count("uploads") == (0 if here else 2)
        assert "launch_training" in asked
        assert here or "run_baselines" in asked
        if backend == "azure":
            assert {"deploy_base", "deploy_tuned"} <= asked
            assert provider.count("deployments") == 2
            await driver.say("delete the deployment")
            assert "1.70 US dollars" in str(driver.approval.approval.details)
            await driver.decide(True)
            assert [one.name for one in list_deployments(workspace, running=True)] == [
                "luthier-base-gpt-4-1-mini"
            ]
            assert len(provider.store.deployments) == 1
