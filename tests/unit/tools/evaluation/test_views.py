"""What the user sees of an evaluation, and what is kept of it."""

from __future__ import annotations

import pytest

from luthier.tools.data.model import Lineage, Message, Row
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.duels import LONGEST_TEXT, pick_duels
from luthier.tools.evaluation.model import (
    ArmName,
    ArmResult,
    Comparison,
    Evaluation,
    Interval,
    Prediction,
    Verdict,
)
from luthier.tools.evaluation.store import list_evaluations, load_evaluation, save_evaluation
from luthier.tools.evaluation.views import baseline_judgement, evaluation_views
from luthier.tools.evaluation.words import percent, points
from luthier.tools.views import Callout, Samples, Table
from luthier.tools.workspace import Workspace

ROWS = [
    Row(
        id=f"{number:016x}",
        messages=(
            Message(role="user", content=f"question {number}"),
            Message(role="assistant", content="right"),
        ),
        source=Lineage(file="rows.csv", line=number),
    )
    for number in range(10)
]


def answers(scores: list[float], text: str = "some answer") -> list[Prediction]:
    return [
        Prediction(
            row_id=row.id,
            answer=text,
            scores={"exact_match": score},
            stopped=True,
            prompt_tokens=10,
            completion_tokens=2,
        )
        for row, score in zip(ROWS, scores, strict=True)
    ]


def arm(name: ArmName, label: str, score: float) -> ArmResult:
    return ArmResult(
        arm=name,
        label=label,
        metrics={"exact_match": score, "macro_f1": score},
        stop_rate=0.5,
        prompt_tokens=40.4,
        completion_tokens=6,
        seconds=5,
        rows=10,
        predictions_file="",
        detail={"prompt": f"the way of {name}."},
        interval=Interval(value=score, low=score - 0.1, high=score + 0.1),
    )


def baseline(score: float, criterion: float | None) -> Evaluation:
    return Evaluation(
        id="e1",
        dataset_id="d1",
        metric="exact_match",
        criterion=criterion,
        test_rows=10,
        split_rows=30,
        arms=(arm("base", "base model", 0.1), arm("few_shot", "few-shot, 4 examples", score)),
        duels=pick_duels(
            "exact_match",
            ROWS,
            {"base": answers([0] * 10), "few_shot": answers([0] * 7 + [1] * 3)},
            "few_shot",
        ),
    )


def test_the_table_explains_every_figure_and_stresses_the_deciding_one() -> None:
    table, samples = evaluation_views(baseline(0.4, None))
    assert isinstance(table, Table)
    assert table.columns == ("", "base model", "few-shot, 4 examples")
    assert table.rows[table.highlight] == (
        "exact match (decides)",
        "10% (0 to 20)",
        "40% (30 to 50)",
    )
    shown = {row[0]: row[2] for row in table.rows}
    assert shown["tokens per request"] == "40 + 6"
    assert shown["ends by itself"] == "50%"
    assert shown["seconds per request"] == "0.50"
    assert "10 of 30 test rows" in table.title
    notes = " ".join(table.notes)
    assert "exact match: Share of answers" in notes
    assert "macro-F1: How well" in notes
    assert "an hour" not in notes, "no price was named"
    priced = baseline(0.4, None).model_copy(update={"price_per_hour": 0.1})
    shown_price = evaluation_views(priced)[0]
    assert isinstance(shown_price, Table)
    assert "its price at 0.1 an hour" in " ".join(shown_price.notes)
    assert "the way of few_shot" in notes
    assert isinstance(samples, Samples)
    assert [mark[1] for mark in samples.samples[0].marks] == [False, True]


def test_the_verdict_and_wins_and_losses_follow_the_table() -> None:
    evaluation = baseline(0.4, None).model_copy(
        update={
            "arms": (*baseline(0.4, None).arms, arm("tuned", "tuned model", 0.5)),
            "comparison": Comparison(
                metric="exact_match",
                best_alternative="few_shot",
                difference=Interval(value=0.1, low=-0.1, high=0.3),
                wins=2,
                losses=1,
                ties=7,
            ),
            "verdict": Verdict(decision="undecided", sentence="Undecided.", reasons=("why",)),
            "duels": pick_duels(
                "exact_match",
                ROWS,
                {
                    "base": answers([0] * 10),
                    "few_shot": answers([1, 0, 0, 1, 1, 0, 0, 0, 0, 0]),
                    "tuned": answers([0, 1, 1, 1, 1, 1, 1, 1, 0, 0]),
                },
                "few_shot",
            ),
        }
    )
    table, verdict, wins, losses = evaluation_views(evaluation)
    assert isinstance(table, Table)
    assert isinstance(verdict, Callout)
    assert verdict.headline == "Undecided."
    assert verdict.tone == "warning"
    assert isinstance(wins, Samples)
    assert isinstance(losses, Samples)
    assert len(wins.samples) == 3
    assert [sample.prompt for sample in losses.samples] == ["question 0"]
    assert dict(losses.samples[0].marks) == {
        "base model": False,
        "few-shot, 4 examples": True,
        "tuned model": False,
    }


def test_graded_scores_mark_the_best_answer_of_each_row() -> None:
    graded = {"base": answers([0.2] * 10), "few_shot": answers([0.6] * 10)}
    evaluation = baseline(0.6, None).model_copy(
        update={"duels": pick_duels("exact_match", ROWS, graded, "few_shot")}
    )
    samples = evaluation_views(evaluation)[-1]
    assert isinstance(samples, Samples)
    assert samples.samples[0].marks == (("base model", False), ("few-shot, 4 examples", True))


def test_likeness_is_never_sold_as_right_answers() -> None:
    arms = tuple(
        one.model_copy(update={"metrics": {"rouge_l": 0.3}}) for one in baseline(0.3, None).arms
    )
    table, samples = evaluation_views(
        baseline(0.3, None).model_copy(update={"arms": arms, "metric": "rouge_l"})
    )
    assert isinstance(table, Table)
    assert isinstance(samples, Samples)
    assert samples.samples[0].marks == ()
    assert any("not whether an answer is right" in note for note in table.notes)


def test_endless_answers_are_shortened_for_the_eye() -> None:
    long = {"base": answers([0] * 10, "x" * 9_000)}
    duel = pick_duels("exact_match", ROWS, long, "base")[0]
    assert len(duel.answers[0][1]) < LONGEST_TEXT + 5


@pytest.mark.parametrize(
    ("score", "criterion", "tone", "words"),
    [
        (0.95, 0.8, "good", ("I recommend stopping here", "few-shot, 4 examples")),
        (0.85, 0.8, "good", ("I recommend stopping here", "may be as low as 75%")),
        (0.4, 0.8, "neutral", ("40%", "you asked for 80%", "tuning may be worth it")),
    ],
)
def test_a_baseline_that_is_good_enough_ends_the_journey(
    score: float, criterion: float, tone: str, words: tuple[str, ...]
) -> None:
    callout = baseline_judgement(baseline(score, criterion))
    assert callout is not None
    assert callout.tone == tone
    text = " ".join((callout.headline, *callout.lines))
    for part in words:
        assert part in text


def test_without_a_criterion_no_baseline_is_judged() -> None:
    assert baseline_judgement(baseline(0.99, None)) is None


def test_evaluations_are_found_again_newest_first(workspace: Workspace) -> None:
    for number, session in ((1, "a"), (2, "a"), (3, "b")):
        one = baseline(0.4, None).model_copy(
            update={"id": f"e{number}", "created_at": f"2026-01-0{number}"}
        )
        save_evaluation(workspace, one, session_id=session, job_id=f"j{number}")
        save_evaluation(workspace, one, session_id=session, job_id=f"j{number}")
    assert [one.id for one in list_evaluations(workspace)] == ["e3", "e2", "e1"]
    assert [one.id for one in list_evaluations(workspace, "a")] == ["e2", "e1"]
    assert load_evaluation(workspace, "e3").arms == baseline(0.4, None).arms
    with pytest.raises(LuthierError) as caught:
        load_evaluation(workspace, "e9")
    assert caught.value.code == "evaluation.not_found"


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0%"), (1, "100%"), (0.996, "99.6%"), (0.004, "0.4%"), (0.5, "50%")]
)
def test_a_share_is_never_rounded_to_all_or_nothing(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("difference", "text"), [(0.55, "+55"), (-0.123, "-12"), (0.025, "+2.5"), (0, "0")]
)
def test_differences_carry_their_sign(difference: float, text: str) -> None:
    assert points(difference) == text
