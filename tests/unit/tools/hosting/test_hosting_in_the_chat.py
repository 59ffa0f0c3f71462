"""The last stage in words over the real graph: export, serve, check, list, publish, stop, delete."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from fakes.driver import Driver
from fakes.guide_points import ADVICE, BRIEF
from fakes.hub import FakeHub, fake_hub
from fakes.judged import finished_evaluation
from fakes.tuned import TRAIN_JOB, TunedHome, finish_job
from langchain_core.messages import AIMessage

from luthier.agent.conversation import write_conversation
from luthier.agent.events import ToolFinished
from luthier.agent.session import open_session
from luthier.agent.store import create_session
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.store import load_dataset
from luthier.tools.evaluation.verdict import judge
from luthier.tools.facts import Facts
from luthier.tools.hosting.serving import list_servers, stop_server
from luthier.tools.jobs.model import JobState
from luthier.tools.report.card import escape_markdown
from luthier.tools.views import Table

pytestmark = [pytest.mark.training, pytest.mark.timeout(600)]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A Hub on loopback, with a token for it."""
    with fake_hub() as server:
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
        monkeypatch.setattr("huggingface_hub.hf_api.ENDPOINT", server.url, raising=False)
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@pytest_asyncio.fixture
async def driver(tuned_home: TunedHome) -> AsyncIterator[Driver]:
    """A session whose tuned model was measured and reported on just now."""
    workspace, plan = tuned_home.workspace, tuned_home.plan
    dataset = load_dataset(workspace, plan.data.dataset_id)
    found = finished_evaluation(workspace, dataset)
    evaluation = found.model_copy(update={"verdict": judge(found)})
    context = tuned_home.context("evaluate", {"train_job_id": TRAIN_JOB})
    context.close()
    finish_job(workspace, context.spec, {"evaluation": evaluation.model_dump(mode="json")})
    facts = Facts(
        source=inspect_file(Path(plan.data.path)),
        brief=BRIEF,
        advice=ADVICE,
        settled=("advice.go_on", "doctor.left"),
        dataset=dataset,
        tokens_checked=True,
        baseline=evaluation.model_copy(update={"arms": ()}),
        plan=plan,
        train_job=TRAIN_JOB,
        training={"seconds": 1.0},
        evaluation=evaluation,
        report="report.html",
        host_proposal={"kind": "merged", "formats": [], "reason": ""},
    )
    info = create_session(workspace, title="mail", named=True)
    said = [AIMessage("The verdict is above.")]
    await write_conversation(workspace, info.id, said, facts.model_dump(mode="json"))
    async with Driver(await open_session(workspace, info.id)) as opened:
        yield opened
    for server in list_servers(workspace):
        stop_server(workspace, server)


def tables(driver: Driver) -> dict[str, Table]:
    """The newest table of each title."""
    views = [view for e in driver.events if isinstance(e, ToolFinished) for view in e.views]
    return {view.title: view for view in views if isinstance(view, Table)}


async def test_everything_hosted_is_made_listed_measured_published_stopped_and_deleted_in_words(
    driver: Driver, hub: FakeHub
) -> None:
    await driver.say("merge it")
    state = await driver.until_job_rests(driver.session.facts.export_job)
    assert state is JobState.SUCCEEDED, driver.said
    export = driver.session.facts.exports[-1]
    assert export["state"] == "ready"

    await driver.say("serve it")
    assert driver.approval.approval.tool == "serve_export"
    assert "127.0.0.1" in dict(driver.approval.approval.details)["Reachable"]
    assert list_servers(driver.session.workspace) == []
    await driver.decide(True)
    served = driver.session.facts.served
    assert served is not None, driver.said
    await driver.say("check the server")
    assert "The server answers as the tuned model does" in driver.said
    await driver.say("show me the snippets")
    await driver.say("what is hosted?")
    assert {"check_server", "show_snippets", "list_hosting"} <= set(driver.finished_tools)
    servers = tables(driver)["Servers on this computer"]
    assert {"tokens/s", "memory"} <= set(servers.columns)
    assert any(served["url"] in cell for cell in servers.rows[0])
    assert [row[0] for row in tables(driver)["Exports"].rows] == [export["title"]]
    await driver.say("stop the server")
    assert driver.session.facts.served is None
    assert list_servers(driver.session.workspace) == []

    await driver.say("put it on the hub as anna/mail")
    asked = dict(driver.approval.approval.details)
    names = set(asked["Files"].split(", "))
    assert asked["Where"].endswith("/anna/mail")
    assert {"README.md", "model.safetensors", "tokenizer.json"} <= names
    assert asked["Who sees it"] == "you alone (private)"
    assert asked["Size"].endswith("B")
    await driver.decide(False)
    assert (hub.repositories, hub.tokens) == ({}, set()), "without a yes nothing is sent"
    await driver.say("put it on the hub as anna/mail")
    await driver.decide(True)
    sent = hub.repositories["anna/mail"]
    assert set(sent) == names
    assert hub.private["anna/mail"] is True
    verdict = driver.session.facts.evaluation and driver.session.facts.evaluation.verdict
    card = sent["README.md"].decode()
    assert verdict is not None
    assert escape_markdown(verdict.sentence) in card
    assert "the same answer in" in card
    assert "prize" not in card, "no row of the data"

    await driver.say(f"delete export {export['id']}")
    assert driver.approval.approval.tool == "delete_export"
    folder = Path(dict(driver.approval.approval.details)["Files"])
    await driver.decide(False)
    assert folder.is_dir()
    await driver.say(f"delete export {export['id']}")
    await driver.decide(True)
    assert not folder.exists()
    assert export["id"] not in [one["id"] for one in driver.session.facts.exports]
