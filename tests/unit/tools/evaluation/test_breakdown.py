"""Which label was taken for which, and which field was wrong, counted and shown."""

from __future__ import annotations

from luthier.tools.data.model import Lineage, Message, Row, Task
from luthier.tools.evaluation.breakdown import confusion_of, fields_of
from luthier.tools.evaluation.breakdown_views import breakdown_tables
from luthier.tools.evaluation.model import Evaluation

LABELS = Task(kind="labels", labels=("Ham", "Spam"))
JSON = Task(kind="structured")


def rows(*completions: str) -> list[Row]:
    return [
        Row(
            id=f"{place:016x}",
            messages=(
                Message(role="user", content="?"),
                Message(role="assistant", content=completion),
            ),
            source=Lineage(file="f", line=place),
        )
        for place, completion in enumerate(completions, 1)
    ]


def evaluation(**found: object) -> Evaluation:
    return Evaluation(
        id="e",
        dataset_id="d",
        metric="exact_match",
        test_rows=4,
        arms=(),
        **found,  # type: ignore[arg-type]
    )


def test_labels_are_counted_expected_against_answered() -> None:
    found = confusion_of(
        LABELS, "tuned", rows("Ham", "Ham", "Ham", "Spam"), ["ham.", "Spam", "what?", "spam"]
    )
    assert found is not None
    assert found.labels == ("Ham", "Spam")
    assert found.counts == ((1, 1), (0, 1))
    assert found.other == (1, 0)
    (table,) = breakdown_tables(evaluation(confusions=(found,)))
    assert table.columns[1:] == ("Ham", "Spam", "no label")
    assert table.rows[0] == ("Ham", "1", "1", "1")
    assert confusion_of(JSON, "tuned", [], []) is None


def test_many_labels_are_told_as_their_commonest_mistakes() -> None:
    names = tuple(f"label {n}" for n in range(12))
    expected = rows(*names, *names)
    answers = [*names, *["label 0"] * 11, "nothing"]
    found = confusion_of(Task(kind="labels", labels=names), "tuned", expected, answers)
    assert found is not None
    (table,) = breakdown_tables(evaluation(confusions=(found,)))
    assert len(table.rows) == 11, "ten labels taken for the first, and one for no label"
    assert ("label 11", "no label at all", "1") in table.rows
    assert "11 answers are wrong in all" in table.notes[0]


def test_fields_are_right_to_the_letter_or_apart_from_their_dress() -> None:
    expected = rows(
        '{"city": "Bonn", "to": {"n": 3}, "tags": ["x"]}', '{"city": "Ulm", "to": {"n": 4}}'
    )
    answers = ['{"city": "bonn", "to": {"n": "3"}, "tags": ["x", "y"]}', "prose"]
    found = fields_of(JSON, "tuned", expected, answers)
    assert found is not None
    by_name = {one.name: one for one in found.fields}
    assert (by_name["city"].exact, by_name["city"].loose, by_name["city"].rows) == (0, 0.5, 2)
    assert (by_name["to.n"].exact, by_name["to.n"].loose) == (0, 0.5)
    assert by_name["tags"].exact == 0, "one item too many"
    (table,) = breakdown_tables(evaluation(fields=(found,)))
    assert ("city", "2", "0% (50%)") in table.rows
