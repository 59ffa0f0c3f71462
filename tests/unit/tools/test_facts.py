"""Changing an earlier fact drops what rested on it; asking drops nothing."""

from __future__ import annotations

from luthier.tools.facts import Facts, apply_changes, stale_after


def test_a_new_split_drops_everything_measured_on_the_old_one() -> None:
    facts = {
        "dataset": {"id": "a"},
        "tokens_checked": True,
        "baseline": {"id": "b"},
        "baseline_job": "j1",
        "plan": {"name": "p"},
        "train_job": "j2",
        "training": {"adapter": "x"},
        "evaluation": {"id": "e"},
        "report": "r.html",
        "brief": {"use_case": "labels"},
    }

    after = apply_changes(facts, {"dataset": {"id": "other"}})

    assert after == {"dataset": {"id": "other"}, "brief": {"use_case": "labels"}}


def test_the_same_value_again_drops_nothing() -> None:
    facts = {"dataset": {"id": "a"}, "baseline": {"id": "b"}}

    assert apply_changes(facts, {"dataset": {"id": "a"}}) == facts


def test_a_changed_plan_keeps_the_baselines() -> None:
    assert "baseline" not in stale_after({"plan"})
    assert {"estimate", "train_job", "training", "evaluation", "report"} <= stale_after({"plan"})


def test_a_new_brief_takes_back_the_advice_and_the_decision_about_it() -> None:
    facts = {
        "brief": {"use_case": "labels"},
        "advice": {"recommendation": "try_first"},
        "settled": ["advice.go_on", "rows.leave_out"],
    }

    after = apply_changes(facts, {"brief": {"use_case": "style"}})

    assert "advice" not in after
    assert after["settled"] == ["rows.leave_out"]


def test_none_takes_a_fact_away_together_with_what_rested_on_it() -> None:
    facts = {"plan": {"name": "p"}, "estimate": {"steps": 3}, "dataset": {"id": "a"}}

    assert apply_changes(facts, {"plan": None}) == {"dataset": {"id": "a"}}


def test_open_jobs_are_those_whose_result_was_not_taken_in() -> None:
    facts = Facts(baseline_job="b", train_job="t", training={"adapter": "x"})

    assert facts.open_jobs() == ("b",)


def test_a_yes_to_send_rows_out_falls_with_the_data_set() -> None:
    before = {"dataset": {"id": "one"}, "measuring": {"elsewhere": [{"model": "m"}]}}
    assert "measuring" not in apply_changes(before, {"dataset": {"id": "two"}})
    assert "measuring" in apply_changes(before, {"own_prompt": "Be brief."})
