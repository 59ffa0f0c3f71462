"""Every way a verdict can fall, from made-up row scores through the real comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from luthier.tools.data.model import Task
from luthier.tools.evaluation.compare import arm_interval, best_alternative, compare
from luthier.tools.evaluation.learning_views import curve_in_words
from luthier.tools.evaluation.model import (
    Abilities,
    AbilityGroup,
    ArmName,
    ArmResult,
    Evaluation,
    Interval,
    LearningPoint,
    Prediction,
)
from luthier.tools.evaluation.verdict import judge


@dataclass(frozen=True)
class Case:
    """Rows right under tuned and few-shot: both, only tuned, only few-shot, neither."""

    both: int = 0
    tuned: int = 0
    other: int = 0
    neither: int = 0
    criterion: float | None = None
    stop_rate: float = 1.0
    valid: float | None = None
    words: tuple[str, ...] = field(default=())

    @property
    def scores(self) -> tuple[list[float], list[float]]:
        tuned = [1.0] * (self.both + self.tuned) + [0.0] * (self.other + self.neither)
        other = [1.0] * self.both + [0.0] * self.tuned + [1.0] * self.other + [0.0] * self.neither
        return tuned, other


def arm(name: ArmName, scores: Sequence[float], **extra: float) -> ArmResult:
    rows = [
        Prediction(
            row_id=f"{row:016x}",
            answer="",
            scores={"exact_match": score},
            stopped=True,
            prompt_tokens=20,
            completion_tokens=5,
        )
        for row, score in enumerate(scores)
    ]
    metrics = {"exact_match": sum(scores) / len(scores)}
    if "valid" in extra:
        metrics["valid_json"] = extra["valid"]
    return ArmResult(
        arm=name,
        label=name,
        metrics=metrics,
        stop_rate=extra.get("stop_rate", 1.0),
        prompt_tokens=20 if name != "few_shot" else 300,
        completion_tokens=5,
        seconds=1,
        rows=len(scores),
        predictions_file="",
        interval=arm_interval(Task(kind="text"), "exact_match", [""] * len(rows), rows),
    )


def evaluate(case: Case) -> Evaluation:
    tuned_scores, other_scores = case.scores
    extra = {"valid": case.valid} if case.valid is not None else {}
    arms = (
        arm("base", [0.0] * len(tuned_scores)),
        arm("few_shot", other_scores),
        arm("tuned", tuned_scores, stop_rate=case.stop_rate, **extra),
    )
    best = best_alternative(arms, "exact_match")
    assert best is not None
    rows = [
        [
            Prediction(
                row_id=f"{row:016x}",
                answer="",
                scores={"exact_match": score},
                stopped=True,
                prompt_tokens=20,
                completion_tokens=5,
            )
            for row, score in enumerate(scores)
        ]
        for scores in (tuned_scores, other_scores if best.arm == "few_shot" else arms_zero(case))
    ]
    return Evaluation(
        id="e1",
        dataset_id="d1",
        metric="exact_match",
        criterion=case.criterion,
        test_rows=len(tuned_scores),
        arms=arms,
        comparison=compare("exact_match", best.arm, rows[0], {best.arm: rows[1]}),
    )


def arms_zero(case: Case) -> list[float]:
    return [0.0] * len(case.scores[0])


SHIP, CARE, NO, OPEN = "ship", "ship_with_care", "do_not_ship", "undecided"


@pytest.mark.parametrize(
    ("case", "decision", "words"),
    [
        pytest.param(
            Case(both=20, tuned=60, neither=20), SHIP, ("Ship it", "80% against 20%"), id="clear"
        ),
        pytest.param(
            Case(both=20, tuned=60, neither=20, criterion=0.75), SHIP, ("Ship it",), id="met"
        ),
        pytest.param(
            Case(both=20, tuned=60, neither=20, criterion=0.85),
            CARE,
            ("Ship with care", "just short of the 85%"),
            id="criterion just missed",
        ),
        pytest.param(
            Case(both=5, tuned=25, neither=70, criterion=0.9),
            NO,
            ("Do not ship this yet", "well short of the 90%", "does beat"),
            id="criterion far off",
        ),
        pytest.param(
            Case(both=30, tuned=10, other=6, neither=54, criterion=0.9),
            NO,
            ("well short of the 90%", "could be chance"),
            id="criterion far off and gain doubtful",
        ),
        pytest.param(
            Case(both=80, tuned=15, neither=5, criterion=0.8),
            CARE,
            ("already reaches the 80%", "without any training"),
            id="alternative good enough",
        ),
        pytest.param(
            Case(both=5, tuned=20, neither=5), CARE, ("30 test rows", "rough picture"), id="few"
        ),
        pytest.param(
            Case(both=20, tuned=60, neither=20, stop_rate=0.8),
            CARE,
            ("20% of its answers do not end",),
            id="runs on",
        ),
        pytest.param(
            Case(both=20, tuned=60, neither=20, stop_rate=0.3),
            NO,
            ("Do not ship this", "only 30% of its answers end"),
            id="never stops",
        ),
        pytest.param(
            Case(both=20, tuned=60, neither=20, valid=0.9),
            CARE,
            ("10% of its answers are not valid JSON",),
            id="invalid",
        ),
        pytest.param(
            Case(both=580, tuned=8, neither=12), CARE, ("the gain is small",), id="small gain"
        ),
        pytest.param(
            Case(both=40, tuned=8, other=5, neither=47),
            OPEN,
            ("Undecided", "the difference could be chance", "100 test rows"),
            id="chance",
        ),
        pytest.param(
            Case(both=40, tuned=5, neither=55),
            OPEN,
            ("the difference could be chance",),
            id="five wins and no loss are no proof",
        ),
        pytest.param(
            Case(tuned=1), OPEN, ("1 test row cannot show", "could be chance"), id="one row"
        ),
        pytest.param(Case(tuned=9), OPEN, ("9 test rows cannot show",), id="nine rows"),
        pytest.param(
            Case(both=20, other=40, neither=40),
            NO,
            ("Do not ship this", "worse than the few-shot prompt", "20% against 60%"),
            id="worse",
        ),
        pytest.param(
            Case(both=20, tuned=8, other=10, neither=62),
            NO,
            ("Do not ship this", "could be chance"),
            id="perhaps worse",
        ),
        pytest.param(
            Case(both=50, neither=50), NO, ("few-shot prompt is as good", "and cheaper"), id="equal"
        ),
        pytest.param(Case(other=1), NO, ("Do not ship this", "could be chance"), id="one row lost"),
        pytest.param(Case(both=1), OPEN, ("1 test row cannot show",), id="one row equal"),
    ],
)
def test_the_verdict_follows_from_the_evidence(
    case: Case, decision: str, words: tuple[str, ...]
) -> None:
    verdict = judge(evaluate(case))
    assert verdict is not None
    assert verdict.decision == decision, verdict.sentence
    for part in words:
        assert part in verdict.sentence
    assert verdict.sentence.endswith(".")


def test_reasons_give_interval_counts_price_and_what_the_rows_can_show() -> None:
    verdict = judge(evaluate(Case(both=20, tuned=60, other=5, neither=15, criterion=0.5)))
    assert verdict is not None
    text = " ".join(verdict.reasons)
    assert "+55 points" in text
    assert "leaves out zero" in text
    assert "better on 60, worse on 5 and equal on 35" in text
    assert "You asked for 50%: reached with 80%" in text
    assert "25 tokens with the tuned model and 305 with the few-shot prompt" in text
    assert "cannot be told from chance" in text


def test_rows_that_all_say_the_same_are_not_said_to_tell_differences() -> None:
    verdict = judge(evaluate(Case(both=60, neither=40)))
    assert verdict is not None
    assert "equal on 100" in " ".join(verdict.reasons)
    assert "cannot be told from chance" not in " ".join(verdict.reasons)
    assert all(verdict.reasons)


def test_ten_rows_of_data_are_told_what_they_cannot_do() -> None:
    verdict = judge(evaluate(Case(tuned=1)))
    assert verdict is not None
    text = " ".join(verdict.reasons)
    assert "by 100 points" in text
    assert "cannot show how far chance moves that" in text
    assert "50 to 200 rows" in text


def test_there_is_no_verdict_without_a_tuned_model() -> None:
    evaluation = evaluate(Case(both=10))
    baselines = evaluation.model_copy(update={"arms": evaluation.arms[:2], "comparison": None})
    assert judge(baselines) is None


def test_a_gain_in_rows_is_no_gain_when_the_deciding_figure_falls() -> None:
    evaluation = evaluate(Case(both=20, tuned=60, neither=20))
    assert evaluation.comparison is not None
    arms = tuple(
        one.model_copy(
            update={"metrics": {"macro_f1": 0.4 if one.arm == "tuned" else 0.5}, "interval": None}
        )
        for one in evaluation.arms
    )
    comparison = evaluation.comparison.model_copy(update={"metric": "macro_f1"})
    verdict = judge(
        evaluation.model_copy(update={"arms": arms, "metric": "macro_f1", "comparison": comparison})
    )
    assert verdict is not None
    assert verdict.decision == "do_not_ship"


def test_another_tuned_model_that_is_as_good_is_not_called_cheaper() -> None:
    evaluation = evaluate(Case(both=50, neither=50))
    assert evaluation.comparison is not None
    comparison = evaluation.comparison.model_copy(update={"best_alternative": "model:JOB"})
    arms = tuple(
        one.model_copy(update={"arm": "model:JOB"}) if one.arm == "few_shot" else one
        for one in evaluation.arms
    )
    verdict = judge(evaluation.model_copy(update={"comparison": comparison, "arms": arms}))
    assert verdict is not None
    assert verdict.decision == "do_not_ship"
    assert "as good" in verdict.sentence
    assert "cheaper" not in verdict.sentence


def test_a_model_that_gets_nothing_right_is_never_said_to_pay_through_its_price() -> None:
    found = evaluate(Case(other=1, neither=17))
    arms = tuple(
        one.model_copy(update={"seconds": 0.1 if one.arm == "tuned" else 9.0}) for one in found.arms
    )
    verdict = judge(found.model_copy(update={"arms": arms, "training_seconds": 60.0}))
    assert verdict is not None
    assert verdict.decision == "do_not_ship"
    said = " ".join((verdict.sentence, *verdict.reasons))
    assert "none of its answers to the test rows is right" in said
    assert "pay" not in said
    assert "paid for itself" not in said


RISING = ((25, 0.2), (50, 0.3), (100, 0.4))
LEVEL = ((25, 0.40), (50, 0.41), (100, 0.40))


def curve(points: Sequence[tuple[int, float]]) -> tuple[LearningPoint, ...]:
    return tuple(LearningPoint(rows=n, value=v, low=v - 0.1, high=v + 0.1) for n, v in points)


def with_curve(case: Case, points: Sequence[tuple[int, float]]) -> Evaluation:
    return evaluate(case).model_copy(update={"learning": curve(points)})


def test_a_curve_that_still_rises_asks_for_more_rows_and_says_how_many() -> None:
    verdict = judge(with_curve(Case(both=40, neither=60, criterion=0.6), RISING))
    assert verdict is not None
    assert verdict.decision == "more_data"
    assert verdict.sentence.startswith("More data first: the tuned model reaches 40% with 100")
    assert "at this rate of improvement about 400 rows would bring it to 60%" in verdict.sentence
    assert "as good" in verdict.reasons[0], "why it is not shipped as it is"


def test_a_level_curve_or_a_goal_out_of_sight_asks_for_no_rows() -> None:
    short = Case(both=40, neither=60, criterion=0.6)
    far = Case(both=40, neither=60, criterion=1.0)
    for evaluation in (with_curve(short, LEVEL), with_curve(far, RISING)):
        verdict = judge(evaluation)
        assert verdict is not None
        assert verdict.decision == "do_not_ship"


def test_a_curve_of_nothing_right_claims_nothing_and_a_level_one_says_so() -> None:
    short = Case(both=40, neither=60, criterion=0.6)
    nothing = curve_in_words(with_curve(short, [(25, 0.0), (50, 0.0), (100, 0.0)]))
    assert "cannot say" in nothing
    assert "flat" in curve_in_words(with_curve(short, LEVEL))


def test_a_model_that_is_good_enough_is_shipped_though_more_rows_would_help() -> None:
    verdict = judge(with_curve(Case(both=40, tuned=40, neither=20, criterion=0.6), RISING))
    assert verdict is not None
    assert verdict.decision == "ship"


def test_what_was_lost_makes_a_shipping_one_with_care() -> None:
    won = evaluate(Case(both=20, tuned=60, neither=20))
    assert judge(won).decision == SHIP
    lost = AbilityGroup(
        name="instructions",
        items=28,
        base=0.9,
        tuned=0.2,
        difference=Interval(value=-0.7, low=-0.9, high=-0.5),
    )
    verdict = judge(won.model_copy(update={"abilities": Abilities(groups=(lost,))}))
    assert verdict.decision == CARE
    assert "90% to 20%" in verdict.sentence
