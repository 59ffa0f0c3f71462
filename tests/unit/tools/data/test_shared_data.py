"""Real files of many kinds go through inspection and preparation with sensible results."""

from __future__ import annotations

from pathlib import Path

import pytest

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Inspection
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.errors import LuthierError
from luthier.tools.workspace import Workspace

# file: format, task, mapping, rows in, usable, duplicates, a finding that must be there
EXPECTED = {
    "banking77/train.csv": ("csv", "labels", "category", 10003, 9999, 4, "licence_notes"),
    "banking77/test.csv": ("csv", "labels", "category", 3080, 3079, 1, ""),
    "sms-spam/SMSSpamCollection": ("tsv", "labels", "Label", 5574, 5160, 414, "dominant_label"),
    "llama-factory/alpaca_en_demo.json": ("json", "text", "output", 999, 985, 14, ""),
    "llama-factory/identity.json": ("json", "text", "output", 91, 91, 0, "placeholders"),
    "llama-factory/dpo_en_demo.json": ("json", "text", "conversations", 299, 294, 5, ""),
    "llama-factory/kto_en_demo.json": ("json", "text", "messages", 300, 150, 0, "marked_bad"),
    "llama-factory/glaive_toolcall_en_demo.json": (
        "json", "text", "conversations", 300, 265, 35, "",
    ),
    "llama-factory/reason_tool_use_demo_50.jsonl": (
        "jsonl", "text", "messages", 50, 50, 0, "",
    ),
    "llama-factory/v1_sft_demo.jsonl": ("jsonl", "text", "messages", 500, 499, 1, "placeholders"),
    "llama-factory/v1_dpo_demo.jsonl": ("jsonl", "text", "chosen_messages", 10, 10, 0, "few_rows"),
    "stanford-alpaca/seed_tasks.jsonl": (
        "jsonl", "text", "instances.0.output", 175, 175, 0, "",
    ),
    "axolotl-fixtures/conversation.json": ("json", "text", "conversations", 1, 1, 0, "few_rows"),
    "axolotl-fixtures/conversation.missingturns.json": (
        "json", "text", "conversations", 1, 0, 0, "missing_content",
    ),
    "llama-factory/dataset_info.json": (
        "json", "text", "columns.response", 104, 10, 3, "empty_prompt",
    ),
    "tldr/text-to-command.jsonl": (
        "jsonl", "command", "command", 21030, 20897, 133, "contradictions",
    ),
    **{
        f"snips/{name}.json": ("json", "structured", "answer", rows_in, usable, rows_in - usable, finding)
        for name, rows_in, usable, finding in (
            ("train_AddToPlaylist_full", 1942, 1936, "duplicates"),
            ("train_BookRestaurant_full", 1973, 1968, "duplicates"),
            ("train_GetWeather_full", 2000, 1994, "duplicates"),
            ("train_PlayMusic_full", 2000, 1986, "encoding"),
            ("train_RateBook_full", 1956, 1923, "duplicates"),
            ("train_SearchCreativeWork_full", 1954, 1951, "duplicates"),
            ("train_SearchScreeningEvent_full", 1959, 1857, "duplicates"),
            ("validate_AddToPlaylist", 100, 100, "licence_notes"),
            ("validate_BookRestaurant", 100, 100, "licence_notes"),
            ("validate_GetWeather", 100, 99, "few_rows"),
            ("validate_PlayMusic", 100, 100, "licence_notes"),
            ("validate_RateBook", 100, 98, "few_rows"),
            ("validate_SearchCreativeWork", 100, 100, "licence_notes"),
            ("validate_SearchScreeningEvent", 100, 100, "near_duplicates"),
        )
    },
}  # fmt: skip
REFUSED = {
    "banking77/categories.json": "only one column",
}
CONTINUED = {"llama-factory/c4_demo.jsonl": (300, 299), "llama-factory/wiki_demo.txt": (715, 715)}
A_GUESS = ("llama-factory/dataset_info.json",)
CLOSELY = 150  # rows at which the expensive checks look; bench/real_files.py has them look at all
ABOUT = ("LICENSE", "DATA_LICENSE", "SOURCES.md")


def test_somebody_has_looked_at_every_file_of_the_folder(shared_data: Path) -> None:
    files = [path for path in shared_data.rglob("*") if path.is_file() and path.name not in ABOUT]
    names = {path.relative_to(shared_data).as_posix() for path in files}
    assert names == {*EXPECTED, *REFUSED, *CONTINUED}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_real_file_is_read_for_what_it_is(
    shared_data: Path, workspace: Workspace, name: str
) -> None:
    format_, task, answer, rows_in, usable, duplicates, finding = EXPECTED[name]
    found = inspect_file(shared_data / name, closely=CLOSELY)
    assert (found.format, found.task.kind) == (format_, task)
    assert answer in (found.mapping.messages or found.mapping.completion)
    assert (found.rows_in, found.usable, found.duplicates) == (rows_in, usable, duplicates)
    assert found.usable + found.duplicates + found.left_out == found.rows_in
    assert not finding or finding in {problem.code for problem in found.problems}
    assert found.mapping.confident is not (name in A_GUESS or found.usable == 0)
    if usable >= 10:
        check_prepared(workspace, shared_data / name, found)


def check_prepared(workspace: Workspace, path: Path, found: Inspection) -> None:
    info = prepare_dataset(workspace, path, found.mapping, leave_out_unusable=True)
    assert info.train + info.validation + info.test == found.usable
    assert min(info.train, info.validation, info.test) >= 1


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_no_pairs_is_refused_with_a_way_out(shared_data: Path, name: str) -> None:
    with pytest.raises(LuthierError) as caught:
        inspect_file(shared_data / name)
    assert REFUSED[name] in caught.value.what
    assert Path(name).name in caught.value.place


@pytest.mark.parametrize("name", CONTINUED)
def test_plain_text_is_to_be_continued_and_says_so(
    shared_data: Path, workspace: Workspace, name: str
) -> None:
    found = inspect_file(shared_data / name, closely=CLOSELY)
    assert (found.rows_in, found.usable) == CONTINUED[name]
    assert found.mapping.continuation
    assert not found.mapping.confident
    assert "retrieval" in found.mapping.reason
    check_prepared(workspace, shared_data / name, found)


def test_a_folder_of_splits_is_read_split_by_split(shared_data: Path) -> None:
    found = inspect_file(shared_data / "snips", closely=CLOSELY)
    assert (found.format, found.parts, found.part) == ("folder", ("train", "validation"), "train")
    assert (found.rows_in, found.usable, found.duplicates) == (13784, 13615, 169)


def test_an_emoji_in_halves_and_accents_are_both_right(shared_data: Path) -> None:
    found = inspect_file(shared_data / "snips" / "train_PlayMusic_full.json")
    assert found.encoding == "UTF-8 (CESU-8)"
    assert not any(problem.code == "damaged_characters" for problem in found.problems)
