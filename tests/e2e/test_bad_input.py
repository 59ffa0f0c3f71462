"""Files that cannot be used as they are: what is said of each, where it is, and what to do about it.

One table of all of them, by the commands that a script would use and whose words the chat shares. What
is found in which kind of file is tested in more depth beside the readers and checks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from luthier.tools.workspace import Workspace
from luthier.tui.cli import run
from luthier.tui.exit_codes import FAILED, NEGATIVE, OK

PAIRS = [(f"where is order {n * 7919 % 1000}?", f"it left on day {n * 31 % 97}") for n in range(30)]
CSV = "question,answer\n" + "".join(f"{asked},{said}\n" for asked, said in PAIRS)
FRENCH = CSV.replace("\n", "\noù est ma commande ?,déjà à la poste\n", 1)
JSONL = "".join(json.dumps({"question": asked, "answer": said}) + "\n" for asked, said in PAIRS)
NESTED = json.dumps(
    [{"item": {"question": asked, "answer": {"text": said}}} for asked, said in PAIRS]
)


@dataclass(frozen=True)
class Bad:
    """A file and what ``luthier data check`` says of it."""

    name: str
    content: bytes
    code: int
    said: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


DECODED = "Nothing has to be done: it was decoded so"

FILES = (
    Bad("empty.csv", b"", FAILED, ("This file is empty. ({path})", "Check that the export")),
    Bad(
        "one row.csv",
        b"question,answer\nwhere?,here\n",
        OK,
        ("Only 1 usable row.", "Write at least 50 varied rows"),
    ),
    Bad(
        "one column.csv",
        b"question\none\ntwo\nthree\n",
        FAILED,
        ("only one column. (one column.csv, columns: question)", "Add a second column"),
    ),
    Bad(
        "wrong ending.json",
        CSV.encode(),
        OK,
        ("30 usable", "The name ends in .json, but the content is what counts."),
    ),
    Bad(
        "picture.csv",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        FAILED,
        ("This file is a picture. (picture.csv)", "text recognition"),
    ),
    Bad(
        "mark.csv",
        CSV.encode("utf-8-sig"),
        OK,
        ("not plain UTF-8 but UTF-8 with byte order mark", DECODED, "columns question, answer"),
    ),
    Bad(
        "latin.csv",
        FRENCH.encode("latin-1"),
        OK,
        ("not plain UTF-8 but Windows-1252 (Latin-1)", DECODED, "où est", "déjà à la poste"),
    ),
    Bad(
        "sixteen.csv",
        FRENCH.encode("utf-16"),
        OK,
        ("not plain UTF-8 but UTF-16 LE", DECODED, "où est", "déjà à la poste"),
    ),
    Bad(
        "ragged.csv",
        (CSV + "too,many,cells\nlonely\n").encode(),
        NEGATIVE,
        ("3 cells where 2 are expected", "32, 33", "into double quotes, or leave the line out"),
    ),
    Bad(
        "broken.jsonl",
        (JSONL + '{"question": "cut').encode(),
        NEGATIVE,
        ("not valid JSON: a text is not closed by a quote", "cut 31 Mend the line"),
    ),
    Bad(
        "nested.json",
        NESTED.encode(),
        OK,
        ("“item.question” is the question; “item.answer.text” is taken as the answer", "30 usable"),
    ),
    Bad(
        "identical.csv",
        b"question,answer\n" + b"the same,again\n" * 60,
        NEGATIVE,
        ("All 60 rows are the same.", "Check that the export is right", "3, 4, 5"),
    ),
    Bad(
        "silent.csv",
        (CSV + "who?,\n").encode(),
        NEGATIVE,
        ("The answer is empty or blank.", "who? 32 Write the answer, or leave the row out."),
    ),
    Bad(
        "all silent.csv",
        b"question,answer\none,\ntwo,\nthree,\n",
        FAILED,
        ("Only one column holds anything. (all silent.csv, columns: question, answer)", "Add a"),
    ),
)


@pytest.fixture
def home(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "500")
    return workspace


@pytest.mark.parametrize("bad", FILES, ids=str)
def test_a_file_is_told_of_and_left_as_it_is(
    home: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: Bad
) -> None:
    path = tmp_path / bad.name
    path.write_bytes(bad.content)
    code = run(["data", "check", str(path)])
    captured = capsys.readouterr()
    words = " ".join((captured.out + captured.err).split())
    assert code == bad.code, words
    assert "Traceback" not in words
    for expected in bad.said:
        assert expected.format(path=path) in words
    assert path.read_bytes() == bad.content
