"""Whatever the rows are: used + copies + left out with a reason = rows in, and each is used once."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luthier.tools.data.cells import as_text
from luthier.tools.data.model import DatasetInfo, SplitChoice
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import SPLITS, load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.workspace import Workspace, open_workspace

text = st.one_of(st.sampled_from(["", " ", "yes", "no", "Where is it?"]), st.text(max_size=12))
turn = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "tool", "?"]), "content": text}
)
asked = st.tuples(text, text).map(
    lambda pair: [{"role": "user", "content": pair[0]}, {"role": "assistant", "content": pair[1]}]
)
record = st.fixed_dictionaries(
    {
        "messages": st.one_of(
            asked, asked, asked, st.lists(turn, max_size=4), st.none(), st.text()
        ),
        "customer_id": st.one_of(st.integers(0, 5), st.none(), text),
        "created_at": st.one_of(st.dates().map(str), text),
    }
)
line = st.one_of(
    record.map(json.dumps), record.map(json.dumps), st.sampled_from(["{", "[1]", "null", "", "  "])
)
choices = st.sampled_from(
    [
        None,
        SplitChoice(method="random"),
        SplitChoice(method="stratified"),
        SplitChoice(method="group", column="customer_id"),
        SplitChoice(method="time", column="created_at"),
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(line, min_size=3, max_size=40),
    copies=st.lists(st.integers(0, 39), max_size=6),
    choice=choices,
)
def test_every_row_is_accounted_for(
    lines: list[str], copies: list[int], choice: SplitChoice | None
) -> None:
    lines = lines + [lines[number % len(lines)] for number in copies]
    with tempfile.TemporaryDirectory() as folder:
        workspace = open_workspace(Path(folder) / "home")
        path = Path(folder) / "rows.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        info = _prepared(workspace, path, choice)
        if info is None:
            assert list(workspace.datasets.iterdir()) == []
            return
        sides = {side: load_rows(workspace, info.id, side) for side in SPLITS}
    rows = [row for side in SPLITS for row in sides[side]]
    assert info.rows_in == sum(1 for line in lines if line.strip())
    assert info.rows_in == len(rows) + info.duplicates + info.left_out
    assert len({row.id for row in rows}) == len(rows)
    reasons = [problem for problem in info.problems if problem.leaves_out]
    assert sum(problem.count for problem in reasons) == info.left_out
    if info.split.method == "group":
        where: dict[str, set[str]] = {}
        for side, members in sides.items():
            for row in members:
                found = json.loads(lines[row.source.line - 1])[info.split.column]
                where.setdefault(as_text(found), set()).add(side)
        assert all(len(found) == 1 for value, found in where.items() if value)


def _prepared(workspace: Workspace, path: Path, choice: SplitChoice | None) -> DatasetInfo | None:
    """The data set, or None where the file is refused in plain words."""
    try:
        return prepare_dataset(workspace, path, None, choice=choice, leave_out_unusable=True)
    except LuthierError as error:
        if not error.what or not error.remedy:
            raise
        return None
