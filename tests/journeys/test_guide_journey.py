"""From a two-column CSV to a verdict, over the real graph, tools and workers, with either brain."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.driver import Driver
from fakes.guided_model import GuidedServer
from langchain_core.language_models import BaseChatModel

from luthier.agent.events import ToolFinished
from luthier.agent.session import open_session
from luthier.tools.evaluation.verdict import judge
from luthier.tools.jobs.model import JobState
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


async def draw_the_curve(driver: Driver) -> None:
    """A yes to the learning curve: its outcome goes into the verdict, and the report is written anew."""
    before = driver.session.facts.evaluation
    assert before is not None
    details = dict(driver.approval.approval.details)
    assert {"Trainings", "Time", "Judged by"} <= set(details)
    assert not driver.session.facts.curve_job, "nothing long is begun before the yes"
    await driver.decide(True)
    state = await driver.until_job_rests(driver.session.facts.curve_job, seconds=480)
    assert state is JobState.SUCCEEDED, driver.said
    facts = driver.session.facts
    assert facts.evaluation is not None
    assert facts.dataset is not None
    train = facts.dataset.train
    assert [point.rows for point in facts.evaluation.learning] == [train // 4, train // 2, train]
    assert facts.evaluation.verdict == judge(facts.evaluation)
    assert "Learning curve" in Path(facts.report).read_text(encoding="utf-8")
    assert driver.asked.count("learning_curve") == 1


async def test_from_a_csv_to_a_verdict_with_at_most_six_questions(
    workspace: Workspace, mail: Path, tiny_model: Path, brain: BaseChatModel | None
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
        assert "seen 1 time" in dict(driver.approval.approval.details)["Data"]
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
            await driver.decide(False)
        else:
            await draw_the_curve(driver)
        assert driver.question.question.id == "host"
        facts = driver.session.facts
        session_id = driver.session.id

    async with Driver(await open_session(workspace, session_id, brain)) as again:
        assert again.session.facts == facts
        await again.say("what is overfitting?")
        assert "overfit" in again.said.lower()
        assert again.session.facts == facts
