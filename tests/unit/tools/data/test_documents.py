"""Documents: Markdown, text, Word, PDF, and folders of them, cut into passages with their place."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Mapping, Row
from luthier.tools.data.readers.base import Record
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.source import open_source
from luthier.tools.data.survey import survey
from luthier.tools.errors import LuthierError
from tests.fakes.documents import write_pdf, write_scan

MANUAL = """---
title: The pump
licence: none
---
# Care

Oil it in May. Oil it again in October, when the nights are cold.

Setup
-----

```
# not a heading
```

## Nothing here
"""


def records(path: Path) -> list[Record]:
    return [item for item in read_items(open_source(path)) if isinstance(item, Record)]


def word(path: Path) -> Path:
    document = docx.Document()
    document.add_heading("Handbook", 0)
    for number in range(3):
        document.add_heading(f"Chapter {number}", 1)
        document.add_paragraph(
            f"The machine number {number} must be oiled. Otherwise it will stop."
        )
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Lid", "5 euros"
    path.parent.mkdir(exist_ok=True)
    document.save(str(path))
    return path


def test_markdown_has_front_matter_headings_and_code(tmp_path: Path) -> None:
    (tmp_path / "pump.md").write_text(MANUAL)
    care, setup = records(tmp_path / "pump.md")
    assert care.values["title"] == "The pump"
    assert (care.values["heading"], care.line) == ("Care", 7)
    assert setup.values["section"] == "Care › Setup"
    assert "# not a heading" in setup.values["text"]
    found = inspect_file(tmp_path / "pump.md")
    assert "“Nothing here”" in next(p for p in found.problems if p.code == "heading_alone").message


def test_headings_that_are_questions_are_questions(tmp_path: Path) -> None:
    sections = [f"## Can I do thing {n}?\n\nYes, on day {n}.\n" for n in range(5)]
    (tmp_path / "faq.md").write_text("\n".join(sections))
    found = inspect_file(tmp_path / "faq.md")
    assert found.mapping.confident
    assert (found.samples[0].prompt, found.samples[0].completion) == (
        "Can I do thing 0?", "Yes, on day 0.",
    )  # fmt: skip


def test_long_text_is_cut_at_sentences_and_loses_no_word(tmp_path: Path) -> None:
    text = " ".join(f"This is sentence number {n} of a long paragraph." for n in range(200))
    (tmp_path / "long.txt").write_text(text)
    passages = [record.values["text"] for record in records(tmp_path / "long.txt")]
    assert len(passages) > 3
    assert " ".join(passages).split() == text.split()


def test_word_headings_paragraphs_and_tables(tmp_path: Path) -> None:
    found = records(word(tmp_path / "book.docx"))
    assert [record.values["heading"] for record in found] == [f"Chapter {n}" for n in range(3)]
    assert found[0].values["section"] == "Handbook › Chapter 0"
    assert found[2].values["text"].endswith("Lid | 5 euros")


def test_pdf_pages(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "guide.pdf", ["The pump needs 3 bar.", "Close the valve first."])
    found = records(path)
    assert [(record.line, record.values["page"]) for record in found] == [(1, 1), (2, 2)]
    assert "3 bar" in found[0].values["text"]


def test_a_scan_says_that_it_is_one(tmp_path: Path) -> None:
    with pytest.raises(LuthierError) as caught:
        inspect_file(write_scan(tmp_path / "scan.pdf"))
    assert caught.value.code == "data.scanned_pdf"
    assert "ocrmypdf" in caught.value.remedy


def folder_of_documents(folder: Path) -> Path:
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "x.md").write_text("# hidden\n\ntext")
    (folder / "pump.md").write_text(MANUAL)
    word(folder / "deep" / "book.docx")
    write_pdf(folder / "guide.pdf", ["A page with a few words on it."])
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing more")
    (folder / "logo.png").write_bytes(b"\x89PNG")
    (folder / "README.md").write_text("# About")
    return folder


def test_a_folder_says_what_it_left_out_and_why(tmp_path: Path) -> None:
    found = inspect_file(folder_of_documents(tmp_path / "docs"))
    assert found.format == "folder"
    assert found.usable + found.duplicates + found.left_out == found.rows_in
    by_code = {problem.code: problem for problem in found.problems}
    assert by_code["file_left_out"].count == 2
    assert "broken.pdf" in by_code["unreadable_file"].message
    assert not found.mapping.confident
    assert "retrieval" in found.mapping.reason


def test_a_template_makes_marked_rows_with_their_place_and_passage(tmp_path: Path) -> None:
    path = folder_of_documents(tmp_path / "docs")
    wish = Mapping(template="What does {heading} say?", answer_template="{passage}")
    mapping = inspect_file(path, mapping=wish).mapping
    assert mapping.confident
    rows: list[Row] = []
    survey(open_source(path), mapping, keep=lambda row, _record: rows.append(row))
    row = next(row for row in rows if row.prompt[-1].content == "What does Chapter 1 say?")
    assert row.source.file == "deep/book.docx"
    assert row.synthetic
    assert row.source.passage == row.completion
    assert "number 1" in row.completion


def test_a_template_with_an_unknown_field_names_the_known_ones(tmp_path: Path) -> None:
    path = folder_of_documents(tmp_path / "docs")
    with pytest.raises(LuthierError) as caught:
        inspect_file(path, mapping=Mapping(template="What is {headline}?"))
    assert "{heading}" in caught.value.why


def test_plain_text_is_divided_at_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(
        "\n\n".join(
            f"Note {n} is short and plain. It goes on for a while. Then it ends here."
            for n in range(9)
        )
    )
    found = inspect_file(path, file_format="text")
    assert all(
        (sample.prompt + " " + sample.completion).startswith("Note") for sample in found.samples
    )
    assert found.mapping.continuation
    assert found.usable == found.rows_in
