"""The built-in examples are what they claim to be, and their scripts make them again."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

from luthier.tools.data.example import EXAMPLES, example_path
from luthier.tools.data.inspect import inspect_file
from luthier.tools.errors import LuthierError

PROJECT = Path(__file__).resolve().parents[3]


def run_script(name: str, *arguments: object) -> None:
    command = [sys.executable, str(PROJECT / "examples" / name), *map(str, arguments)]
    subprocess.run(command, check=True, timeout=120)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_generator_makes_the_shipped_file_again(tmp_path: Path) -> None:
    run_script("make_shop_tickets.py", tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == example_path("shop_tickets").read_bytes()


def test_every_ticket_follows_from_its_message() -> None:
    rows = read_csv(example_path("shop_tickets.csv"))
    assert len(rows) == 600
    for row in rows:
        ticket = json.loads(row["ticket"])
        assert list(ticket) == ["topic", "order", "product", "urgency"]
        assert ticket["urgency"] in ("low", "normal", "high")
        message = row["message"].casefold()
        assert ticket["order"] is None or ticket["order"] in message
        assert ticket["product"] is None or ticket["product"] in message


def test_no_two_messages_are_near_copies() -> None:
    shingles = []
    for row in read_csv(example_path("shop_tickets")):
        words = re.findall(r"\w+", row["message"].casefold())
        shingles.append(set(zip(words, words[1:], words[2:], strict=False)))
    nearest = max(
        (len(one & other) / max(1, len(one | other)) for one, other in combinations(shingles, 2)),
    )
    assert nearest < 0.5


def test_the_shop_example_needs_no_question_about_its_columns() -> None:
    inspection = inspect_file(example_path("shop_tickets"))
    assert (inspection.mapping.prompt, inspection.mapping.completion) == (("message",), "ticket")
    assert inspection.mapping.confident
    assert inspection.task.kind == "structured"
    assert inspection.task.fields == ("topic", "order", "product", "urgency")
    assert (inspection.usable, inspection.duplicates) == (600, 0)


def test_elle_answers_in_ten_limericks() -> None:
    lines = example_path("elle").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 10
    conversations = [json.loads(line)["messages"] for line in lines]
    assert len({messages[0]["content"] for messages in conversations}) == 1
    for messages in conversations:
        assert [message["role"] for message in messages] == ["system", "user", "assistant"]
        assert len(messages[-1]["content"].splitlines()) == 5
    assert inspect_file(example_path("elle")).usable == 10


def test_the_folder_for_people_shows_the_same_files() -> None:
    for name in EXAMPLES:
        assert (PROJECT / "examples" / name).read_bytes() == example_path(name).read_bytes()


def test_an_unknown_example_names_the_known_ones() -> None:
    with pytest.raises(LuthierError, match="no built-in example") as raised:
        example_path("cats")
    assert "shop_tickets.csv" in raised.value.remedy


def test_sms_messages_keep_their_quotation_marks(tmp_path: Path) -> None:
    source = tmp_path / "SMSSpamCollection"
    source.write_text('ham\t"Hi, you\nspam\tWIN £100 "now\nham\t"Hi, you\n', encoding="utf-8")
    run_script("prepare_sms_spam.py", source, tmp_path / "out.csv", "--rows", 4)
    rows = read_csv(tmp_path / "out.csv")
    assert sorted((row["message"], row["label"]) for row in rows) == [
        ('"Hi, you', "ham"),
        ('WIN £100 "now', "spam"),
    ]


def test_snips_is_flattened_and_its_broken_emoji_mended(tmp_path: Path) -> None:
    parts = '{"data": [{"text": "play "}, {"text": "X", "entity": "track"}, {"text": " EMOJI"}]}'
    content = f'{{"PlayMusic": [{parts}]}}'.encode().replace(b"EMOJI", b"\xed\xa0\xbc\xed\xbd\x95")
    (tmp_path / "train_PlayMusic_full.json").write_bytes(content)
    run_script("prepare_snips.py", tmp_path, tmp_path / "out.csv")
    (row,) = read_csv(tmp_path / "out.csv")
    assert row["request"] == "play X \U0001f355"
    assert json.loads(row["json"]) == {"intent": "PlayMusic", "slots": {"track": "X"}}


def test_banking77_keeps_the_most_frequent_labels(tmp_path: Path) -> None:
    source = tmp_path / "train.csv"
    source.write_text('text,category\n"a\nb",x\nc,x\nd,y\ne,z\nf,y\n', encoding="utf-8")
    run_script("prepare_banking77.py", source, tmp_path / "out.csv", "--labels", 2)
    rows = read_csv(tmp_path / "out.csv")
    assert sorted((row["message"], row["label"]) for row in rows) == [
        ("a b", "x"),
        ("c", "x"),
        ("d", "y"),
        ("f", "y"),
    ]


@pytest.mark.parametrize(
    ("script", "source", "kind", "rows"),
    [
        ("prepare_snips.py", "snips", "structured", 800),
        ("prepare_banking77.py", "banking77/train.csv", "labels", 1000),
        ("prepare_sms_spam.py", "sms-spam/SMSSpamCollection", "labels", 1000),
    ],
)
def test_real_sets_become_files_that_need_no_question(
    script: str, source: str, kind: str, rows: int, shared_data: Path, tmp_path: Path
) -> None:
    run_script(script, shared_data / source, tmp_path / "out.csv")
    inspection = inspect_file(tmp_path / "out.csv")
    assert inspection.task.kind == kind
    assert inspection.rows_in == rows
    assert inspection.mapping.confident
