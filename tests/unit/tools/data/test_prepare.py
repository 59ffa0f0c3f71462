"""Preparing: what is written, once and whole, and what happens when it cannot be."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
import textwrap
from pathlib import Path
from random import Random
from string import ascii_lowercase

import pytest

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import DatasetInfo, Mapping, SplitChoice
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import list_datasets, load_dataset, load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.workspace import Workspace, open_workspace
from tests.unit.tools.data.conftest import Write

SPLITS = ("train", "validation", "test")


def csv_rows(count: int, extra: str = "") -> str:
    rows = "".join(f"what is the thing called number {n * 37}?,it is {n}\n" for n in range(count))
    return "question,answer\n" + rows + extra


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_every_row_lands_on_one_side_with_its_line(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", csv_rows(60, "what is the thing called number 0?,it is 0\n"))
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    rows = [row for split in SPLITS for row in load_rows(workspace, info.id, split)]  # type: ignore[arg-type]
    assert (info.rows_in, info.duplicates, info.left_out) == (61, 1, 0)
    assert len(rows) == info.train + info.validation + info.test == 60
    assert len({row.id for row in rows}) == 60
    source = path.read_text().splitlines()
    for row in rows:
        assert row.source.file == "rows.csv"
        line = source[row.source.line - 1]
        assert line == f"{row.prompt[0].content},{row.completion}"


def test_the_same_inputs_give_the_same_data_set_untouched(
    workspace: Workspace, write: Write
) -> None:
    path = write("rows.csv", csv_rows(60))
    first = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    folder = workspace.datasets / first.id
    before = {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()}
    again = prepare_dataset(
        workspace, path, first.mapping, leave_out_unusable=True, fractions=first.fractions
    )
    assert again == first
    assert {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.iterdir()} == before
    assert [info.id for info in list_datasets(workspace)] == [first.id]


def test_another_home_reaches_the_same_id_and_rows(tmp_path: Path, write: Write) -> None:
    path = write("rows.csv", csv_rows(60))
    homes = [open_workspace(tmp_path / name) for name in ("one", "two")]
    infos = [prepare_dataset(home, path, None, leave_out_unusable=False) for home in homes]
    assert infos[0].id == infos[1].id
    for split in SPLITS:
        texts = [(h.datasets / infos[0].id / f"{split}.jsonl").read_bytes() for h in homes]
        assert texts[0] == texts[1]


def test_other_choices_give_another_data_set(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", csv_rows(60))
    mapping = inspect_file(path).mapping
    system = mapping.model_copy(update={"system": "Be brief."})
    ids = {
        prepare_dataset(workspace, path, mapping, leave_out_unusable=False).id,
        prepare_dataset(workspace, path, system, leave_out_unusable=False).id,
        prepare_dataset(workspace, path, mapping, leave_out_unusable=False, seed=14).id,
        prepare_dataset(
            workspace, path, mapping, leave_out_unusable=False, fractions=(0.6, 0.2, 0.2)
        ).id,
    }
    assert len(ids) == 4


def test_no_row_nor_near_copy_of_its_prompt_is_on_two_sides(
    workspace: Workspace, write: Write
) -> None:
    random = Random(5)
    prompts = []
    for _ in range(150):
        words = ["".join(random.choices(ascii_lowercase, k=6)) for _ in range(9)]
        base = " ".join(words)
        prompts += [base, base.upper() + "!", base + " please", " ".join([*words[:8], "other"])]
    rows = [{"prompt": p, "completion": f"answer {n}"} for n, p in enumerate(prompts)]
    path = write("rows.jsonl", "\n".join(json.dumps(row) for row in rows))
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    sides = {
        split: [set(_words(row.prompt[-1].content)) for row in load_rows(workspace, info.id, split)]  # type: ignore[arg-type]
        for split in SPLITS
    }
    assert all(sides.values())
    assert info.near_duplicates == 600
    for held_out in sides["test"] + sides["validation"]:
        for learned in sides["train"]:
            assert len(held_out & learned) / len(held_out | learned) < 0.7


def _words(text: str) -> list[str]:
    return "".join(char for char in text.lower() if char.isalnum() or char == " ").split()


def test_consent_is_needed_to_leave_rows_out(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", csv_rows(30, "an empty one?,\nragged,row,here\n"))
    with pytest.raises(LuthierError) as caught:
        prepare_dataset(workspace, path, None, leave_out_unusable=False)
    assert caught.value.code == "data.consent_needed"
    assert "2 of 32 rows" in caught.value.what
    assert "line 32" in caught.value.why or "line 33" in caught.value.why
    assert everything(workspace.datasets) == []
    info = prepare_dataset(workspace, path, None, leave_out_unusable=True)
    assert (info.left_out, info.train + info.validation + info.test) == (2, 30)


def test_rows_set_aside_are_left_out_and_make_another_data_set(
    workspace: Workspace, write: Write
) -> None:
    path = write("rows.csv", csv_rows(60))
    whole = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    aside = tuple(row.id for row in load_rows(workspace, whole.id, "test")[:3])
    info = prepare_dataset(workspace, path, None, leave_out_unusable=True, exclude=aside)
    assert info.id != whole.id
    assert (info.left_out, info.train + info.validation + info.test) == (3, 57)
    kept = {row.id for split in SPLITS for row in load_rows(workspace, info.id, split)}  # type: ignore[arg-type]
    assert not kept & set(aside)
    assert set(info.exclude) == set(aside)


def test_ten_rows_have_one_or_two_on_each_side(workspace: Workspace, write: Write) -> None:
    info = prepare_dataset(
        workspace, write("elle.csv", csv_rows(10)), None, leave_out_unusable=False
    )
    assert (info.train, info.validation, info.test) == (7, 1, 2)
    assert any(problem.code == "few_rows" for problem in info.problems)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (csv_rows(1), "data.too_few_rows"),
        (csv_rows(2), "data.too_few_rows"),
        ("question,answer\n" + "same,row\n" * 20, "data.all_identical"),
        ("question,answer\n" + "".join(f",{n}\n" for n in range(20)), "data.one_column"),
        ("question,answer,x\n" + "".join(f"q{n},,1\n" for n in range(20)), "data.no_usable_rows"),
    ],
)
def test_hopeless_files_are_refused_in_plain_words(
    workspace: Workspace, write: Write, content: str, code: str
) -> None:
    path = write("rows.csv", content)
    mapping = Mapping(prompt=("question",), completion="answer")
    with pytest.raises(LuthierError) as caught:
        prepare_dataset(
            workspace,
            path,
            None if code == "data.one_column" else mapping,
            leave_out_unusable=True,
        )
    assert caught.value.code == code
    assert caught.value.remedy
    assert everything(workspace.datasets) == []


def test_a_file_that_changed_since_it_was_shown(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", csv_rows(30))
    seen = inspect_file(path)
    path.write_text(csv_rows(31))
    with pytest.raises(LuthierError) as caught:
        prepare_dataset(
            workspace, path, seen.mapping, leave_out_unusable=False, expected_sha256=seen.sha256
        )
    assert caught.value.code == "data.changed"
    assert caught.value.place == str(path)
    assert everything(workspace.datasets) == []


def test_a_file_that_changes_while_it_is_read(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", csv_rows(3000))

    def interfere(label: str, done: float, total: float) -> None:
        if label.startswith("Reading"):
            with path.open("a") as stream:
                stream.write("one more?,row\n")

    with pytest.raises(LuthierError) as caught:
        prepare_dataset(workspace, path, None, leave_out_unusable=True, progress=interfere)
    assert caught.value.code == "data.changed"
    assert everything(workspace.datasets) == []


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (errno.ENOSPC, "data.disk_full", "Free some space"),
        (errno.EDQUOT, "data.disk_full", "Free some space"),
        (errno.EACCES, "data.cannot_write", "LUTHIER_HOME"),
        (errno.EROFS, "data.cannot_write", "LUTHIER_HOME"),
    ],
)
def test_the_system_refuses_to_write(
    workspace: Workspace,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    code: str,
    said: str,
) -> None:
    path = write("rows.csv", csv_rows(30))

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(LuthierError) as caught:
        prepare_dataset(workspace, path, None, leave_out_unusable=False)
    monkeypatch.undo()
    assert caught.value.code == code
    assert os.strerror(number) in caught.value.why
    assert said in caught.value.remedy
    assert caught.value.place == str(workspace.datasets)
    assert everything(workspace.datasets) == []
    assert list_datasets(workspace) == []
    prepare_dataset(workspace, path, None, leave_out_unusable=False)  # and once there is room


def test_a_real_limit_on_file_size_leaves_nothing_behind(
    workspace: Workspace, write: Write
) -> None:
    path = write("rows.csv", csv_rows(5000))
    script = textwrap.dedent(
        """
        import signal, sys
        from pathlib import Path
        from luthier.tools.data.prepare import prepare_dataset
        from luthier.tools.errors import LuthierError
        from luthier.tools.workspace import Workspace
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            prepare_dataset(Workspace(Path(sys.argv[1])), Path(sys.argv[2]), None,
                            leave_out_unusable=False)
        except LuthierError as error:
            print(error.code)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(workspace.home), str(path)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert (done.stdout.strip(), done.stderr) == ("data.disk_full", "")
    assert everything(workspace.datasets) == []


def test_cancelling_leaves_nothing_behind(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", csv_rows(3000))

    def cancel(label: str, done: float, total: float) -> None:
        if label == "Comparing questions":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_dataset(workspace, path, None, leave_out_unusable=False, progress=cancel)
    assert everything(workspace.datasets) == []


def test_progress_runs_from_nothing_to_all(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", csv_rows(6_000))
    told: list[tuple[str, float, float]] = []
    prepare_dataset(
        workspace, path, None, leave_out_unusable=False, progress=lambda *step: told.append(step)
    )
    labels = list(dict.fromkeys(label for label, _, _ in told))
    assert labels == [
        "Looking at rows.csv",
        "Reading rows.csv",
        "Finishing the checks",
        "Comparing questions",
        "Grouping near-copies",
        "Writing the splits",
    ]
    for wanted in labels:
        steps = [(done, total) for label, done, total in told if label == wanted]
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1] > 0
        assert all(0 <= done <= total for done, total in steps)


def test_a_lost_database_finds_the_folder_again(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", csv_rows(30))
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    workspace.database_path.unlink()
    assert load_dataset(workspace, info.id) == info
    prepare_dataset(workspace, path, None, leave_out_unusable=False)
    assert list_datasets(workspace) == [info]


def test_an_incomplete_folder_is_written_anew(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", csv_rows(30))
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    rows = load_rows(workspace, info.id, "train")
    (workspace.datasets / info.id / "train.jsonl").unlink()
    with pytest.raises(LuthierError) as caught:
        load_rows(workspace, info.id, "train")
    assert caught.value.code == "data.dataset_missing"
    prepare_dataset(workspace, path, None, leave_out_unusable=False)
    assert load_rows(workspace, info.id, "train") == rows


def test_what_a_killed_process_left_is_cleared_away(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", csv_rows(5000))
    script = (
        "import os, sys; from pathlib import Path\n"
        "from luthier.tools.data.prepare import prepare_dataset\n"
        "from luthier.tools.workspace import Workspace\n"
        "def die(label, done, total):\n"
        "    if label == 'Comparing questions': os.kill(os.getpid(), 9)\n"
        "prepare_dataset(Workspace(Path(sys.argv[1])), Path(sys.argv[2]), None,"
        " leave_out_unusable=False, progress=die)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(workspace.home), str(path)], check=False
    )
    assert done.returncode == -9
    assert any(name.startswith(".preparing-") for name in everything(workspace.datasets))
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    assert [entry.name for entry in workspace.datasets.iterdir()] == [info.id]


def test_two_processes_at_once_make_one_data_set(workspace: Workspace, write: Write) -> None:
    path = write("rows.csv", csv_rows(300))
    script = (
        "import sys; from pathlib import Path\n"
        "from luthier.tools.data.prepare import prepare_dataset\n"
        "from luthier.tools.workspace import open_workspace\n"
        "print(prepare_dataset(open_workspace(Path(sys.argv[1])), Path(sys.argv[2]), None,"
        " leave_out_unusable=False).id)\n"
    )
    command = [sys.executable, "-c", script, str(workspace.home), str(path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    ids = {process.communicate()[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert [entry.name for entry in workspace.datasets.iterdir()] == list(ids)


@pytest.mark.parametrize("damage", ["cut", "info"])
def test_a_damaged_data_set_is_written_anew(
    workspace: Workspace, write: Write, damage: str
) -> None:
    path = write("rows.csv", csv_rows(30))
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False)
    rows = load_rows(workspace, info.id, "train")
    folder = workspace.datasets / info.id
    (folder / ("train.jsonl" if damage == "cut" else "info.json")).write_text("{")
    prepare_dataset(workspace, path, None, leave_out_unusable=False)
    assert load_rows(workspace, info.id, "train") == rows


@pytest.mark.parametrize("damage", ["cut", "garbage", "info"])
def test_damaged_files_are_noticed(workspace: Workspace, write: Write, damage: str) -> None:
    info = prepare_dataset(
        workspace, write("rows.csv", csv_rows(30)), None, leave_out_unusable=False
    )
    folder = workspace.datasets / info.id
    train = folder / "train.jsonl"
    if damage == "cut":
        train.write_text("".join(train.read_text().splitlines(keepends=True)[:-2]))
    elif damage == "garbage":
        train.write_bytes(b"\xff\xfe\x00" + train.read_bytes())
    else:
        (folder / "info.json").write_text("{")
    with pytest.raises(LuthierError) as caught:
        load_rows(workspace, info.id, "train")
    assert caught.value.code == "data.dataset_damaged"
    assert str(folder) in caught.value.place
    assert "again" in caught.value.remedy


@pytest.mark.parametrize("name", ["", "nothing", "../../etc", "a/b"])
def test_an_unknown_id_is_explained(workspace: Workspace, name: str) -> None:
    with pytest.raises(LuthierError) as caught:
        load_dataset(workspace, name)
    assert caught.value.code == "data.dataset_missing"


def test_what_is_stored_is_what_was_returned(workspace: Workspace, write: Write) -> None:
    info = prepare_dataset(
        workspace,
        write("rows.csv", csv_rows(30)),
        None,
        leave_out_unusable=False,
        name="Orders",
    )
    assert info.name == "Orders"
    with workspace.database() as database:
        stored = database.table("datasets").get(info.id)
    assert (
        DatasetInfo.model_validate_json(stored["info"]) == info == load_dataset(workspace, info.id)
    )
    assert len(info.id) == 16


def test_the_sentence_on_the_split_names_the_test_rows_there_are(
    workspace: Workspace, write: Write
) -> None:
    whole = prepare_dataset(workspace, write("a.csv", csv_rows(60)), None, leave_out_unusable=False)
    assert f"{whole.test} test rows of 60" in whole.split_reason
    customers = "".join(f"what of {n * 37} and {n}?,it is {n},c{n // 9}\n" for n in range(63))
    path = write("b.csv", "question,answer,customer\n" + customers)
    choice = SplitChoice(method="group", column="customer")
    info = prepare_dataset(workspace, path, None, leave_out_unusable=False, choice=choice)
    assert info.test == 9
    assert info.split_reason.startswith("9 test rows instead of the 16 planned")
