"""From a two-column CSV to a verdict, over the real graph, tools and workers, with either brain."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.driver import Driver
from fakes.guided_model import GuidedServer
from fakes.hub import FakeHub, fake_hub
from langchain_core.language_models import BaseChatModel

from luthier.agent.events import ToolFinished
from luthier.agent.session import open_session
from luthier.tools.evaluation.verdict import judge
from luthier.tools.hosting.serving import list_servers
from luthier.tools.jobs.model import JobState
from luthier.tools.report.card import escape_markdown
from luthier.tools.views import Callout, Table
from luthier.tools.workspace import Workspace

pytestmark = [pytest.mark.training, pytest.mark.timeout(600)]


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """Two columns as they come out of a spreadsheet."""
    chance = random.Random(5)
    spam = ["win a prize", "cheap pills", "claim your money", "free lottery ticket"]
    ham = ["see you at lunch", "the meeting moved", "thanks for the notes", "call me later"]
    path = tmp_path / "my mail.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["message", "kind"])
        for number in range(120):
            kind, pool = ("spam", spam) if number % 2 else ("ham", ham)
            words = f"{chance.choice(pool)} {chance.choice(pool)} {number * 7919 % 1000}"
            writer.writerow([words, kind])
    return path


@pytest.fixture(params=["guide", "model"])
def brain(request: pytest.FixtureRequest) -> Iterator[BaseChatModel | None]:
    """Who sits in the seat: the guide, or a language model over HTTP that says the same."""
    if request.param == "guide":
        yield None
        return
    with GuidedServer() as server:
        yield server.brain
        assert len(server.requests) > 20


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A Hub on loopback, with a token for it."""
    with fake_hub() as server:
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
        monkeypatch.setattr("huggingface_hub.hf_api.ENDPOINT", server.url, raising=False)
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


async def draw_the_curve(driver: Driver) -> None:
    """A yes to the learning curve: its outcome goes into the verdict, and the report is written anew."""
    before = driver.session.facts.evaluation
    assert before is not None
    details = dict(driver.approval.approval.details)
    assert {"Trainings", "Time", "Judged by"} <= set(details)
    assert not driver.session.facts.curve_job, "nothing long is begun before the yes"
    await driver.decide(True)
    state = await driver.until_job_rests(driver.session.facts.curve_job)
    assert state is JobState.SUCCEEDED, driver.said
    facts = driver.session.facts
    assert facts.evaluation is not None
    assert facts.dataset is not None
    train = facts.dataset.train
    assert [point.rows for point in facts.evaluation.learning] == [train // 4, train // 2, train]
    assert facts.evaluation.verdict == judge(facts.evaluation)
    assert "Learning curve" in Path(facts.report).read_text(encoding="utf-8")
    assert driver.asked.count("learning_curve") == 1
    assert driver.question.question.id == "host"


async def use_it(driver: Driver, hub: FakeHub) -> None:
    """After a no to the learning curve: export, serve, check, list, publish, stop, delete, in words."""
    await driver.decide(False)
    assert driver.question.question.id == "host"
    await driver.say("merge it")
    state = await driver.until_job_rests(driver.session.facts.export_job)
    assert state is JobState.SUCCEEDED, driver.said
    (export,) = driver.session.facts.exports
    assert export["state"] == "ready"

    await driver.say("serve it")
    assert driver.approval.approval.tool == "serve_export"
    assert "127.0.0.1" in dict(driver.approval.approval.details)["Reachable"]
    await driver.decide(True)
    served = driver.session.facts.served
    assert served is not None
    await driver.say("check the server")
    assert "The server answers as the tuned model does" in driver.said
    await driver.say("show me the snippets")
    await driver.say("what is hosted?")
    assert {"check_server", "show_snippets", "list_hosting"} <= set(driver.finished_tools)
    listed = tables(driver)
    assert "tokens/s" in listed["Servers on this computer"].columns
    assert "memory" in listed["Servers on this computer"].columns
    assert any(served["url"] in cell for cell in listed["Servers on this computer"].rows[0])
    assert [row[0] for row in listed["Exports"].rows] == [export["title"]]
    await driver.say("stop the server")
    assert driver.session.facts.served is None
    assert list_servers(driver.session.workspace) == []

    await driver.say("put it on the hub as anna/mail")
    asked = dict(driver.approval.approval.details)
    assert asked["Where"].endswith("/anna/mail")
    assert asked["Files"].split(", ")[-1] == "README.md"
    assert {"model.safetensors", "tokenizer.json"} <= set(asked["Files"].split(", "))
    assert asked["Who sees it"] == "you alone (private)"
    assert "B" in asked["Size"]
    await driver.decide(False)
    assert (hub.repositories, hub.tokens) == ({}, set()), "without a yes nothing is sent"
    await driver.say("put it on the hub as anna/mail")
    await driver.decide(True)
    sent = hub.repositories["anna/mail"]
    assert set(sent) == set(asked["Files"].split(", "))
    assert hub.private["anna/mail"] is True
    verdict = driver.session.facts.evaluation and driver.session.facts.evaluation.verdict
    card = sent["README.md"].decode()
    assert verdict is not None
    assert escape_markdown(verdict.sentence) in card
    assert "the same answer in" in card
    assert "win a prize" not in card, "no row of the data"

    await driver.say("delete the merged export")
    assert driver.approval.approval.tool == "delete_export"
    folder = Path(dict(driver.approval.approval.details)["Files"])
    await driver.decide(False)
    assert folder.is_dir()
    await driver.say("delete the merged export")
    await driver.decide(True)
    assert not folder.exists()
    assert driver.session.facts.exports == ()


def tables(driver: Driver) -> dict[str, Table]:
    """The newest table of each title."""
    views = [view for e in driver.events if isinstance(e, ToolFinished) for view in e.views]
    return {view.title: view for view in views if isinstance(view, Table)}


async def test_from_a_csv_to_a_verdict_with_at_most_six_questions(
    workspace: Workspace, mail: Path, tiny_model: Path, brain: BaseChatModel | None, hub: FakeHub
) -> None:
    async with Driver(await open_session(workspace, brain=brain)) as driver:
        await driver.say(f"model is {tiny_model}")
        asked_before = len(driver.asked)
        await driver.pick("own")
        await driver.say(f"'{mail}'")
        for _question in ("use_case", "tried", "worth"):
            await driver.unsure()
        await driver.until_job_rests(driver.session.facts.baseline_job)
        await driver.until_job_rests(driver.session.facts.preflight_job)

        asked = driver.asked[asked_before - 1 :]
        assert asked == ["start", "file", "use_case", "tried", "worth", "launch_training"]
        assert driver.session.facts.advice is not None
        assert driver.session.facts.estimate is not None
        assert driver.session.facts.estimate.measured
        details = dict(driver.approval.approval.details)
        assert {"Time", "Memory", "Disk"} <= set(details)

        await driver.decide(False, "use 2 epochs")
        assert driver.session.facts.plan is not None
        assert driver.session.facts.plan.train.epochs == 2
        assert driver.session.facts.estimate.measured  # what a step takes was not measured again
        await driver.say("use 1 epoch")
        assert "seen 1 times" in dict(driver.approval.approval.details)["Data"]
        await driver.decide(True)
        assert driver.session.facts.plan.train.epochs == 1
        state = await driver.until_job_rests(driver.session.facts.train_job)
        assert state is JobState.SUCCEEDED, driver.said
        await driver.until_job_rests(driver.session.facts.evaluate_job)

        facts = driver.session.facts
        assert facts.evaluation is not None
        arms = [arm.arm for arm in facts.evaluation.arms]
        assert (arms[0], arms[-1]) == ("base", "tuned")
        assert {"prompted", "few_shot"} <= set(arms)
        assert facts.evaluation.verdict is not None
        assert facts.evaluation.verdict.sentence in driver.said
        assert Path(facts.report).is_file()
        views = [view for e in driver.events if isinstance(e, ToolFinished) for view in e.views]
        assert any(isinstance(view, Table) for view in views)
        assert any(isinstance(view, Callout) for view in views)
        assert driver.asked[-1] == "learning_curve"
        if brain is None:
            await use_it(driver, hub)
        else:
            await draw_the_curve(driver)
        facts = driver.session.facts
        session_id = driver.session.id

    async with Driver(await open_session(workspace, session_id, brain)) as again:
        assert again.session.facts == facts
        await again.say("what is overfitting?")
        assert "overfit" in again.said.lower()
        assert again.session.facts == facts
