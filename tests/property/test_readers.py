"""No input, however mangled, gives a traceback or loses a row silently, for any reader."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from luthier.tools.data.inspect import inspect_file, open_mapped
from luthier.tools.data.model import Inspection, Mapping, Row
from luthier.tools.data.survey import survey
from luthier.tools.errors import LuthierError
from luthier.tools.progress import silent

SETTINGS = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SUFFIXES = st.sampled_from([".csv", ".tsv", ".json", ".jsonl", ".parquet", ".txt", ""])
FORMATS = st.sampled_from([None, "csv", "tsv", "json", "jsonl", "parquet"])

texts = st.text(max_size=30)
cells = st.one_of(
    texts, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(texts, max_size=2)
)
turns = st.fixed_dictionaries(
    {},
    optional={
        "role": st.one_of(st.sampled_from(["user", "assistant", "system", "x"]), cells),
        "from": st.sampled_from(["human", "gpt"]),
        "content": cells,
        "value": cells,
    },
)
json_rows = st.one_of(
    st.fixed_dictionaries({"prompt": cells, "completion": cells}),
    st.fixed_dictionaries({"messages": st.one_of(st.lists(turns, max_size=4), cells)}),
    st.dictionaries(texts, cells, max_size=3),
    cells,
)
json_values = st.recursive(
    cells, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
)
mangling = st.lists(
    st.tuples(
        st.integers(0, 10_000),
        st.sampled_from([b"", b'"', b"{", b"]", b"\n", b"\xff", b"\0", b","]),
    ),
    max_size=4,
)


def look(content: bytes, suffix: str, file_format: str | None = None) -> Inspection | None:
    """Inspect ``content``; a plain refusal is None, anything else than LuthierError escapes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"rows{suffix}"
        path.write_bytes(content)
        try:
            found = inspect_file(path, file_format=file_format)
        except LuthierError as error:
            return refused(error)
    assert found.usable + found.duplicates + found.left_out == found.rows_in
    assert all(
        problem.count >= 1 and problem.remedy for problem in found.problems if problem.leaves_out
    )
    assert all(sample.prompt and sample.completion for sample in found.samples)
    found.model_dump_json()  # whatever was read can be stored
    return found


def refused(error: LuthierError) -> None:
    """A refusal has to say what happened and what to do."""
    assert error.what
    assert error.remedy


def mangle(content: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    for place, piece in changes:
        at = place % (len(content) + 1)
        content = content[:at] + piece + content[at + 1 :]
    return content


@SETTINGS
@given(content=st.binary(max_size=400), suffix=SUFFIXES, file_format=FORMATS)
@example(content=b"\xed\xa0", suffix=".csv", file_format=None)
@example(content=b"\xff\xfea", suffix=".csv", file_format=None)
@example(content=b"PAR1PAR1", suffix=".csv", file_format=None)
@example(content=b'"', suffix=".csv", file_format=None)
@example(content=b"[" * 5000, suffix=".json", file_format="jsonl")
@example(content=b'{"a":' * 3000, suffix=".jsonl", file_format=None)
def test_any_bytes(content: bytes, suffix: str, file_format: str | None) -> None:
    look(content, suffix, file_format)


@SETTINGS
@given(
    rows=st.lists(st.lists(st.text(max_size=20), max_size=4), max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    changes=mangling,
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-8-sig", "cp1252"]),
)
def test_any_delimited_text(
    rows: list[list[str]], delimiter: str, changes: list[tuple[int, bytes]], encoding: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, escapechar="\\").writerows(
        [["question", "answer"], *rows]
    )
    look(mangle(text.getvalue().encode(encoding, "replace"), changes), ".csv")


@SETTINGS
@given(rows=st.lists(json_rows, max_size=10), changes=mangling, indent=st.sampled_from([None, 1]))
def test_any_json_list(
    rows: list[Any], changes: list[tuple[int, bytes]], indent: int | None
) -> None:
    look(mangle(json.dumps(rows, indent=indent).encode(), changes), ".json")


@SETTINGS
@given(value=json_values, changes=mangling)
def test_any_json_value(value: Any, changes: list[tuple[int, bytes]]) -> None:
    look(mangle(json.dumps(value).encode(), changes), ".json")


@SETTINGS
@given(rows=st.lists(json_rows, max_size=10), changes=mangling)
def test_any_json_lines(rows: list[Any], changes: list[tuple[int, bytes]]) -> None:
    content = "\n".join(json.dumps(row) for row in rows).encode()
    found = look(mangle(content, changes), ".jsonl")
    if found and not changes and found.format == "jsonl":
        assert found.rows_in == len(rows)


@SETTINGS
@given(
    prompts=st.lists(st.one_of(st.none(), texts), min_size=1, max_size=8),
    answers=st.lists(st.one_of(st.none(), st.integers(-9, 9)), min_size=8, max_size=8),
    changes=st.one_of(st.just([]), mangling),
)
def test_any_parquet(
    prompts: list[str | None], answers: list[int | None], changes: list[tuple[int, bytes]]
) -> None:
    with io.BytesIO() as stream:
        table = pyarrow.table({"prompt": prompts, "completion": answers[: len(prompts)]})
        parquet.write_table(table, stream)
        content = stream.getvalue()
    found = look(mangle(content, changes), ".parquet")
    if found and not changes:
        assert found.rows_in == len(prompts)


question = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)


@SETTINGS
@given(pairs=st.lists(st.tuples(question, question), min_size=1, max_size=15))
def test_what_csv_and_json_lines_hold_is_what_is_used(pairs: list[tuple[str, str]]) -> None:
    """Round trip: every usable pair comes out unchanged but for outer blanks, in both formats."""
    wanted = {(_clean(q), _clean(a)) for q, a in pairs if q.strip() and a.strip()}
    table = io.StringIO()
    csv.writer(table, quoting=csv.QUOTE_ALL).writerows([("question", "answer"), *pairs])
    lines = "\n".join(json.dumps({"question": q, "answer": a}) for q, a in pairs)
    for name, content in (("csv", table.getvalue()), ("jsonl", lines)):
        mapping = Mapping(prompt=("question",), completion="answer", file_format=name)  # type: ignore[arg-type]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"rows.{name}"
            path.write_bytes(content.encode())
            assert _usable(path, mapping) in (None, wanted)


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _usable(path: Path, mapping: Mapping) -> set[tuple[str, str]] | None:
    rows: list[Row] = []
    try:
        source = open_mapped(path, mapping, None, silent)
        survey(source, mapping, keep=lambda row, _record: rows.append(row))
    except LuthierError as error:
        return refused(error)
    return {(_clean(row.prompt[-1].content), _clean(row.completion)) for row in rows}
