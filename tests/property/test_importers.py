"""No workbook, database, document, chat or folder, however mangled, fails badly or loses rows."""

from __future__ import annotations

import io
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any

import docx
import pyarrow
import pytest
import xlsxwriter
from fakes.written_data import WRITERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luthier.tools.data.conversations import BadConversation, read_messages
from luthier.tools.data.inspect import EVERYBODY, inspect_file
from luthier.tools.data.layouts.registry import layout_names
from luthier.tools.data.model import Inspection, Mapping
from luthier.tools.data.templates import divide
from luthier.tools.data.tool_calls import BadCall, read_calls, read_tools
from luthier.tools.errors import LuthierError
from tests.fakes.documents import write_pdf

SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
mangling = st.lists(
    st.tuples(st.integers(0, 100_000), st.binary(max_size=3)), min_size=0, max_size=6
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
cells = st.one_of(texts, st.none(), st.booleans(), st.integers(), st.floats(), st.just([]))
values = st.recursive(
    cells, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
LAYOUT = st.sampled_from([None, None, *layout_names()])


def accounted(path: Path, **reading: Any) -> Inspection | None:
    """Inspect; a refusal in words is None, and every row that was read is used or left out."""
    try:
        found = inspect_file(path, closely=0, **reading)
    except LuthierError as error:
        return refused(error)
    assert found.usable + found.duplicates + found.left_out == found.rows_in
    assert all(p.remedy for p in found.problems if p.leaves_out)
    found.model_dump_json()
    return found


def refused(error: LuthierError) -> None:
    """A refusal has to say what happened and what to do."""
    assert error.what
    assert error.remedy


def mangled(content: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    for place, piece in changes:
        at = place % (len(content) + 1)
        content = content[:at] + piece + content[at + len(piece) :]
    return content


def look(content: bytes, name: str, **reading: Any) -> Inspection | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return accounted(path, **reading)


def made(write: Callable[[Path], object], suffix: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        write(path)
        return path.read_bytes()


@cache
def document(kind: str) -> bytes:
    def word(path: Path) -> None:
        found = docx.Document()
        found.add_heading("Title", 0)
        found.add_paragraph("A paragraph of a few words that says something about a pump. " * 3)
        found.add_table(1, 2).cell(0, 0).text = "cell"
        found.save(str(path))

    def base(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("create table t (question text, answer text)")
            connection.executemany(
                "insert into t values (?, ?)", [(f"q {n}", "a") for n in range(60)]
            )
            connection.commit()

    def arrow(path: Path) -> None:
        table = pyarrow.table({"question": ["a", "b", None], "answer": ["c", "d", "e"]})
        with pyarrow.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)

    def zipped(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a/rows.csv", "question,answer\nx,y\nz,w\n")
            archive.writestr("a/notes.md", "# Head\n\ntext")

    makers: dict[str, Callable[[Path], object]] = {
        ".docx": word, ".sqlite": base, ".arrow": arrow, ".zip": zipped,
        ".pdf": lambda path: write_pdf(path, ["one page of text", "another page"]),
    }  # fmt: skip
    return made(makers[kind], kind)


@SETTINGS
@given(
    kind=st.sampled_from([".docx", ".sqlite", ".arrow", ".zip", ".pdf"]),
    changes=mangling,
    keep=st.floats(0.05, 1),
)
def test_any_mangled_binary_file(kind: str, changes: list[tuple[int, bytes]], keep: float) -> None:
    content = document(kind)
    found = look(mangled(content[: max(8, int(len(content) * keep))], changes), f"x{kind}")
    if not changes and keep == 1:
        assert found is not None


PAIRS = [(f"What is thing {n}?", f"It is number {n}.") for n in range(7)]
PACKED = (
    "arrow stream", "feather", ".xls", ".xlsb", ".ods", ".gz", ".bz2", ".xz", ".zst", "parquet",
)  # fmt: skip
FOLDERS = ("saved to disk", "splits saved to disk", "folder as on the Hub", "folder of splits")


@cache
def written(kind: str) -> dict[str, bytes]:
    """The files that make up seven rows in this form, by their names below what is given."""
    with tempfile.TemporaryDirectory() as folder:
        path = WRITERS[kind](Path(folder), PAIRS)
        files = sorted(each for each in path.rglob("*") if each.is_file()) or [path]
        return {str(each.relative_to(path.parent)): each.read_bytes() for each in files}


@settings(parent=SETTINGS, max_examples=8)
@pytest.mark.parametrize("kind", PACKED)
@given(changes=mangling, keep=st.one_of(st.just(1.0), st.floats(0.01, 1)))
def test_any_mangled_table(kind: str, changes: list[tuple[int, bytes]], keep: float) -> None:
    (name, content), *_ = written(kind).items()
    found = look(mangled(content[: max(8, int(len(content) * keep))], changes), name)
    if not changes and keep == 1:
        assert found is not None
        assert found.rows_in == len(PAIRS)


@settings(parent=SETTINGS, max_examples=8)
@pytest.mark.parametrize("kind", FOLDERS)
@given(
    changes=st.lists(st.tuples(st.integers(0, 9), mangling, st.floats(0, 1.2)), max_size=3),
    gone=st.lists(st.integers(0, 9), max_size=1),
)
def test_any_mangled_data_set_in_a_folder(
    kind: str, changes: list[tuple[int, list[tuple[int, bytes]], float]], gone: list[int]
) -> None:
    files = dict(written(kind))
    names = list(files)
    for number, places, keep in changes:
        name = names[number % len(names)]
        files[name] = mangled(files[name][: int(len(files[name]) * keep)], places)
    for number in gone:
        files.pop(names[number % len(names)])
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        found = accounted(Path(folder) / Path(names[0]).parts[0])
    if not changes and not gone:
        assert found is not None
        assert found.rows_in == len(PAIRS)


@SETTINGS
@given(
    chats=st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "uuid": texts,
                "chat_messages": st.one_of(
                    values,
                    st.lists(
                        st.fixed_dictionaries(
                            {},
                            optional={
                                "sender": st.one_of(
                                    st.sampled_from(["human", "assistant"]), values
                                ),
                                "text": values,
                                "content": values,
                                "attachments": values,
                            },
                        ),
                        max_size=4,
                    ),
                ),
            },
        ),
        min_size=1,
        max_size=5,
    ),
    changes=st.one_of(st.just([]), mangling),
)
def test_any_export_of_claude(chats: list[Any], changes: list[tuple[int, bytes]]) -> None:
    found = look(mangled(json.dumps(chats).encode(), changes), "conversations.json")
    if found and not changes:
        assert found.rows_in == len(chats)


@SETTINGS
@given(rows=st.lists(st.lists(cells, max_size=4), max_size=8), changes=mangling)
def test_any_workbook(rows: list[list[Any]], changes: list[tuple[int, bytes]]) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "nan_inf_to_errors": True}) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(
                number, 0, [str(cell) if isinstance(cell, list) else cell for cell in row]
            )
    look(mangled(stream.getvalue(), changes), "x.xlsx")


@SETTINGS
@given(text=texts.map(lambda t: t * 4), head=texts, suffix=st.sampled_from([".md", ".txt"]))
def test_any_document_keeps_its_words(text: str, head: str, suffix: str) -> None:
    content = f"---\nkey: {head}\n---\n# {head}\n\n{text}\n\n## next\n```\n# {text}"
    look(content.encode("utf-8", "replace"), f"x{suffix}")
    halves = divide(text)
    if halves:
        assert "".join("".join(halves).split()) == "".join(text.split())


@SETTINGS
@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from(
                [
                    "12.03.24, 07:00 - {n}: {t}", "[3/14/24, 9:41:02 PM] {n}: {t}", "{t}",
                    "99/99/99, 99:99 - {n}: {t}",
                ]
            ),
            st.sampled_from(["Ann", "Bob", "", "A: B"]),
            texts,
        ),
        min_size=1,
        max_size=12,
    ),
    people=st.sampled_from([(), EVERYBODY]),
    assistant=st.sampled_from(["", "Ann", "Nobody"]),
)  # fmt: skip
def test_any_whatsapp_chat(
    lines: list[tuple[str, str, str]], people: tuple[str, ...], assistant: str
) -> None:
    text = "\n".join(form.format(n=name, t=said) for form, name, said in lines)
    mapping = Mapping(people=people, assistant=assistant, file_format="whatsapp")
    look(text.encode(), "chat.txt", mapping=mapping)


@SETTINGS
@given(days=st.lists(values, min_size=1, max_size=3), users=values)
def test_any_slack_export(days: list[Any], users: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        channel = Path(folder) / "general"
        channel.mkdir()
        (Path(folder) / "users.json").write_text(json.dumps(users))
        for number, day in enumerate(days, 10):
            (channel / f"2024-01-{number}.json").write_text(json.dumps(day))
        accounted(Path(folder))


@SETTINGS
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                name: values
                for name in (
                    "instruction", "output", "conversations", "messages", "prompt", "completion",
                    "chosen", "rejected", "label", "tools", "mapping", "current_node", "input",
                    "preferred_output", "non_preferred_output", "text", "turns",
                )
            },
        ),
        min_size=1,
        max_size=5,
    ),
    layout=LAYOUT,
)  # fmt: skip
def test_any_rows_under_any_layout(rows: list[dict[str, Any]], layout: str | None) -> None:
    content = "\n".join(json.dumps(row) for row in rows).encode()
    look(content, "x.jsonl", file_format=layout)


keys = st.sampled_from(["role", "from", "sender", "content", "value", "text", "tool_calls",
                        "function_call", "weight", "name"])  # fmt: skip


@SETTINGS
@given(turns=st.lists(st.dictionaries(keys, values, max_size=5), max_size=4), tools=values)
def test_any_turns_and_calls(turns: list[Any], tools: Any) -> None:
    with suppress(BadConversation):
        assert isinstance(read_messages(turns), list)
    for read in (read_calls, read_tools):
        with suppress(BadCall):
            assert isinstance(read(tools), tuple)


@SETTINGS
@given(document=values, changes=mangling)
def test_any_wrapped_json(document: Any, changes: list[tuple[int, bytes]]) -> None:
    wrapped = {"data": {"items": document, "more": {"list": [{"q": "a"}]}}}
    look(mangled(json.dumps(wrapped).encode(), changes), "x.json")


@SETTINGS
@given(
    files=st.dictionaries(
        st.sampled_from(
            ["a.csv", "b.csv", "train.jsonl", "x.md", "y.txt", "README.md", "z.bin", "s/q.json"]
        ),
        st.one_of(st.binary(max_size=60), texts.map(str.encode)),
        max_size=5,
    )
)  # fmt: skip
def test_any_folder(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        accounted(Path(folder))
