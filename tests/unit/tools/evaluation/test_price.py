"""Time and money per request, and when a training has paid for itself."""

from __future__ import annotations

import pytest

from luthier.tools.catalog.alternatives import Compare, compare_alternatives
from luthier.tools.catalog.base import ToolContext
from luthier.tools.data.model import DatasetInfo
from luthier.tools.evaluation.against import against_table
from luthier.tools.evaluation.model import Against, ArmResult, Comparison, Evaluation, Interval
from luthier.tools.evaluation.price import break_even, per_thousand, price_in_words
from luthier.tools.facts import Facts, apply_changes
from luthier.tools.jobs.store import get_job
from luthier.tools.jobs.supervisor import request_cancel
from luthier.tools.training.plan import DataPlan, EvaluationPlan, ModelPlan, Plan
from luthier.tools.workspace import Workspace


def arm(name: str, seconds: float, score: float = 0.5) -> ArmResult:
    return ArmResult(
        arm=name,
        label=name,
        metrics={"exact_match": score},
        stop_rate=1,
        prompt_tokens=10,
        completion_tokens=10,
        seconds=seconds,
        rows=100,
        predictions_file="",
    )


def evaluation(tuned: float, other: float, price: float = 0.0) -> Evaluation:
    interval = Interval(value=0.3, low=0.1, high=0.5)
    against = tuple(
        Against(arm=name, difference=interval, wins=5, losses=1, p_value=p, p_adjusted=p * 2)
        for name, p in (("base", 0.0001), ("few_shot", 0.03))
    )
    return Evaluation(
        id="e",
        dataset_id="d",
        metric="exact_match",
        test_rows=100,
        arms=(arm("base", 900), arm("few_shot", other), arm("tuned", tuned)),
        comparison=Comparison(
            metric="exact_match",
            best_alternative="few_shot",
            difference=interval,
            wins=5,
            losses=1,
            ties=94,
            against=against,
        ),
        training_seconds=540,
        price_per_hour=price,
    )


def test_a_quicker_model_pays_after_so_many_requests() -> None:
    found = break_even(evaluation(tuned=50, other=200))
    assert found is not None
    assert found.saved == pytest.approx(1.5)
    assert found.requests == 360  # 540 s / 1.5 s
    assert "360 requests" in price_in_words(evaluation(50, 200))[0]


def test_a_slower_model_never_pays_in_time() -> None:
    found = break_even(evaluation(tuned=230, other=50))
    assert found is not None
    assert found.requests is None
    assert "not quicker" in price_in_words(evaluation(230, 50))[0]


def test_a_rented_machine_has_a_price_per_request_and_per_month() -> None:
    assert per_thousand(arm("tuned", 36), 0.0) == "6 min"
    assert per_thousand(arm("tuned", 36), 2.0) == "6 min, 0.20"
    assert "1,460.00 a month" in price_in_words(evaluation(50, 230, price=2.0))[1]


def test_every_alternative_has_its_line() -> None:
    table = against_table(evaluation(50, 230))
    assert table is not None
    assert [row[0] for row in table.rows] == ["base", "few_shot"]
    assert table.highlight == 1
    assert table.rows[0][-1] == "hardly (less than 0.1%)"
    assert table.rows[1][-1] == "yes (6%)"


def test_more_alternatives_after_the_training_keep_the_tuned_model(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: object
) -> None:
    plan = Plan(
        name="shop",
        task=dataset.task,
        data=DataPlan(
            dataset_id=dataset.id, path="", sha256=dataset.source_sha256, mapping=dataset.mapping
        ),
        model=ModelPlan(id=str(tiny_model)),
        evaluation=EvaluationPlan(metric="exact_match"),
    )
    facts = Facts(
        dataset=dataset,
        model_id=str(tiny_model),
        plan=plan,
        train_job="train",
        training={"adapter": "output/adapter"},
        evaluation=evaluation(50, 230),
        report="report.html",
    )
    context = ToolContext(workspace, "session", facts)
    outcome = compare_alternatives(context, Compare(arms=("retrieval",), prompt="Be brief."))
    job = get_job(workspace, outcome.data["job_id"])
    request_cancel(workspace, job.spec.id)
    asked = job.spec.payload["plan"]["evaluation"]
    assert job.spec.kind == "evaluate"
    assert asked["arms"] == ["base", "prompted", "few_shot", "tuned", "retrieval"]
    assert asked["prompt"] == "Be brief."
    after = Facts.model_validate(apply_changes(facts.model_dump(mode="json"), outcome.facts))
    assert after.training == facts.training
    assert after.train_job == "train"
    assert after.evaluation is None
    assert after.evaluate_job == job.spec.id
    assert after.report == ""


def test_what_a_provider_took_for_the_training_is_paid_back_in_requests() -> None:
    arms = evaluation(50, 230).arms
    priced = tuple(
        one.model_copy(update={"price_per_request": 0.001 if one.arm == "tuned" else 0.003})
        for one in arms
    )
    hosted = evaluation(50, 230).model_copy(
        update={"arms": priced, "trained_elsewhere": True, "training_price": 4.0}
    )
    found = break_even(hosted)
    assert found is not None
    assert found.in_money
    assert (found.once, found.requests) == (pytest.approx(4.0), 2_000)
    assert break_even(hosted.model_copy(update={"training_price": None})) is None


def test_money_counts_training_preparation_and_idle_hours() -> None:
    costly = evaluation(100, 1_000, price=3.6).model_copy(  # 0.001 and 0.01 a request
        update={"preparation_price": 8.46, "hosting_per_hour": 0.9}
    )
    found = break_even(costly)
    assert found is not None
    assert found.in_money
    assert found.once == pytest.approx(9.0), (
        "0.54 for nine minutes of training, and the preparation"
    )
    assert found.requests == 1_000
    assert found.idle == pytest.approx(657), "730 hours"
    assert found.monthly == 73_000
    said = " ".join(price_in_words(costly))
    assert "preparing the data cost 9.00" in said
    assert "after 1,000 requests" in said
    assert "costs 657.00 a month at 0.9 an hour" in said
    assert "from 73,000 requests a month on" in said


def test_an_endpoint_has_its_own_price_and_may_be_cheaper_than_the_machine() -> None:
    mine = evaluation(1_000, 50, price=3.6)
    listed = mine.arms[1].model_copy(update={"price_per_request": 0.002})
    mine = mine.model_copy(update={"arms": (mine.arms[0], listed, mine.arms[2])})
    assert per_thousand(listed, 3.6).endswith(", 2.00")
    found = break_even(mine)
    assert found is not None
    assert found.requests is None
    assert "not cheaper than with few_shot" in " ".join(price_in_words(mine))
