"""Every row is written or accounted for, files of others are left alone, and nothing half-done stays."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.stored_rows import assistant, judged, pairs, plain, row, store, user, with_tools

from luthier.tools.data.exports.registry import EXPORTS, export_for
from luthier.tools.data.exports.views import export_views
from luthier.tools.data.exports.write import export_dataset
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Message, Row, ToolCall
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import SPLITS, load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.workspace import Workspace

CALL = ToolCall(name="weather", arguments={"place": "Oslo"})
ROWS = {"plain": plain(), "tools": with_tools(), "pairs": pairs(), "judged": judged()}


@pytest.mark.parametrize("export", [export.name for export in EXPORTS])
@pytest.mark.parametrize("rows", list(ROWS))
def test_every_row_is_written_or_left_out_with_a_reason(
    workspace: Workspace, tmp_path: Path, export: str, rows: str
) -> None:
    info = store(workspace, ROWS[rows])
    report = export_dataset(workspace, info.id, export, tmp_path / "out")
    assert report.rows == len(ROWS[rows]) == report.written + sum(report.left_out.values())
    assert sum(file.rows or 0 for file in report.files) == report.written
    for file in report.files:
        if file.rows is None:
            continue
        text = Path(file.path).read_text(encoding="utf-8")
        read = (
            json.loads(text)
            if file.path.endswith(".json")
            else [json.loads(line) for line in text.splitlines()]
        )
        assert len(read) == file.rows
        assert len({tuple(line) for line in read}) == 1 or export in ("openai", "axolotl")
    assert export_views(report)[0].rows


@pytest.mark.parametrize(
    ("export", "unwanted"), [("trl", 10), ("axolotl", 10), ("llama-factory", 10), ("openai", 0)]
)
def test_unwanted_answers_go_to_those_who_learn_from_them(
    workspace: Workspace, tmp_path: Path, export: str, unwanted: int
) -> None:
    path = tmp_path / "judged.jsonl"
    path.write_text(
        "".join(
            json.dumps({"prompt": f"{w} the {n} of it?", "completion": f"{n}{w}.", "label": n != "end"})
            + "\n"
            for w in ("Where is", "Who likes", "When began", "How was", "Why not", "Which had",
                      "Whose was", "What does", "Can we see", "Do they want")
            for n in ("end", "beginning", "middle")
        )
    )  # fmt: skip
    info = prepare_dataset(workspace, path, None, leave_out_unusable=True)
    assert sum(info.unwanted) == 10
    report = export_dataset(workspace, info.id, export, tmp_path / "out")
    assert report.rows == 30 == report.written + sum(report.left_out.values())
    assert sum(report.left_out.values()) == 10 - unwanted
    assert all("not wanted" in reason for reason in report.left_out)
    texts = [Path(f.path).read_text() for f in report.files if f.rows is not None]
    assert "".join(texts).count('"label": false') == unwanted


def test_the_folder_is_left_as_it_was_where_nothing_fits(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = [row(n, assistant("Welcome."), user("Hi"), assistant(f"Yes {n}.")) for n in range(8)]
    info = store(workspace, rows)
    with pytest.raises(LuthierError) as caught:
        export_dataset(workspace, info.id, "llama-factory", tmp_path / "deep" / "out")
    assert caught.value.code == "export.nothing"
    assert "begins the conversation" in caught.value.why
    assert not (tmp_path / "deep").exists()


def test_files_that_are_there_are_not_replaced_unasked(
    workspace: Workspace, tmp_path: Path
) -> None:
    info = store(workspace, plain())
    (tmp_path / "train.jsonl").write_text("mine")
    with pytest.raises(LuthierError) as caught:
        export_dataset(workspace, info.id, "trl", tmp_path)
    assert caught.value.code == "export.exists"
    assert (tmp_path / "train.jsonl").read_text() == "mine"
    assert not list(tmp_path.glob(".exporting*"))
    export_dataset(workspace, info.id, "trl", tmp_path, overwrite=True)
    assert len((tmp_path / "train.jsonl").read_text().splitlines()) == info.train


def test_entries_of_other_data_sets_stay_in_dataset_info(
    workspace: Workspace, tmp_path: Path
) -> None:
    info = store(workspace, plain())
    (tmp_path / "dataset_info.json").write_text('{"alpaca_en": {"file_name": "a.json"}}')
    export_dataset(workspace, info.id, "LLaMA-Factory", tmp_path)
    entries = json.loads((tmp_path / "dataset_info.json").read_text())
    assert list(entries) == [
        "alpaca_en",
        "shop_data_train",
        "shop_data_validation",
        "shop_data_test",
    ]
    (tmp_path / "dataset_info.json").write_text("[1]")
    with pytest.raises(LuthierError) as caught:
        export_dataset(workspace, info.id, "llama-factory", tmp_path, overwrite=True)
    assert caught.value.code == "export.cannot_merge"


def test_stopping_in_the_middle_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    info = store(workspace, plain(2500))

    def stop(label: str, done: float, total: float) -> None:
        if label.startswith("Writing"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_dataset(workspace, info.id, "openai", tmp_path / "out", progress=stop)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("OpenAI", "openai"),
        ("LLaMA Factory", "llama-factory"),
        ("llamafactory", "llama-factory"),
        ("alpaca", "llama-factory-alpaca"),
        ("Axolotl", "axolotl"),
        ("share gpt", "sharegpt"),
        ("prompt/completion", "trl-prompt-completion"),
        ("TRL", "trl"),
    ],
)
def test_formats_are_found_by_how_people_write_them(words: str, name: str) -> None:
    assert export_for(words).name == name


def test_an_unknown_format_names_those_there_are() -> None:
    with pytest.raises(LuthierError) as caught:
        export_for("word document")
    assert "axolotl" in caught.value.remedy


def test_answers_that_are_all_wanted_are_like_any_others(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = [one.model_copy(update={"label": True}) for one in plain()]
    report = export_dataset(workspace, store(workspace, rows).id, "openai", tmp_path / "out")
    assert report.written == len(rows)


@pytest.mark.parametrize(
    ("turns", "format_name", "reason"),
    [
        (
            [user("a"), Message(role="system", content="b"), assistant("c")],
            "llama-factory",
            "system",
        ),
        ([Message(role="tool", content="b"), assistant("c")], "openai", "nobody called"),
        ([user("a"), assistant("b", weight=0)], "openai", "to be learned"),
        ([user("a"), assistant("Let me see.", CALL), assistant("b")], "sharegpt", "in one turn"),
    ],
)
def test_what_a_format_cannot_say_is_named(
    workspace: Workspace, tmp_path: Path, turns: list[Message], format_name: str, reason: str
) -> None:
    rows: list[Row] = [*plain(8), row(99, *turns)]
    report = export_dataset(workspace, store(workspace, rows).id, format_name, tmp_path / "out")
    assert [(reason in why, count) for why, count in report.left_out.items()] == [(True, 1)]


@pytest.mark.parametrize("rows", ["plain", "tools"])
def test_sharegpt_is_read_back_as_it_was(workspace: Workspace, tmp_path: Path, rows: str) -> None:
    info = store(workspace, ROWS[rows])
    export_dataset(workspace, info.id, "sharegpt", tmp_path)
    for split in SPLITS:
        (path,) = tmp_path.glob(f"*{split}*.json*")
        found = inspect_file(path)
        assert "ShareGPT" in found.mapping.reason
        stored = load_rows(workspace, info.id, split)
        assert [sample.completion for sample in found.samples] == [
            row.completion for row in stored[:3]
        ]
        assert found.usable + found.duplicates == len(stored)


def test_what_a_killed_export_left_goes_with_the_next(workspace: Workspace, tmp_path: Path) -> None:
    info, out = store(workspace, ROWS["plain"]), tmp_path / "out"
    script = (
        "import os, sys; from pathlib import Path\n"
        "from luthier.tools.data.exports import write\n"
        "from luthier.tools.workspace import open_workspace\n"
        "write._EVERY = 1\n"
        "def die(label, done, total):\n"
        "    if label.startswith('Writing'): os.kill(os.getpid(), 9)\n"
        "home = open_workspace(Path(sys.argv[1]))\n"
        "write.export_dataset(home, sys.argv[2], 'trl', Path(sys.argv[3]), progress=die)\n"
    )
    command = [sys.executable, "-c", script, str(workspace.home), info.id, str(out)]
    assert subprocess.run(command, check=False).returncode == -9
    assert [one.name.startswith(".exporting-") for one in out.iterdir()] == [True]
    report = export_dataset(workspace, info.id, "trl", out)
    assert {str(one) for one in out.iterdir()} == {file.path for file in report.files}
