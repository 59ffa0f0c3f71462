"""What was written is counted on its own and held against what every reader says that it found.

Used + copies + left out (with a reason) = rows in, and rows in = rows written: no reader may lose a row,
a message or a paragraph before it is counted.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docx
import pytest
from fakes.documents import write_pdf
from fakes.written_data import WRITERS, Pairs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.readers.base import Item, Record, Remark
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.source import open_source

FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KNOWN = (("What is the first?", "One."), ("What is the second?", "Two."), ("And last?", "Three."))
words = st.text("abcdexyz äßç漢عд😀?.,;:'|-", max_size=24)
quoted = st.text("abz \"',;|\n\täé漢", max_size=24)
pairs = st.lists(
    st.tuples(words, words).filter(lambda pair: bool(pair[0].strip() or pair[1].strip())),
    max_size=12,
)


@contextmanager
def a_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.parametrize("kind", WRITERS)
@FEW
@given(more=pairs, copies=st.lists(st.integers(0, 11), max_size=3))
def test_every_row_that_was_written_is_used_a_copy_or_left_out(
    kind: str, more: Pairs, copies: list[int]
) -> None:
    written = [*KNOWN, *more]
    written += [written[number % len(written)] for number in copies]
    with a_folder() as folder:
        found = inspect_file(WRITERS[kind](folder, written), closely=0)
    full = [(q.strip(), a.strip()) for q, a in written if q.strip() and a.strip()]
    assert found.rows_in == len(written)
    assert found.usable == len(set(full))
    assert found.duplicates == len(full) - len(set(full))
    assert found.left_out == len(written) - len(full)
    reasons = [problem for problem in found.problems if problem.leaves_out]
    assert sum(problem.count for problem in reasons) == found.left_out
    assert all(problem.remedy and problem.lines for problem in reasons)


@pytest.mark.parametrize("kind", ["csv", "tsv", "csv with semicolons", "json lines", ".gz", "zip"])
@FEW
@given(more=st.lists(st.tuples(quoted, quoted).filter(all), max_size=8))
def test_quotes_and_line_ends_in_cells_lose_no_row(kind: str, more: Pairs) -> None:
    written = [*KNOWN, *more]
    with a_folder() as folder:
        assert inspect_file(WRITERS[kind](folder, written), closely=0).rows_in == len(written)


kinds = st.sampled_from(["said", "said", "said", "two lines", "nothing", "notice"])
days = st.lists(st.lists(st.tuples(kinds, st.booleans()), max_size=9), max_size=5)
WHATSAPP = {
    "said": ["{at} - {name}: word{n}"],
    "two lines": ["{at} - {name}: word{n}", "and more of it"],
    "nothing": ["{at} - {name}: <Media omitted>"],
    "notice": ["{at} - Messages are end-to-end encrypted."],
}
EVERY_DAY = [("said", True), ("said", False)]


@FEW
@given(more=days)
def test_every_message_of_a_whatsapp_chat_is_a_turn_or_named(
    more: list[list[tuple[str, bool]]],
) -> None:
    lines: list[str] = []
    kinds_written: Counter[str] = Counter()
    chat = [EVERY_DAY, *more, EVERY_DAY]
    for day, messages in enumerate(chat, 1):
        for minute, (kind, is_ann) in enumerate(messages):
            kinds_written[kind] += 1
            at = f"{day:02}.03.24, 21:{minute:02}"
            name = "Ann" if is_ann else "Bob"
            n = sum(kinds_written.values())
            lines += [line.format(at=at, name=name, n=n) for line in WHATSAPP[kind]]
    with a_folder() as folder:
        path = folder / "chat.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        found = inspect_file(path, closely=0)
        items = list(read_items(open_source(path)))
    spoken = kinds_written["said"] + kinds_written["two lines"]
    assert_messages(items, spoken, silent=kinds_written["nothing"], notices=kinds_written["notice"])
    talks = sum(any(kind in ("said", "two lines") for kind, _ in day) for day in chat)
    assert found.rows_in == talks
    assert found.usable + found.duplicates + found.left_out == talks


SLACK = {
    "said": {"text": "word"},
    "two lines": {"text": "word\nand more"},
    "nothing": {"text": ""},
    "notice": {"text": "<@U1> joined", "subtype": "channel_join"},
}


@FEW
@given(more=days, channels=st.integers(1, 2), in_thread=st.booleans())
def test_every_message_of_a_slack_export_is_a_turn_or_named(
    more: list[list[tuple[str, bool]]], channels: int, in_thread: bool
) -> None:
    kinds_written: Counter[str] = Counter()
    talks: set[object] = set()
    with a_folder() as folder:
        (folder / "users.json").write_text(json.dumps([{"id": "U1", "real_name": "Ann"}]))
        for channel in range(channels):
            (folder / f"channel{channel}").mkdir()
            for day, messages in enumerate([EVERY_DAY, *more], 1):
                made = []
                for number, (kind, is_ann) in enumerate(messages):
                    stamp = 1_704_000_000 + day * 86_400 + 60 * number
                    thread = f"{day}" if in_thread and number % 2 else ""
                    made.append({**SLACK[kind], "user": "U1" if is_ann else "U2", "ts": str(stamp)})
                    if thread:
                        made[-1]["thread_ts"] = thread
                    kinds_written[kind] += 1
                    if kind in ("said", "two lines"):
                        talks.add((channel, day, thread))
                path = folder / f"channel{channel}" / f"2024-01-0{day}.json"
                path.write_text(json.dumps(made))
        found = inspect_file(folder, closely=0)
        items = list(read_items(open_source(folder)))
    spoken = kinds_written["said"] + kinds_written["two lines"]
    assert_messages(items, spoken, silent=kinds_written["nothing"], notices=kinds_written["notice"])
    assert found.rows_in == len(talks)
    assert found.usable + found.duplicates + found.left_out == len(talks)


def assert_messages(items: list[Item], spoken: int, *, silent: int, notices: int) -> None:
    records = [item for item in items if isinstance(item, Record)]
    named = Counter(item.code for item in items if isinstance(item, Remark))
    assert sum(len(record.values["turns"]) for record in records) == spoken
    assert named == Counter({"no_text": silent, "no_speaker": notices}) + Counter()
    assert len(records) + named.total() == len(items)


# a paragraph as a number of words; a word of its own begins and ends each, so that none can be lost
paragraph = st.one_of(st.integers(2, 30), st.sampled_from([400, 1500]))
sections = st.lists(st.lists(paragraph, max_size=4), min_size=1, max_size=4)


def passages(written: list[list[int]]) -> tuple[list[tuple[str, list[str]]], Counter[str]]:
    """Headings with their paragraphs, and how often each word of its own was written: once."""
    made = []
    marks: Counter[str] = Counter()
    for number, lengths in enumerate(written):
        heading = f"headingq{number}z"
        texts = []
        for place, length in enumerate(lengths):
            mark = f"q{number}x{place}"
            texts.append(f"first{mark}z " + "some words follow. " * length + f"last{mark}z.")
            marks.update([f"first{mark}z", f"last{mark}z"])
        made.append((heading, texts))
    return made, marks


def marks_read(path: Path) -> Counter[str]:
    texts = [
        item.values["text"] for item in read_items(open_source(path)) if isinstance(item, Record)
    ]
    return Counter(re.findall(r"(?:first|last)q\d+x\d+z", "\n".join(texts)))


def assert_all_passages_count(path: Path) -> None:
    rows = sum(isinstance(item, Record) for item in read_items(open_source(path)))
    if rows:
        found = inspect_file(path, closely=0)
        assert found.rows_in == rows == found.usable + found.duplicates + found.left_out


@FEW
@given(written=sections)
def test_every_paragraph_of_a_word_document_is_in_one_passage(written: list[list[int]]) -> None:
    made, marks = passages([[20], *written])
    document = docx.Document()
    for heading, texts in made:
        document.add_heading(heading, 1)
        for number, text in enumerate(texts):
            if number % 3 == 2:
                document.add_table(1, 1).cell(0, 0).text = text
            else:
                document.add_paragraph(text)
    with a_folder() as folder:
        path = folder / "x.docx"
        document.save(str(path))
        assert marks_read(path) == marks
        assert_headings(path, made)
        assert_all_passages_count(path)


@FEW
@given(written=sections, kind=st.sampled_from([".md", ".txt"]))
def test_every_paragraph_of_a_text_is_in_one_passage(written: list[list[int]], kind: str) -> None:
    made, marks = passages([[20], *written])
    head = "# " if kind == ".md" else ""
    parts = [part for heading, texts in made for part in (head + heading, *texts)]
    with a_folder() as folder:
        path = folder / f"x{kind}"
        path.write_text("\n\n".join(parts), encoding="utf-8")
        assert marks_read(path) == marks
        if kind == ".md":
            assert_headings(path, made)
        assert_all_passages_count(path)


def assert_headings(path: Path, made: list[tuple[str, list[str]]]) -> None:
    """Each heading stands over its passages, or is named as one that nothing follows."""
    items = list(read_items(open_source(path)))
    over = {item.values["heading"] for item in items if isinstance(item, Record)}
    alone = [item.detail for item in items if isinstance(item, Remark)]
    for heading, texts in made:
        assert (heading in over) if texts else any(heading in detail for detail in alone)


@settings(parent=FEW, max_examples=4)
@given(lengths=st.lists(st.integers(0, 12), min_size=1, max_size=3))
def test_every_page_of_a_pdf_is_read_or_named(lengths: list[int]) -> None:
    pages = [f"first{n}z " + "and some words. " * length for n, length in enumerate(lengths)]
    pages[1:2] = [""] if len(pages) > 2 else pages[1:2]
    with a_folder() as folder:
        found = inspect_file(write_pdf(folder / "x.pdf", pages), closely=0)
        items = list(read_items(open_source(folder / "x.pdf")))
    read = {item.line for item in items if isinstance(item, Record)}
    named = {item.line for item in items if not isinstance(item, Record)}
    assert read == {number for number, text in enumerate(pages, 1) if text}
    assert read | named == set(range(1, len(pages) + 1))
    assert found.rows_in == len(items) == found.usable + found.duplicates + found.left_out


@FEW
@given(
    files=st.lists(
        st.tuples(st.sampled_from([".md", ".txt", ".csv", ".png", ""]), st.booleans()), max_size=6
    )
)
def test_every_file_of_a_folder_is_read_or_named(files: list[tuple[str, bool]]) -> None:
    with a_folder() as folder:
        (folder / "first.md").write_text("# One\n\nA paragraph of several words about a pump.\n")
        (folder / "second.md").write_text("# Two\n\nA paragraph of several words about a lamp.\n")
        for number, (suffix, is_below) in enumerate(files):
            place = folder / "below" if is_below else folder
            place.mkdir(exist_ok=True)
            content = {".csv": b"question,answer\nWhy?,So.\nHow?,Thus.\n", ".png": b"\x89PNG\r\n"}
            text = f"Paragraph {number} has several words about a valve.\n".encode()
            (place / f"file{number}{suffix}").write_bytes(content.get(suffix, text))
        wanted = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
        source = open_source(folder)
        items = list(read_items(source))
    parts = source.recognition.parts  # which the user may choose instead
    assert {item.file for item in items} | set(parts) == wanted
