"""What the comparison of an export with the tuned model says of its figures."""

from __future__ import annotations

import pytest

from luthier.tools.data.model import Lineage, Message, Row, Task
from luthier.tools.hosting.model import Parity
from luthier.tools.hosting.parity import Answers, find_problems, measure_parity
from luthier.tools.models.generation import Generated


@pytest.mark.parametrize(
    ("rows", "right", "is_a_problem"),
    [
        pytest.param(100, 85, False, id="5 of 100 fewer"),
        pytest.param(100, 84, True, id="6 of 100 fewer"),
        pytest.param(10, 8, False, id="1 of 10 fewer is no proof"),
        pytest.param(10, 7, True, id="2 of 10 fewer"),
        pytest.param(1, 0, False, id="the only one"),
    ],
)
@pytest.mark.parametrize("figure", ["score", "stops"])
def test_a_fall_counts_from_five_points_on_and_from_two_rows_on(
    figure: str, rows: int, right: int, is_a_problem: bool
) -> None:
    before = 0.9 if rows > 1 else 1.0
    same = Parity(
        rows=rows,
        identical=0.9,
        metric="exact_match",
        score=before,
        reference=before,
        stops=before,
        reference_stops=before,
        template_same=True,
    )
    assert find_problems(same) == ()
    assert bool(find_problems(same.model_copy(update={figure: right / rows}))) is is_a_problem


BEGINNING = "The parcel left our house on Monday and"


def asked(*answers: str) -> Answers:
    """These answers, each to the same prompt."""
    said = [Generated(text, True, 5, 9) for text in answers]
    return Answers(said, ["prompt"] * len(said), seconds=1.0)


@pytest.mark.parametrize(
    ("export", "alike"),
    [
        pytest.param(f"{BEGINNING} should be with you soon.", 1.0, id="goes on otherwise"),
        pytest.param("I am sorry for your loss and for the parcel.", 0.0, id="another answer"),
        pytest.param(
            "The parcel left our house on Friday and", 0.0, id="another word among the first"
        ),
        pytest.param("The parcel left", 0.0, id="broken off"),
    ],
)
def test_a_long_answer_may_go_on_otherwise_and_a_model_that_begins_otherwise_is_another(
    export: str, alike: float
) -> None:
    rows = [
        Row(
            id=f"{number:016x}",
            messages=(
                Message(role="user", content="Where is it?"),
                Message(role="assistant", content="On its way."),
            ),
            source=Lineage(file="mail.csv", line=number),
        )
        for number in range(4)
    ]
    tuned = asked(*[f"{BEGINNING} will arrive within two days."] * 4)
    found = measure_parity(rows, Task(kind="text"), "exact_match", tuned, asked(*[export] * 4))
    assert (found.identical, found.alike) == (0.0, alike)
    assert [("another model" in one) for one in find_problems(found)] == [True] * (alike == 0)
