"""The content decides the format, whatever the name ends in; what is no table is named."""

from __future__ import annotations

import datetime
import random
import sqlite3
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pyarrow
import pytest
from pyarrow import parquet

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.readers.base import Format
from luthier.tools.data.readers.registry import READERS
from luthier.tools.errors import LuthierError
from tests.unit.tools.data.conftest import Write

CSV = "question,answer\none?,1\ntwo?,2\nthree?,3\n"
JSONL = '{"question": "one?", "answer": "1"}\n{"question": "two?", "answer": "2"}\n'
JSON = '[{"question": "one?", "answer": "1"},\n {"question": "two?", "answer": "2"}]'


def write_parquet(path: Path, columns: dict[str, Any]) -> Path:
    parquet.write_table(pyarrow.table(columns), path)
    return path


@pytest.mark.parametrize(
    ("name", "content", "format_"),
    [
        ("x.json", CSV, "csv"),
        ("x.parquet", CSV, "csv"),
        ("x.jsonl", JSON, "json"),
        ("x.csv", JSON, "json"),
        ("x.json", JSONL, "jsonl"),
        ("x.csv", JSONL, "jsonl"),
        ("x.txt", CSV, "csv"),
        ("x", JSONL, "jsonl"),
    ],
)
def test_a_wrong_ending_is_seen_through(
    write: Write, name: str, content: str, format_: Format
) -> None:
    found = inspect_file(write(name, content))
    assert found.format == format_
    assert found.usable >= 2
    suffix = Path(name).suffix
    if suffix and suffix != ".txt":
        assert f"ends in {suffix}" in found.format_reason


def test_a_right_ending_is_not_remarked_on(write: Write) -> None:
    assert "ends in" not in inspect_file(write("x.csv", CSV)).format_reason


def test_parquet_with_a_wrong_name(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.csv", {"question": ["a?", "b?"], "answer": ["1", "2"]})
    found = inspect_file(path)
    assert (found.format, found.usable, found.encoding) == ("parquet", 2, "")


def test_parquet_types_become_text(tmp_path: Path) -> None:
    columns = {
        "question": ["a?", "b?", None, "d?"],
        "answer": pyarrow.array([1, None, 3, 4]),
        "day": [datetime.date(2024, 1, 2)] * 4,
        "price": [Decimal("1.50")] * 4,
    }
    found = inspect_file(write_parquet(tmp_path / "x.parquet", columns))
    assert [s.completion for s in found.samples] == ["1", "4"]
    assert {p.code: p.lines for p in found.problems if p.leaves_out} == {
        "empty_completion": (2,),
        "empty_prompt": (3,),
    }


def test_parquet_with_conversations(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    path = write_parquet(tmp_path / "x.parquet", {"messages": [turns, turns[:1]]})
    found = inspect_file(path)
    assert found.mapping.messages == "messages"
    assert (found.usable, found.left_out) == (1, 1)


def test_parquet_with_pictures_says_so(tmp_path: Path) -> None:
    columns = {"question": ["a", "b", "c"], "answer": [b"\x89PNG", b"\x00", b"\x01"]}
    with pytest.raises(LuthierError) as caught:
        inspect_file(write_parquet(tmp_path / "x.parquet", columns))
    assert caught.value.code == "data.one_column"


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_a_parquet_file_cut_off(tmp_path: Path, keep: float) -> None:
    path = write_parquet(tmp_path / "x.parquet", {"q": ["a"] * 500, "a": ["b"] * 500})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(LuthierError) as caught:
        inspect_file(path)
    assert caught.value.code == "data.damaged_parquet"
    assert caught.value.place == "x.parquet"
    assert "again" in caught.value.remedy


def test_what_cannot_be_read_is_named_with_a_way_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    (tmp_path / "doc.pdf").write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    with sqlite3.connect(tmp_path / "rows.db") as database:
        database.execute("create table t (q text, a text)")
    database.close()
    (tmp_path / "page.csv").write_text("<!DOCTYPE html><html><body>Sign in</body></html>")
    (tmp_path / "noise.csv").write_bytes(bytes(range(256)) * 64)
    said = {}
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(LuthierError) as caught:
            inspect_file(path)
        assert Path(caught.value.place).name == path.name
        assert caught.value.remedy
        said[path.name] = caught.value.what
    assert said == {
        "book.xlsx": "This workbook cannot be read.",
        "doc.pdf": "This PDF cannot be read.",
        "rows.db": "This file has no rows.",
        "page.csv": "This file is a web page.",
        "noise.csv": "This file is not text.",
    }


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.txt", "x.md", "x.dat", "x"])
@pytest.mark.parametrize("seed", range(3))
def test_bytes_of_chance_are_no_table_of_one_column(write: Write, name: str, seed: int) -> None:
    content = random.Random(seed).randbytes(200 * 7**seed)
    with pytest.raises(LuthierError) as caught:
        inspect_file(write(name, content))
    assert (caught.value.code, caught.value.place) == ("data.not_a_table", name)
    assert "Export the data as CSV" in caught.value.remedy


def test_a_text_may_hold_a_few_control_characters(write: Write) -> None:
    rows = "".join(f"Why {n}?,\x02So\x03 it is {n}.\n" for n in range(40))
    assert inspect_file(write("x.csv", "question,answer\n" + rows)).usable == 40


@pytest.mark.parametrize("content", [b"", b"\n \t\r\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file(write: Write, content: bytes) -> None:
    with pytest.raises(LuthierError) as caught:
        inspect_file(write("x.csv", content))
    assert caught.value.code == "data.empty_file"
    assert caught.value.place.endswith("x.csv")
    assert "export" in caught.value.remedy


def test_a_header_alone_is_no_data(write: Write) -> None:
    with pytest.raises(LuthierError) as caught:
        inspect_file(write("x.csv", "question,answer\n"))
    assert caught.value.code == "data.no_rows"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("question\none\ntwo\nthree\n", "only one column"),
        ('{"text": "a"}\n{"text": "b"}\n', "only one column"),
        ("question,answer\none,\ntwo,\n", "Only one column holds anything"),
    ],
)
def test_one_column_is_explained(write: Write, content: str, what: str) -> None:
    with pytest.raises(LuthierError) as caught:
        inspect_file(write("x.txt", content))
    assert caught.value.code == "data.one_column"
    assert what in caught.value.what
    assert caught.value.place.startswith("x.txt")
    assert caught.value.remedy


def test_the_format_can_be_overruled(write: Write) -> None:
    path = write("x.csv", "q\ta,b\none, two\t1\nthree\t2\n")
    assert inspect_file(path, file_format="tsv").samples[0].prompt == "one, two"
    found = inspect_file(path, file_format="TSV")
    assert found.mapping.file_format == "tsv"
    assert inspect_file(path, mapping=found.mapping).samples == found.samples


def test_an_impossible_format_is_refused(write: Write) -> None:
    path = write("x.csv", CSV)
    for wanted, code in (
        ("parquet", "data.damaged_parquet"),
        ("json", "data.not_json"),
        ("excel", "data.damaged_excel"),
        ("pdf", "data.damaged_pdf"),
        ("docx", "data.damaged_word"),
        ("sqlite", "data.damaged_sqlite"),
        ("arrow", "data.damaged_arrow"),
        ("runes", "data.unknown_format"),
    ):
        with pytest.raises(LuthierError) as caught:
            inspect_file(path, file_format=wanted)
        assert caught.value.code == code


def test_every_format_has_one_reader() -> None:
    formats = [name for reader in READERS for name in reader.formats]
    assert sorted(formats) == sorted(get_args(Format))
