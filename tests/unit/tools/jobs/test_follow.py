"""Following events while they are written, torn lines included."""

from __future__ import annotations

from pathlib import Path

from luthier.tools.jobs.folder import append_event
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.model import NoticeEvent, ProgressEvent


def notice(text: str) -> NoticeEvent:
    return NoticeEvent(at=1.0, text=text)


def test_each_event_is_read_once(tmp_path: Path) -> None:
    reader = EventReader(tmp_path)
    assert reader.read_new() == []
    append_event(tmp_path, notice("one"))
    append_event(tmp_path, ProgressEvent(at=2, label="rows", done=1, total=2))

    assert reader.read_new() == [
        notice("one"),
        ProgressEvent(at=2, label="rows", done=1, total=2),
    ]
    assert reader.read_new() == []
    append_event(tmp_path, notice("two ü"))
    assert reader.read_new() == [notice("two ü")]


def test_a_line_is_read_only_when_it_is_whole(tmp_path: Path) -> None:
    line = notice("größer").model_dump_json().encode() + b"\n"
    reader = EventReader(tmp_path)
    path = tmp_path / "events.jsonl"
    for end in range(len(line)):
        path.write_bytes(line[:end])
        assert reader.read_new() == []
    path.write_bytes(line)
    assert reader.read_new() == [notice("größer")]
    assert reader.skipped == 0


def test_a_torn_line_is_ended_and_skipped(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b'{"type":"notice","at":1,"te')
    append_event(tmp_path, notice("after"))

    reader = EventReader(tmp_path)
    assert reader.read_new() == [notice("after")]
    assert reader.skipped == 1


def test_an_event_of_a_newer_version_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b'{"type":"telepathy","at":1}\n\xff\xfe\n\n')
    append_event(tmp_path, notice("after"))

    reader = EventReader(tmp_path)
    assert reader.read_new() == [notice("after")]
    assert reader.skipped == 2
