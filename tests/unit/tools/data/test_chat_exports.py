"""Chats of WhatsApp, Slack, ChatGPT and Claude become rows of one person's answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from luthier.tools.data.inspect import EVERYBODY, inspect_file
from luthier.tools.data.model import Mapping, Row
from luthier.tools.data.readers.base import Record
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.source import open_source
from luthier.tools.data.survey import survey
from luthier.tools.errors import LuthierError

SPELLINGS = {
    "Android, German": "{d:02}.03.24, 21:{m:02} - {name}: {text}",
    "Android, British": "{d:02}/03/2024, 21:{m:02} - {name}: {text}",
    "Android, American": "3/{d}/24, 9:{m:02}\u202fPM - {name}: {text}",
    "iPhone": "[{d:02}/03/2024, 21:{m:02}:05] {name}: {text}",
    "iPhone with marks": "\u200e[{d:02}.03.24, 21:{m:02}:05] \u200e{name}: {text}",
    "ISO": "[2024-03-{d:02}, 21:{m:02}:05] {name}: {text}",
    "Brazilian": "{d:02}/03/2024 21:{m:02} - {name}: {text}",
    "Arabic": "{d:02}‏/03‏/2024، 9:{m:02} م - {name}: {text}",
}


def chat(spelling: str, days: int = 20) -> str:
    lines = []
    for day in range(1, days + 1):
        for minute, (name, text) in enumerate(
            [("Max Weber", f"what about day {day}?"), ("Anna", f"day {day} is fine, Max\nreally")]
        ):
            lines.append(spelling.format(d=day, m=minute, name=name, text=text))
    return "\n".join(lines)


def records(path: Path) -> list[Record]:
    return [item for item in read_items(open_source(path)) if isinstance(item, Record)]


@pytest.mark.parametrize("name", SPELLINGS)
def test_whatsapp_in_many_countries(tmp_path: Path, name: str) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(chat(SPELLINGS[name]), encoding="utf-8")
    assert open_source(path).recognition.format == "whatsapp"
    found = records(path)
    assert len(found) == 20  # one conversation a day
    assert found[0].values["turns"] == [
        {"speaker": "Max Weber", "text": "what about day 1?"},
        {"speaker": "Anna", "text": "day 1 is fine, Max\nreally"},
    ]
    assert found[4].values["began"] == "2024-03-05 21:00"


def test_what_nobody_said_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    lines = [
        "12.03.24, 07:00 - Messages are end-to-end encrypted.",
        "12.03.24, 07:01 - Max: <Media omitted>",
        *chat(SPELLINGS["Android, German"]).split("\n"),
    ]
    path.write_text("\n".join(lines))
    counts = {problem.code: problem.count for problem in inspect_file(path).problems}
    assert (counts["no_speaker"], counts["no_text"]) == (1, 1)


def test_the_assistant_is_chosen_and_names_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(chat(SPELLINGS["iPhone"]))
    proposed = inspect_file(path)
    assert not proposed.mapping.confident
    assert proposed.speakers == ("Anna", "Max Weber")
    wish = Mapping(assistant="anna", people=EVERYBODY)
    found = inspect_file(path, mapping=wish)
    assert found.mapping.confident
    assert found.samples[0].prompt == "what about day 1?"
    assert found.samples[0].completion == "day 1 is fine, Person B\nreally"
    with pytest.raises(LuthierError) as caught:
        inspect_file(path, mapping=Mapping(assistant="Otto"))
    assert "Max Weber" in caught.value.why


def test_turns_that_nobody_answers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    lines = [
        *chat(SPELLINGS["ISO"]).split("\n"),
        "[2024-03-20, 21:09:05] Max Weber: are you there?",
    ]
    path.write_text("\n".join(lines))
    found = inspect_file(path, mapping=Mapping(assistant="Anna"))
    (finding,) = [problem for problem in found.problems if problem.code == "unanswered_turns"]
    assert (finding.count, finding.lines, finding.leaves_out) == (1, (58,), False)
    other = inspect_file(path, mapping=Mapping(assistant="Max"))
    counts = {problem.code: problem.count for problem in other.problems}
    assert (other.usable, counts["speaker_silent"]) == (1, 19)


def slack(folder: Path) -> Path:
    (folder / "general").mkdir(parents=True)
    users = [{"id": "U1", "real_name": "Ann Lee"}, {"id": "U2", "profile": {"display_name": "Bob"}}]
    (folder / "users.json").write_text(json.dumps(users))
    for day in range(1, 8):
        start = 1_704_000_000 + day * 86_400
        messages = [
            {"user": "U2", "text": f"<@U1> how do I restart {day}? &amp; why", "ts": str(start)},
            {"user": "U1", "text": f"use <https://x.y|the panel> {day}", "ts": str(start + 60)},
            {"subtype": "channel_join", "user": "U2", "text": "joined", "ts": str(start + 90)},
            {"user": "U2", "text": "thread?", "ts": str(start + 95), "thread_ts": f"{day}"},
            {"user": "U1", "text": "yes", "ts": str(start + 99), "thread_ts": f"{day}"},
        ]
        (folder / "general" / f"2024-01-0{day}.json").write_text(json.dumps(messages))
    return folder


def test_slack_folder_and_zip(tmp_path: Path) -> None:
    folder = slack(tmp_path / "export")
    found = inspect_file(folder)
    assert (found.format, found.rows_in, found.speakers) == ("slack", 14, ("Ann Lee", "Bob"))
    assert found.samples[0].prompt == "@Ann Lee how do I restart 1? & why"
    assert found.samples[0].completion == "use the panel 1"
    archive = shutil.make_archive(str(tmp_path / "zipped"), "zip", folder)
    zipped = inspect_file(Path(archive))
    assert (zipped.rows_in, zipped.samples) == (found.rows_in, found.samples)
    rows: list[Row] = []
    survey(open_source(Path(archive)), zipped.mapping, keep=lambda row, _record: rows.append(row))
    assert rows[0].source.file == "general/2024-01-01.json"


def node(key: str, parent: str | None, role: str, text: str, **extra: object) -> dict[str, object]:
    content = {"content_type": "text", "parts": [text]}
    message = {"author": {"role": role}, "content": content, **extra} if role else None
    return {"id": key, "parent": parent, "children": [], "message": message}


def test_chatgpt_takes_the_branch_that_was_followed(tmp_path: Path) -> None:
    tree = {
        "root": node("root", None, "", ""),
        "hidden": node("hidden", "root", "system", "be kind"),
        "ask": node("ask", "hidden", "user", "which colour?"),
        "first": node("first", "ask", "assistant", "red"),
        "search": node("search", "ask", "assistant", "search(colour)", recipient="browser"),
        "second": node("second", "search", "assistant", "blue"),
        "more": node("more", "second", "assistant", "or green"),
    }
    rows = [{"title": f"t{n}", "mapping": tree, "current_node": "more"} for n in range(3)]
    (tmp_path / "conversations.json").write_text(json.dumps(rows))
    found = inspect_file(tmp_path / "conversations.json")
    assert "ChatGPT export" in found.mapping.reason
    assert found.columns == ("title", "mapping", "current_node")
    assert (found.samples[0].prompt, found.samples[0].completion) == (
        "which colour?", "blue\n\nor green",
    )  # fmt: skip


def test_claude_export(tmp_path: Path) -> None:
    turns = [{"sender": "human", "text": "hi"}, {"sender": "assistant", "text": "hello"}]
    rows = [{"uuid": str(n), "chat_messages": turns} for n in range(3)]
    (tmp_path / "conversations.json").write_text(json.dumps(rows))
    found = inspect_file(tmp_path / "conversations.json")
    assert "Claude export" in found.mapping.reason
    assert found.samples[0].completion == "hello"
