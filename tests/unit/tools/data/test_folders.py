"""Archives, Arrow files, data sets saved to disk and folders with a data set card."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pyarrow
import pytest
from datasets import Dataset, DatasetDict
from pyarrow import feather, parquet

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Mapping
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.errors import LuthierError
from luthier.tools.workspace import Workspace

TABLE = pyarrow.table(
    {
        "question": [f"what is thing {n}?" for n in range(20)],
        "answer": [f"it is {n}" for n in range(20)],
    }
)
CSV = "question,answer\n" + "\n".join(f"what is {n}?,thing {n}" for n in range(20)) + "\n"


def test_arrow_file_stream_and_feather(tmp_path: Path) -> None:
    feather.write_feather(TABLE, tmp_path / "a.feather")
    with (
        pyarrow.OSFile(str(tmp_path / "c.arrow"), "wb") as out,
        pyarrow.ipc.new_stream(out, TABLE.schema) as writer,
    ):
        writer.write_table(TABLE)
    for path in sorted(tmp_path.iterdir()):
        found = inspect_file(path)
        assert (found.format, found.usable) == ("arrow", 20)


def test_saved_to_disk(tmp_path: Path) -> None:
    DatasetDict({"train": Dataset(TABLE), "test": Dataset(TABLE.slice(0, 6))}).save_to_disk(
        str(tmp_path / "set")
    )
    found = inspect_file(tmp_path / "set")
    assert (found.parts, found.part, found.usable) == (("train", "test"), "train", 20)
    assert inspect_file(tmp_path / "set", mapping=Mapping(part="test")).usable == 6
    assert inspect_file(tmp_path / "set" / "train").usable == 20


def test_a_folder_with_a_card_states_its_licence_and_splits(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    parquet.write_table(TABLE, tmp_path / "data" / "train-00000-of-00002.parquet")
    parquet.write_table(TABLE.slice(0, 5), tmp_path / "data" / "train-00001-of-00002.parquet")
    parquet.write_table(TABLE.slice(0, 7), tmp_path / "data" / "test-00000-of-00001.parquet")
    (tmp_path / "README.md").write_text(
        "---\nlicense: cc-by-4.0\nconfigs:\n- config_name: default\n  data_files:\n"
        "  - split: train\n    path: data/train-*\n  - split: test\n    path: data/test-*\n---\n# Card\n"
    )
    found = inspect_file(tmp_path)
    assert (found.licence, found.parts) == ("cc-by-4.0", ("train", "test"))
    assert (found.rows_in, found.usable, found.duplicates) == (25, 20, 5)
    assert "cc-by-4.0" in found.format_reason


@pytest.mark.parametrize("packed", ["rows.csv.gz", "rows.zip"])
def test_packed_files_are_read_as_what_is_inside(
    tmp_path: Path, workspace: Workspace, packed: str
) -> None:
    path = tmp_path / packed
    if packed.endswith(".gz"):
        path.write_bytes(gzip.compress(CSV.encode()))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("export/rows.csv", CSV)
    found = inspect_file(path)
    assert (found.format, found.usable) == ("csv", 20)
    info = prepare_dataset(workspace, path, found.mapping, leave_out_unusable=False)
    assert info.train + info.validation + info.test == 20


def test_an_archive_that_would_burst_or_escape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"a,b\n" * 30_000_000, 9)[:])
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.writestr("../../escaped.csv", CSV)
    assert inspect_file(tmp_path / "out.zip").usable == 20
    assert not (tmp_path.parent.parent / "escaped.csv").exists()
    with pytest.raises(LuthierError) as caught:
        inspect_file(tmp_path / "bomb.csv.gz")
    assert caught.value.code == "data.too_large"


def test_files_that_do_not_belong_together_are_parts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "b.csv").write_text("prompt,completion\nx,y\n")
    found = inspect_file(tmp_path)
    assert (found.parts, found.part) == (("a.csv", "b.csv"), "a.csv")


def test_excel_separator_line_and_rare_delimiters(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text('sep=;\nquestion;answer\n"a; ""b""\nc";d\nx;y\n')
    found = inspect_file(path)
    assert (found.columns, found.usable) == (("question", "answer"), 2)
    assert [sample.line for sample in found.samples] == [3, 5]
    assert found.samples[0].prompt == 'a; "b"\nc'
    path.write_text("question^answer\n" + "\n".join(f"q {n}?^a b {n}" for n in range(9)))
    assert inspect_file(path).samples[0].completion == "a b 0"


def test_a_link_out_of_the_folder_is_left_out_and_named(tmp_path: Path) -> None:
    """What it leads to was never named by the user."""
    secret = tmp_path / "secret.csv"
    secret.write_text(CSV.replace("thing", "canary"))
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "own.csv").write_text(CSV)
    (folder / "linked.csv").symlink_to(folder / "own.csv")
    (folder / "out.csv").symlink_to(secret)
    (folder / "up.csv").symlink_to("../secret.csv")

    found = inspect_file(folder)
    assert found.parts == ("linked.csv", "own.csv")
    assert found.usable == 20
    assert "canary" not in str(found)
    told = [problem for problem in found.problems if problem.code == "file_left_out"]
    assert "leads out" in str(told)
    assert all(name in str(told) for name in ("out.csv", "up.csv"))


def test_the_links_of_the_hubs_cache_are_read(tmp_path: Path) -> None:
    blobs, snapshot = tmp_path / "blobs", tmp_path / "snapshots" / "abc"
    blobs.mkdir()
    snapshot.mkdir(parents=True)
    (blobs / "0f").write_text(CSV)
    (snapshot / "train.csv").symlink_to("../../blobs/0f")
    assert inspect_file(snapshot).usable == 20


def test_a_folder_names_the_files_that_are_not_plain_utf8(tmp_path: Path) -> None:
    (tmp_path / "train-1.csv").write_bytes(CSV.replace("thing", "café").encode("cp1252"))
    (tmp_path / "train-2.csv").write_text(CSV)
    found = {problem.code: problem for problem in inspect_file(tmp_path).problems}
    assert found["encoding"].count == 1
    assert "train-1.csv" in found["encoding"].message
    assert "train-2.csv" not in found["encoding"].message


def test_a_folder_of_plain_utf8_has_no_word_on_encodings(tmp_path: Path) -> None:
    (tmp_path / "train-1.csv").write_text(CSV)
    assert "encoding" not in {problem.code for problem in inspect_file(tmp_path).problems}


def test_findings_in_several_files_say_which(tmp_path: Path) -> None:
    (tmp_path / "train-1.csv").write_text(CSV)
    (tmp_path / "train-2.csv").write_text("question,answer\nwhat is 3?,other\nwhat is x?,None\n")
    found = {problem.code: problem for problem in inspect_file(tmp_path).problems}
    assert found["contradictions"].files == ("train-2.csv",)
    assert found["literal_none"].lines == (3,)


def test_a_file_without_an_ending_is_told_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "SMSCollection").write_text(
        "".join(
            f"{'spam' if n % 3 else 'ham'}\tcall {n * 37} now for thing {n}\n" for n in range(40)
        )
    )
    (tmp_path / "README").write_text("Collected by hand.")
    found = inspect_file(tmp_path)
    assert (found.format, found.usable) == ("folder", 40)
    assert not found.left_out


def test_a_text_without_an_ending_is_a_document(tmp_path: Path) -> None:
    for name in ("guide", "terms"):
        paragraph = (
            f"In the {name} everything is told at length, from the first page to the last one. "
        )
        (tmp_path / name).write_text(f"# {name}\n\n" + paragraph * 8)
    found = inspect_file(tmp_path, mapping=Mapping(template="Q: What of {file}? A: {passage}"))
    assert (found.format, found.usable) == ("folder", 2)
    assert "2 no ending" in found.format_reason


def test_nothing_beside_files_of_rows_is_passed_over_silently(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(CSV)
    parquet.write_table(TABLE, tmp_path / "rows-00001.parquet")
    (tmp_path / "notes.txt").write_text("Read me later.")
    (tmp_path / "core").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    (tmp_path / "README.md").write_text("# About")
    found = inspect_file(tmp_path)
    left = next(p for p in found.problems if p.code == "file_left_out")
    assert set(left.files) == {"notes.txt", "core", "photo.png"}
    assert (found.usable, set(found.parts)) == (20, {"rows.csv", "rows-00001.parquet"})


def test_rows_in_two_formats_of_one_name_are_read_once_and_said_so(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(CSV)
    parquet.write_table(TABLE, tmp_path / "train.parquet")
    found = inspect_file(tmp_path)
    left = next(p for p in found.problems if p.code == "file_left_out")
    assert found.usable == 20
    assert len(left.files) == 1
    assert "another format" in left.message
