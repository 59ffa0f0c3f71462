"""JSON in every shape, JSON Lines, and what is broken in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Inspection
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.trace import trace_row, trace_views
from luthier.tools.data.views import problem_table
from luthier.tools.errors import LuthierError
from luthier.tools.views import Settings
from luthier.tools.workspace import Workspace
from tests.unit.tools.data.conftest import Write

ROWS = [{"prompt": f"question {n}", "completion": f"answer {n}"} for n in range(5)]


def problem_lines(found: Inspection, code: str) -> tuple[int, ...]:
    return next(p.lines for p in found.problems if p.code == code)


@pytest.mark.parametrize(
    "document",
    [
        ROWS,
        {"data": ROWS},
        {"version": "1.1", "rows": ROWS, "licence": "none"},
        {f"row{n}": row for n, row in enumerate(ROWS)},
        {name: [row[name] for row in ROWS] for name in ("prompt", "completion")},
        {
            name: {str(n): row[name] for n, row in enumerate(ROWS)}
            for name in ("prompt", "completion")
        },
    ],
    ids=["list", "wrapped", "with notes", "keyed", "columns", "numbered columns"],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_every_shape_of_a_document(write: Write, document: Any, indent: int | None) -> None:
    found = inspect_file(write("x.json", json.dumps(document, indent=indent)))
    assert found.format == "json"
    assert (found.rows_in, found.usable) == (5, 5)
    assert found.samples[2].prompt == "question 2"
    assert found.format_reason


def test_pretty_printed_objects_one_after_another(write: Write) -> None:
    text = "\n".join(json.dumps(row, indent=2) for row in ROWS)
    found = inspect_file(write("x.jsonl", text))
    assert (found.format, found.usable) == ("json", 5)
    assert [s.line for s in found.samples] == [1, 5, 9]


def test_lines_point_to_where_each_row_begins(write: Write) -> None:
    found = inspect_file(write("x.json", json.dumps(ROWS, indent=2)))
    assert [s.line for s in found.samples] == [2, 6, 10]


def test_lists_of_two_are_question_and_answer(write: Write) -> None:
    found = inspect_file(write("x.json", json.dumps([["a b?", "c"], ["d e?", "f"], ["g?", "h"]])))
    assert found.columns == ("column 1", "column 2")
    assert found.samples[0].completion == "c"


def test_an_object_of_questions_and_answers(write: Write) -> None:
    pairs = {f"What is {n}?": f"It is {n}." for n in range(6)}
    found = inspect_file(write("faq.json", json.dumps(pairs)))
    assert found.usable == 6
    assert found.samples[0].prompt == "What is 0?"


def test_texts_grouped_under_their_label(write: Write) -> None:
    groups = {
        "greeting": [{"text": f"hello {n}"} for n in range(4)],
        "farewell": [{"text": f"bye {n}"} for n in range(3)],
    }
    found = inspect_file(write("intents.json", json.dumps(groups)))
    assert found.usable == 7
    assert found.mapping.completion == "group"
    assert found.task.labels == ("farewell", "greeting")


def test_nested_values_are_columns_by_path(write: Write) -> None:
    rows = [
        {"id": n, "task": {"question": f"q{n}?"}, "instances": [{"answer": f"a{n}"}]}
        for n in range(4)
    ]
    rows[2]["instances"].append({"answer": "another"})  # type: ignore[attr-defined]
    found = inspect_file(write("x.json", json.dumps(rows, indent=1)))
    assert "task.question" in found.columns
    assert found.mapping.prompt == ("task.question",)
    assert found.mapping.completion == "instances.0.answer"
    assert found.samples[1].completion == "a1"
    several = next(p for p in found.problems if p.code == "several_entries")
    assert several.count == 1
    assert not several.leaves_out


def test_annotated_texts_become_request_and_answer(write: Write) -> None:
    pieces = [{"text": "play "}, {"text": "Aspro Mavro", "entity": "track"}, {"text": " loud"}]
    document = {"PlayMusic": [{"data": [{"text": f"{n} "}, *pieces]} for n in range(3)]}
    found = inspect_file(write("train.json", json.dumps(document)))
    assert found.samples[0].prompt == "0 play Aspro Mavro loud"
    assert json.loads(found.samples[0].completion) == {
        "intent": "PlayMusic",
        "slots": {"track": "Aspro Mavro"},
    }
    assert found.task.kind == "structured"
    assert "annotated pieces" in found.format_reason


def test_broken_lines_are_listed_and_the_others_used(write: Write) -> None:
    lines = [json.dumps(row) for row in ROWS]
    lines[1] = lines[1][:-3]
    lines[3] = "{'prompt': 'single', 'completion': 'quotes'}"
    found = inspect_file(write("x.jsonl", "\n".join(lines) + "\n\n"))
    assert problem_lines(found, "broken_json") == (2, 4)
    assert (found.rows_in, found.usable, found.left_out) == (5, 3, 2)


def test_a_broken_entry_in_a_pretty_list_costs_only_itself(write: Write) -> None:
    text = json.dumps(ROWS, indent=2).replace('"answer 2"', "answer 2")
    found = inspect_file(write("x.json", text))
    assert problem_lines(found, "broken_json") == (10,)
    assert (found.rows_in, found.usable) == (5, 4)


def test_a_broken_list_on_one_line_says_that_the_rest_is_lost(write: Write) -> None:
    text = json.dumps(ROWS).replace('"answer 3"', "answer 3")
    found = inspect_file(write("x.json", text))
    assert found.usable == 3
    problem = next(p for p in found.problems if p.code == "broken_json")
    assert "what follows it cannot be read" in problem.message


def test_a_list_cut_in_the_middle(write: Write) -> None:
    text = json.dumps(ROWS, indent=2)[:-40]
    found = inspect_file(write("x.json", text))
    assert found.usable == 4
    assert found.left_out == 1


def test_trailing_commas_do_not_matter(write: Write) -> None:
    text = json.dumps(ROWS, indent=2).replace("  }\n]", "  },\n]")
    assert inspect_file(write("x.json", text)).usable == 5


def test_values_larger_than_the_reading_window(write: Write) -> None:
    rows = [{"prompt": f"q {n}", "completion": "long " * 60_000 + str(n)} for n in range(3)]
    found = inspect_file(write("x.json", json.dumps(rows)))
    assert (found.rows_in, found.usable) == (3, 3)


def test_numbers_and_booleans_and_nulls(write: Write) -> None:
    rows = [
        {"text": "a", "label": 1},
        {"text": "b", "label": True},
        {"text": "c", "label": None},
        {"text": "d", "label": 2.5},
        {"text": 5, "label": 0},
    ]
    found = inspect_file(write("x.json", json.dumps(rows)))
    assert found.usable == 4
    assert [s.completion for s in found.samples] == ["1", "true", "2.5"]
    assert problem_lines(found, "empty_completion") == (1,)


def test_a_row_of_the_wrong_type(write: Write) -> None:
    found = inspect_file(write("x.json", json.dumps([*ROWS, 17, "text", None], indent=0)))
    problem = next(p for p in found.problems if p.code == "data_type")
    assert problem.count == 3
    assert (found.rows_in, found.usable) == (8, 5)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.json", "[]", "data.no_rows"),
        ("x.json", "{}", "data.no_rows"),
        ("x.json", "[{'prompt': 'a', 'completion': 'b'}]", "data.nothing_readable"),
        ("x.jsonl", "{'prompt': 'a'}\n{'prompt': 'b'}\n", "data.nothing_readable"),
        ("x.json", '{"prompt": "a", "completion": ', "data.broken_json"),
        ("x.json", '["a", "b", "c"]', "data.one_column"),
        ("deep.json", "[" * 100_000, "data.nothing_readable"),
    ],
)
def test_hopeless_documents_are_explained(write: Write, name: str, content: str, code: str) -> None:
    with pytest.raises(LuthierError) as caught:
        inspect_file(write(name, content))
    assert caught.value.code == code
    assert name in caught.value.place
    assert caught.value.remedy


def test_absurd_numbers_cost_only_their_row(write: Write) -> None:
    lines = [json.dumps(row) for row in ROWS] + [
        '{"prompt": "x", "completion": ' + "9" * 9000 + "}"
    ]
    found = inspect_file(write("x.jsonl", "\n".join(lines)))
    assert (found.usable, found.left_out) == (5, 1)


def test_a_text_that_begins_with_a_bracket_is_not_json(write: Write) -> None:
    text = "text,label\n" + "\n".join(
        f"[URGENT] server {n} is down,ticket {n % 2}" for n in range(9)
    )
    found = inspect_file(write("x.csv", text.split("\n", 1)[1]))
    assert found.format == "csv"
    assert found.usable == 9


def test_rows_that_share_a_line_are_told_apart_by_their_number(write: Write) -> None:
    rows = [*ROWS, {"prompt": "no answer", "completion": ""}]
    found = inspect_file(write("x.json", json.dumps(rows)))
    assert [(s.line, s.row) for s in found.samples] == [(1, 1), (1, 2), (1, 3)]
    empty = next(p for p in found.problems if p.code == "empty_completion")
    assert (empty.lines, empty.rows) == ((1,), (6,))
    table = problem_table([empty])
    assert table.rows[0][2] == "1 (row 6)"


def test_a_row_with_a_line_of_its_own_needs_no_number(write: Write) -> None:
    first, *others = [json.dumps(row) for row in ROWS]
    found = inspect_file(write("x.json", f"[{first},\n{', '.join(others)}]"))
    assert [(s.line, s.row) for s in found.samples] == [(1, 0), (2, 2), (2, 3)]


def test_a_training_row_is_traced_to_its_own_record_of_a_shared_line(
    write: Write, workspace: Workspace
) -> None:
    path = write(
        "x.json", json.dumps([{"prompt": f"{n}?", "completion": f"a{n}"} for n in range(9)])
    )
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    trace = trace_row(workspace, info.id, "test:1")
    assert trace.record["prompt"] == trace.messages[0].content
    place = f"x.json, line 1, row {trace.source.row}"
    (settings,) = trace_views(trace)
    assert isinstance(settings, Settings)
    assert place in {setting.value for setting in settings.settings}


def test_a_first_line_longer_than_the_head_is_known_by_its_name(write: Write) -> None:
    rows = [{"prompt": f"question {n} " + "x" * 300_000, "completion": f"{n}"} for n in range(3)]
    text = "\n".join(map(json.dumps, rows)) + "\n"
    found = inspect_file(write("long.jsonl", text))
    assert found.format == "jsonl"
    assert found.rows_in == 3
