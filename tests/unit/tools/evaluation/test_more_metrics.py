"""Metrics made for one data set: schema, form, refusals, patterns, SQL, commands, the user's own."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from luthier.tools.data.model import Lineage, Message, Row, Task
from luthier.tools.data.task import TaskJudge
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.metrics import find_metric, own
from luthier.tools.evaluation.metrics.base import Standards
from luthier.tools.evaluation.metrics.ruler import Ruler
from luthier.tools.training.plan import EvaluationPlan

JSON, TEXT = Task(kind="structured", fields=("a", "b")), Task(kind="text")
SQL, COMMAND = Task(kind="sql"), Task(kind="command")


def scores(
    name: str, task: Task, answers: list[str], pairs: list[tuple[str, str]], **plan: Any
) -> list[float]:
    """The metric's scores of (expected, answer) pairs after these training answers."""
    ruler = Ruler(Standards(task, EvaluationPlan(metric=name, **plan), answers, embed))
    rows = [row(expected) for expected, _ in pairs]
    return [one[name] for one in ruler.score(rows, [answer for _, answer in pairs])]


def row(completion: str) -> Row:
    asked = Message(role="user", content="ask")
    answer = Message(role="assistant", content=completion)
    return Row(id="0" * 16, messages=(asked, answer), source=Lineage(file="f", line=1))


def embed(texts: Any) -> Any:
    """Vectors by the first letter: equal letters point the same way."""
    return np.array([np.eye(26)[(ord(text[:1].lower() or "a") - 97) % 26] for text in texts])


def test_a_schema_taken_from_the_answers_knows_fields_and_kinds_of_values() -> None:
    seen = [json.dumps({"a": n, "b": ["x"]}) for n in range(10)]
    found = scores(
        "schema_valid",
        JSON,
        seen,
        [
            ("", '{"a": 99, "b": []}'),
            ("", '{"a": "99", "b": []}'),
            ("", '{"a": 1}'),
            ("", '{"a": 1, "b": [], "c": 2}'),
            ("", "prose"),
        ],
    )
    assert found == [1, 0, 0, 0, 0]


def test_the_users_own_schema_is_the_one_that_counts(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text('{"type": "object", "properties": {"a": {"enum": ["x", "y"]}}}')
    pairs = [("", '{"a": "x"}'), ("", '{"a": "z"}')]
    assert scores("schema_valid", JSON, ['{"a": "z"}'], pairs, json_schema=str(path)) == [1, 0]
    path.write_text('{"type": "no such type"}')
    with pytest.raises(LuthierError) as caught:
        scores("schema_valid", JSON, ['{"a": "z"}'], pairs, json_schema=str(path))
    assert caught.value.code == "evaluation.bad_schema"


def test_fields_match_whatever_their_dress() -> None:
    loose = find_metric("field_likeness")
    assert loose.score(JSON, '{"a": "Berlin", "b": 12}', '{"a": "berlin.", "b": "12"}') == 1.0
    assert loose.score(JSON, '{"a": "Berlin", "b": 12}', '{"a": "Bonn", "b": 12}') == 0.5
    strict = find_metric("field_accuracy")
    assert strict.score(JSON, '{"a": "Berlin", "b": 12}', '{"a": "berlin.", "b": "12"}') == 0.0


def test_rules_of_form_are_those_that_the_training_answers_keep() -> None:
    seen = [f"Dear customer, your number is {n}. Kind regards" for n in range(40)]
    found = scores(
        "format_rules",
        TEXT,
        seen,
        [
            ("", "Dear customer, your number is lost. Kind regards"),
            ("", "Hello! Kind regards"),
            ("", "Dear customer, your number\nis lost. Kind regards"),
            ("", "Dear customer, your number is " + "9" * 200 + ". Kind regards"),
        ],
    )
    assert found == [1, 0, 0, 0]


def test_refusing_is_right_where_the_expected_answer_refuses() -> None:
    seen = ["I cannot help with that."] * 5 + ["Here you are."] * 95
    pairs = [
        ("I cannot help with that.", "Sorry, that I won't do."),
        ("I cannot help with that.", "Sure!"),
        ("Here you are.", "I'm afraid not."),
        ("لا يمكنني ذلك", "عذرًا، لا أستطيع"),
    ]
    assert scores("refusal", TEXT, seen, pairs) == [1, 0, 0, 1]
    plan = EvaluationPlan(metric="rouge_l")
    assert "refusal" not in Ruler(Standards(TEXT, plan, ["Here you are."] * 100)).names


def test_a_pattern_counts_fits_and_gives_up_on_endless_ones() -> None:
    pairs = [("", "order 4711"), ("", "no number")]
    assert scores("pattern", TEXT, [], pairs, pattern=r"\d{4}$") == [1, 0]
    with pytest.raises(LuthierError) as caught:
        scores("pattern", TEXT, [], pairs, pattern="(")
    assert caught.value.code == "evaluation.bad_pattern"
    since = time.monotonic()
    with pytest.raises(LuthierError) as caught:
        scores("pattern", TEXT, [], [("", "a" * 60 + "!")], pattern=r"^(a|aa)+$")
    assert caught.value.code == "evaluation.slow_pattern"
    assert time.monotonic() - since < 20


def test_sql_is_the_same_query_however_it_is_written() -> None:
    same = find_metric("sql_match")
    wanted = "SELECT name, age FROM people WHERE age > 3 ORDER BY name"
    assert same.score(SQL, wanted, "select name,age\n from PEOPLE where age>3 order by name;") == 1
    assert same.score(SQL, wanted, "SELECT name, age FROM people WHERE age > 4 ORDER BY name") == 0
    assert same.score(SQL, wanted, "The answer is 42") == 0
    valid = find_metric("valid_sql")
    assert [valid.score(SQL, "", text) for text in (wanted, "hello", "SELECT FROM WHERE")] == [
        1,
        0,
        0,
    ]


@pytest.mark.parametrize("kind", ["file", "script"])
def test_queries_are_judged_by_their_rows_and_can_change_nothing(tmp_path: Path, kind: str) -> None:
    script = "create table t (id integer, name text); insert into t values (1, 'a'), (2, 'b');"
    path = tmp_path / ("shop.db" if kind == "file" else "shop.sql")
    if kind == "file":
        with sqlite3.connect(path) as database:
            database.executescript(script)
        database.close()
    else:
        path.write_text(script)
    before = path.read_bytes()
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
    found = scores(
        "sql_result",
        SQL,
        [],
        [
            ("select name from t where id = 1", "select t.name from t where t.id < 2"),
            ("select name from t", "select name from t order by id desc"),
            ("select name from t order by id", "select name from t order by id desc"),
            ("select name from t", "delete from t"),
            ("select name from t", f"attach database '{tmp_path}/new.db' as x"),
            ("select name from t", endless),
            ("select name from t", "nonsense"),
            ("select count(*) from t", "select 2"),
        ],
        database=str(path),
    )
    assert found == [1, 1, 0, 0, 0, 0, 0, 1]
    assert path.read_bytes() == before
    assert not (tmp_path / "new.db").exists()


def test_a_schema_script_cannot_reach_other_files(tmp_path: Path) -> None:
    path = tmp_path / "evil.sql"
    path.write_text(f"attach database '{tmp_path}/stolen.db' as x;")
    with pytest.raises(LuthierError) as caught:
        scores("sql_result", SQL, [], [("select 1", "select 1")], database=str(path))
    assert caught.value.code == "evaluation.bad_database"
    assert not (tmp_path / "stolen.db").exists()


def test_commands_match_whatever_their_blanks_are_called() -> None:
    same, program = find_metric("command_match"), find_metric("first_word")
    wanted = "git branch {{[-m|--move]}} {{old_branch_name}} {{new_branch_name}}"
    assert same.score(COMMAND, wanted, "git branch --move {{old}} {{new}}") == 1
    assert same.score(COMMAND, wanted, "`git branch --move {{a name}} <b>`") == 1
    assert same.score(COMMAND, wanted, "git branch --move {{old}}") == 0
    assert program.score(COMMAND, wanted, "git status") == 1
    assert program.score(COMMAND, wanted, "docker ps") == 0
    assert program.score(COMMAND, wanted, "") == 0


def test_the_task_is_known_by_its_answers() -> None:
    def kind(answers: list[str]) -> str:
        judge = TaskJudge()
        for answer in answers:
            judge.see(answer)
        return judge.judge().kind

    assert kind([f"SELECT a FROM t WHERE id = {n}" for n in range(20)]) == "sql"
    assert kind([f"git log -n {n} --oneline" for n in range(20)]) == "command"
    assert kind([f"select the best of {n} offers and say why" for n in range(20)]) == "text"
    assert kind([f"You can reset it in the settings, option {n}." for n in range(20)]) == "text"


def test_meaning_is_the_angle_between_embeddings() -> None:
    seen = [f"{letter}" for letter in "abcdefghijkl"]
    found = scores("meaning", TEXT, seen, [("apple", "avocado"), ("apple", "zebra")])
    assert found[0] == pytest.approx(1.0)
    assert found[1] < 0.2


def test_the_users_file_scores_in_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    path = tmp_path / "mine.py"
    path.write_text(
        "import os\nprint('noise')\n"
        "def score(prompt, expected, answer):\n"
        "    assert 'OPENAI_API_KEY' not in os.environ\n"
        "    return len(set(expected) & set(answer)) / max(len(set(expected)), 1)\n"
    )
    assert scores("own", TEXT, [], [("abcd", "ab"), ("x", "x")], own_metric=str(path)) == [0.5, 1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = 1", "no function called score"),
        ("def score(p, e, a): return 2", "instead of a number from 0 to 1"),
        ("def score(p, e, a): raise ValueError('broken')", "ValueError: broken"),
        ("import sys\ndef score(p, e, a): sys.exit(3)", "ended the process"),
        ("import time\ndef score(p, e, a): time.sleep(60)", "took longer than"),
    ],
)
def test_a_broken_file_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    monkeypatch.setattr(own, "START_SECONDS", 3.0 if "sleep" in text else 60.0)
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(LuthierError) as caught:
        scores("own", TEXT, [], [("a", "b")], own_metric=str(path))
    assert caught.value.code == "evaluation.own_metric"
    assert reason in caught.value.why


def test_a_metric_that_lacks_what_it_goes_by_cannot_decide() -> None:
    with pytest.raises(LuthierError) as caught:
        Ruler(Standards(TEXT, EvaluationPlan(metric="own"), []))
    assert caught.value.code == "evaluation.metric_unusable"
