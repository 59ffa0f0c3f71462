"""Events arrive whole and in order, however the file grows under the reader."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.tools.jobs.folder import append_event
from luthier.tools.jobs.follow import EventReader
from luthier.tools.jobs.model import NoticeEvent

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=6)


@given(TEXTS, st.lists(st.integers(1, 40), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_each_event_is_read_once_whatever_the_pieces(texts: list[str], cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for text in texts:
            append_event(folder, NoticeEvent(at=1, text=text))
        path = folder / "events.jsonl"
        whole = path.read_bytes() if texts else b""
        path.write_bytes(b"")
        reader, read, position = EventReader(folder), [], 0
        while position < len(whole):
            size = cuts[position % len(cuts)]
            with path.open("ab") as stream:
                stream.write(whole[position : position + size])
            position += size
            read += reader.read_new()

        assert [event.text for event in read if isinstance(event, NoticeEvent)] == texts
        assert reader.skipped == 0


@given(TEXTS, st.data())
@settings(max_examples=60, deadline=None)
def test_a_death_in_mid_line_costs_that_line_only(texts: list[str], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for text in texts:
            append_event(folder, NoticeEvent(at=1, text=text))
        torn = NoticeEvent(at=1, text="torn").model_dump_json().encode()
        with (folder / "events.jsonl").open("ab") as stream:
            stream.write(torn[: data.draw(st.integers(0, len(torn) - 1))])
        append_event(folder, NoticeEvent(at=1, text="after"))

        read = EventReader(folder).read_new()

        assert [event.text for event in read if isinstance(event, NoticeEvent)] == [*texts, "after"]
