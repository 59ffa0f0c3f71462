"""Luthier's own worker and errands with OpenAI's description between them and the provider.

Prism answers whatever the description does not allow with an error of its own and writes it into its
log, so that a wrong request of Luthier's and a wrong reply of the stand-in both fail these tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import openai
import pytest
from fakes import prism as prism_door
from fakes.provider.server import MODEL, Provider
from fakes.remote_jobs import until

from luthier.tools.endpoints.client import open_client
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.jobs.context import JobContext
from luthier.tools.training.hosted import creation
from luthier.tools.training.hosted.errands import (
    cancel_there,
    delete_there,
    files_there,
    jobs_there,
)
from luthier.tools.training.hosted.profiles import account_of
from luthier.tools.training.hosted.record import load_record
from luthier.tools.training.hosted.worker import run
from luthier.tools.training.hosted_plan import WandbPlan
from luthier.tools.training.plan import Plan

pytestmark = pytest.mark.timeout(180)

VIOLATIONS = (
    "#UNPROCESSABLE_ENTITY",
    "#VIOLATIONS",
    "#NO_PATH_MATCHED",
    "#UNAUTHORIZED",
    "Violation",
)
"""How Prism names in its log what the description does not allow."""


END = "/nothing-has-this-path"


@dataclass
class Judge:
    """Prism in front of a provider: where it is asked, and what it had against what passed."""

    provider: Provider
    base_url: str
    log: Path
    read: int = 0

    def violations(self) -> list[str]:
        """The lines of its log that name one, since this was last asked."""
        with pytest.raises(HTTPError):
            urlopen(f"{self.base_url}{END}")  # the log comes late, but in order
        until(lambda: any(END in line and "error" in line for line in self._lines()[self.read :]))
        lines = self._lines()
        new, self.read = lines[self.read :], len(lines)
        wrong = [line for line in new if any(one in line for one in VIOLATIONS)]
        return [line for line in wrong if END not in line]

    def _lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """OpenAI's description below ``/v1``; it takes seconds to start, so there is one for all tests."""
    try:
        document = prism_door.below("/v1", prism_door.described())
        prism_door.find_prism()
    except prism_door.Absent as absent:
        pytest.skip(str(absent))
    folder = tmp_path_factory.mktemp("prism")
    with Provider() as provider, prism_door.prism(document, provider.url, folder) as url:
        yield Judge(provider, f"{url}/v1", folder / "prism.log")


@pytest.fixture
def provider(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The one behind the judge, as new."""
    monkeypatch.setenv("LUTHIER_POLL_SECONDS", "0.02")
    monkeypatch.setenv("LUTHIER_API_KEY", judge.provider.key)
    monkeypatch.setattr(creation, "LOOKS", (0.0, 0.05, 0.1))
    for kept in (
        judge.provider.store.jobs,
        judge.provider.store.files,
        judge.provider.store.models,
    ):
        kept.clear()
    judge.provider.store.counted.clear()
    return judge.provider


def test_whole_jobs_of_luthiers_are_within_openais_description(
    provider: Provider,
    judge: Judge,
    plan: Plan,
    pairs: Plan,
    attempt: Callable[..., JobContext],
) -> None:
    supervised = there(plan, judge, batch_size=4, learning_rate_multiplier=0.5, seed=7)
    supervised.hosted.wandb = WandbPlan(project="tickets", tags=("first",))
    result = run(attempt(supervised, "job1"))
    [job] = provider.store.jobs.values()
    given = {"n_epochs": 2, "batch_size": 4, "learning_rate_multiplier": 0.5}
    assert job.request == {
        "model": MODEL,
        "training_file": result["uploaded"][0],
        "validation_file": result["uploaded"][1],
        "method": {"type": "supervised", "supervised": {"hyperparameters": given}},
        "suffix": "tickets",
        "seed": 7,
        "metadata": {"luthier": "job1", "plan": "tickets"},
        "integrations": [{"type": "wandb", "wandb": {"project": "tickets", "tags": ["first"]}}],
    }
    assert [one["step"] for one in result["checkpoints"]] == [1, 2, 3]
    assert Path(result["files"][0]).read_text().startswith("step,train_loss")
    assert [one["step"] for one in result["history"]] == [1, 2, 3]

    run(attempt(there(pairs, judge, method="dpo", beta=0.2, seed=7), "job2"))
    graded = {"method": "reinforcement", "compute_multiplier": 2.0, "reasoning_effort": "low"}
    reinforced = there(plan, judge, **graded, eval_interval=2, eval_samples=3)
    reinforced.hosted.grader = GRADER
    run(attempt(reinforced, "job3"))
    assert [one.status for one in provider.store.jobs.values()] == ["succeeded"] * 3
    assert judge.violations() == []


GRADER = {
    "type": "string_check",
    "name": "same",
    "operation": "eq",
    "input": "{{sample.output_text}}",
    "reference": "{{item.reference_answer}}",
}


def test_what_is_asked_besides_is_too(
    provider: Provider, judge: Judge, plan: Plan, attempt: Callable[..., JobContext]
) -> None:
    """A job found again after its answer was lost, chat, listing, cancelling, deleting."""
    here = there(plan, judge)
    context = attempt(here)
    run(context)
    record = load_record(context.output)
    record.job_id = ""  # as if its answer had been lost
    record.save(context.output)
    result = run(attempt(here))
    assert provider.count("creations") == 1
    account = account_of(here.hosted)
    endpoint = EndpointModel.model_validate(result["endpoint"])
    assert endpoint.base_url == judge.base_url
    client, _secret = open_client(endpoint)
    question: list[Any] = [{"role": "user", "content": "one two"}]
    with client:
        said = client.chat.completions.create(model=endpoint.model, messages=question)
    assert said.choices[0].message.content == "one"
    [done] = jobs_there(account)
    assert done.status == "succeeded"
    sent = [one.id for one in files_there(account) if one.name.endswith("-training.jsonl")]
    other = provider.keeper.create({"model": MODEL, "training_file": sent[0]})
    assert cancel_there(account, other.id).status == "cancelled"
    delete_there(account, result["uploaded"][0])
    delete_there(account, endpoint.model)
    assert endpoint.model not in provider.store.models
    assert judge.violations() == []


def test_a_request_or_a_reply_that_the_description_does_not_allow_is_seen(
    provider: Provider, judge: Judge, plan: Plan, attempt: Callable[..., JobContext]
) -> None:
    """What the two tests above rest on."""
    wrong = there(plan, judge)
    wrong.hosted.options = {"suffix": 7}
    with pytest.raises(Exception, match="did not take the job"):
        run(attempt(wrong))
    assert judge.violations()
    assert provider.count("creations") == 0
    file = next(iter(provider.store.files))
    provider.keeper.create({"model": MODEL, "training_file": file}).seed = "7"  # type: ignore[assignment]
    client, _secret = open_client(account_of(wrong.hosted).server, retries=0)
    with client, pytest.raises(openai.InternalServerError):
        client.fine_tuning.jobs.list()
    assert judge.violations()


def there(plan: Plan, judge: Judge, **settings: Any) -> Plan:
    """The plan at the judge's address."""
    update = {"base_url": judge.base_url, **settings}
    return plan.model_copy(update={"hosted": plan.hosted.model_copy(update=update, deep=True)})
