"""What a provider would refuse is found here, under the name that its users know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fakes.provider.server import Provider

from luthier.tools.data.model import Message, Row
from luthier.tools.data.store import load_rows
from luthier.tools.training.hosted import check
from luthier.tools.training.hosted.check import check_hosted
from luthier.tools.training.hosted.record import Record, Upload
from luthier.tools.training.hosted.request import request_of
from luthier.tools.training.hosted.uploading import SPLITS
from luthier.tools.training.hosted.worker import site_of
from luthier.tools.training.hosted_plan import WandbPlan
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace

Change = Callable[[list[Row]], list[Row]]
Codes = Callable[..., dict[str, bool]]


@pytest.fixture
def codes(workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Codes:
    """The names of what speaks against rows that were changed, and whether each stops a start."""

    def of(change: Change = list) -> dict[str, bool]:
        rows = change(load_rows(workspace, plan.data.dataset_id, "train"))
        monkeypatch.setattr(check, "load_rows", lambda *_names: rows)
        return {one.code: one.stops for one in check_hosted(workspace, plan)}

    return of


def said(row: Row, text: str, **changes: Any) -> Row:
    messages = (*row.messages[:-1], Message(role="assistant", content=text, **changes))
    return row.model_copy(update={"messages": messages})


def test_good_rows_have_nothing_against_them(codes: Codes) -> None:
    assert codes() == {}


def test_each_rule_has_its_name(codes: Codes, plan: Plan) -> None:
    assert codes(lambda rows: rows[:7])["invalid_n_examples"]
    assert codes(lambda rows: [said(rows[0], "<|fim_suffix|>"), *rows])["invalid_token"]
    assert codes(lambda rows: [said(rows[0], " "), *rows])["missing_content"]
    assert codes(lambda rows: [said(rows[0], "x", weight=0.5), *rows])["invalid_weight"]
    assert codes(lambda rows: [said(rows[0], "x", weight=0.0), *rows])["invalid_training_file"]
    assert not codes(lambda rows: [said(rows[0], "word " * 90_000), *rows])["example_too_long"]
    plan.hosted.method = "reinforcement"
    assert codes() == {}, "a grader that suits the task is chosen"
    plan.hosted.grader = {"type": "string_check", "name": "same"}
    assert codes()["invalid_grader"]


def test_a_missing_key_is_said_before_anything_is_asked(
    workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "LUTHIER_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    plan.hosted.base_url = ""
    assert "missing_key" in {one.code for one in check_hosted(workspace, plan)}


def test_what_the_dated_table_says_of_a_model_only_warns(
    codes: Codes, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    plan.hosted.base_url, plan.hosted.method = "", "reinforcement"
    assert codes()["method_unavailable"] is False


def test_validation_rows_are_looked_at_as_well(
    workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are sent, too, and a special token in one fails the whole job."""
    rows = {split: load_rows(workspace, plan.data.dataset_id, split) for split in SPLITS.values()}
    spoilt = rows | {"validation": [said(rows["validation"][0], "<|im_end|>")]}
    monkeypatch.setattr(check, "load_rows", lambda _home, _dataset, split: spoilt[split])
    assert "invalid_token" in {one.code for one in check_hosted(workspace, plan) if one.stops}
    none = rows | {"validation": []}
    monkeypatch.setattr(check, "load_rows", lambda _home, _dataset, split: none[split])
    plan.hosted.method = "reinforcement"
    assert "missing_validation_file" in {one.code for one in check_hosted(workspace, plan)}


def test_the_request_says_what_the_plan_says_and_nothing_that_was_left_open(
    provider: Provider, plan: Plan
) -> None:
    upload = Upload(name="t", sha256="", bytes=1, id="file-1")
    plan.hosted.wandb = WandbPlan(project="tickets")
    request = request_of(plan, site_of(plan), Record(training=upload), "job1")
    assert request["method"] == {
        "type": "supervised",
        "supervised": {"hyperparameters": {"n_epochs": 2}},
    }
    assert request["metadata"]["luthier"] == "job1"
    assert request["integrations"] == [{"type": "wandb", "wandb": {"project": "tickets"}}]
    plan.hosted.provider, plan.hosted.wandb = "nebius", None
    older = request_of(plan, site_of(plan), Record(training=upload), "job1")
    assert older["hyperparameters"] == {"n_epochs": 2}
    assert "method" not in older
