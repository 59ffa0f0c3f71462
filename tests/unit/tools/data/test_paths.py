"""Typed, pasted and dropped paths; files that are not there, not files, or not readable."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.paths import parse_path
from luthier.tools.errors import LuthierError


@pytest.mark.parametrize(
    "typed",
    [
        "{path}",
        "  {path}  \n",
        "'{path}'",
        '"{path}"',
        "“{path}”",
        "{escaped}",
        "'{path}' ",
        "file://{url}",
        "file://localhost{url}",
    ],
)
def test_every_way_a_terminal_pastes_a_path_means_the_same_file(tmp_path: Path, typed: str) -> None:
    path = tmp_path / "my orders (new).csv"
    path.write_text("a,b\n")
    escaped = str(path).replace(" ", "\\ ").replace("(", "\\(").replace(")", "\\)")
    url = str(path).replace(" ", "%20").replace("(", "%28").replace(")", "%29")

    assert parse_path(typed.format(path=path, escaped=escaped, url=url)) == path


@pytest.mark.parametrize("typed", ["{path}", "'{shell}'", '"{path}"', "{escaped}"])
def test_an_apostrophe_in_a_name_is_no_quotation_mark(tmp_path: Path, typed: str) -> None:
    path = tmp_path / "my file's rows.csv"
    path.write_text("a,b\n")
    shell = str(path).replace("'", "'\\''")
    escaped = str(path).replace(" ", "\\ ").replace("'", "\\'")

    assert parse_path(typed.format(path=path, shell=shell, escaped=escaped)) == path


def test_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parse_path("~/rows.csv") == tmp_path / "rows.csv"


def test_a_name_with_a_backslash_is_taken_as_it_is_where_it_exists(tmp_path: Path) -> None:
    path = tmp_path / "odd\\name.csv"
    path.write_text("x")
    assert parse_path(str(path)) == path


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "data.no_path"),
        ("   ", "data.no_path"),
        ("''", "data.no_path"),
        ("a\x00b", "data.no_path"),
        ("https://example.org/rows.csv", "data.web_address"),
    ],
)
def test_what_is_no_path_is_refused(typed: str, code: str) -> None:
    with pytest.raises(LuthierError) as caught:
        parse_path(typed)
    assert caught.value.code == code
    assert caught.value.remedy


def test_several_dropped_files_are_refused(tmp_path: Path) -> None:
    for name in ("a b.csv", "c.csv"):
        (tmp_path / name).write_text("x")
    with pytest.raises(LuthierError, match="2 files") as caught:
        parse_path(f"'{tmp_path}/a b.csv' {tmp_path}/c.csv")
    assert caught.value.code == "data.several_files"


def test_a_missing_file_suggests_names_like_it(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("a,b\n")
    with pytest.raises(LuthierError) as caught:
        inspect_file(tmp_path / "ordres.csv")
    assert caught.value.code == "data.not_found"
    assert "orders.csv" in caught.value.remedy
    assert caught.value.place == str(tmp_path / "ordres.csv")


def test_a_missing_folder_names_the_nearest_that_exists(tmp_path: Path) -> None:
    with pytest.raises(LuthierError) as caught:
        inspect_file(tmp_path / "gone" / "deeper" / "rows.csv")
    assert caught.value.code == "data.not_found"
    assert f"{tmp_path} does" in caught.value.remedy


def test_an_empty_folder_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(LuthierError) as caught:
        inspect_file(tmp_path)
    assert caught.value.why == "There is no file in it."
    assert "Parquet" in caught.value.remedy
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    with pytest.raises(LuthierError, match="nothing that can be read") as caught:
        inspect_file(tmp_path)
    assert caught.value.why == "It has 1 file, of another kind."


def test_a_pipe_is_refused_instead_of_waiting_for_ever(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LuthierError) as caught:
        inspect_file(tmp_path / "pipe")
    assert caught.value.code == "data.not_a_file"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("a,b\n1,2\n")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read everything, so the refusal is played
        opened = Path.open

        def refuse(self: Path, *args: object, **kwargs: object) -> object:
            if self == path:
                raise PermissionError(13, "Permission denied", str(path))
            return opened(self, *args, **kwargs)  # type: ignore[call-overload]

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(LuthierError) as caught:
        inspect_file(path)
    assert caught.value.code == "data.unreadable_file"
    assert "Permission denied" in caught.value.why
    assert "chmod" in caught.value.remedy


def test_a_name_that_the_system_refuses_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(LuthierError):
        inspect_file(parse_path(str(tmp_path / ("x" * 5000))))
