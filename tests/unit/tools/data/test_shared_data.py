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
    "snips/validate_GetWeather.json": ("json", "structured", "answer", 100, 99, 1, ""),
    "snips/train_PlayMusic_full.json": ("json", "structured", "answer", 2000, 1986, 14, ""),
}  # fmt: skip
REFUSED = {
    "banking77/categories.json": "only one column",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_real_file_is_read_for_what_it_is(
    shared_data: Path, workspace: Workspace, name: str
) -> None:
    format_, task, answer, rows_in, usable, duplicates, finding = EXPECTED[name]
    found = inspect_file(shared_data / name)
    assert (found.format, found.task.kind) == (format_, task)
    assert answer in (found.mapping.messages or found.mapping.completion)
    assert (found.rows_in, found.usable, found.duplicates) == (rows_in, usable, duplicates)
    assert found.usable + found.duplicates + found.left_out == found.rows_in
    assert not finding or finding in {problem.code for problem in found.problems}
    assert found.mapping.confident or found.usable == 0
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


@pytest.mark.parametrize(
    ("name", "rows_in", "usable"),
    [("llama-factory/c4_demo.jsonl", 300, 299), ("llama-factory/wiki_demo.txt", 715, 715)],
)
def test_plain_text_is_to_be_continued_and_says_so(
    shared_data: Path, workspace: Workspace, name: str, rows_in: int, usable: int
) -> None:
    found = inspect_file(shared_data / name)
    assert (found.rows_in, found.usable) == (rows_in, usable)
    assert found.mapping.continuation
    assert not found.mapping.confident
    assert "retrieval" in found.mapping.reason
    check_prepared(workspace, shared_data / name, found)


def test_a_folder_of_splits_is_read_split_by_split(shared_data: Path) -> None:
    found = inspect_file(shared_data / "snips")
    assert (found.format, found.parts, found.part) == ("folder", ("train", "validation"), "train")
    assert (found.rows_in, found.usable, found.duplicates) == (13784, 13615, 169)


def test_an_emoji_in_halves_and_accents_are_both_right(shared_data: Path) -> None:
    found = inspect_file(shared_data / "snips" / "train_PlayMusic_full.json")
    assert found.encoding == "UTF-8 (CESU-8)"
    assert not any(problem.code == "damaged_characters" for problem in found.problems)
