"""SQLite: the table with questions and answers is found, and the database is never written to."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Mapping
from luthier.tools.errors import LuthierError


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "support desk.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table users (id integer, name text)")
        connection.execute('create table "old tickets" (question text, answer text)')
        connection.execute('create view solved as select question q1, answer a1 from "old tickets"')
        connection.executemany("insert into users values (?, ?)", [(n, "u") for n in range(300)])
        rows = [(f"how do I reset {n}?", f"press {n} times") for n in range(40)]
        connection.executemany('insert into "old tickets" values (?, ?)', rows)
        connection.commit()
    return path


def test_the_table_with_known_columns_is_read(database: Path) -> None:
    before = (database.read_bytes(), sorted(database.parent.iterdir()))
    found = inspect_file(database)
    assert (found.format, found.part) == ("sqlite", "old tickets")
    assert found.parts == ("users", "old tickets", "solved")
    assert (found.rows_in, found.usable) == (40, 40)
    assert inspect_file(database, mapping=Mapping(part="solved")).columns == ("q1", "a1")
    assert (database.read_bytes(), sorted(database.parent.iterdir())) == before


def test_rows_still_in_the_write_ahead_log_are_seen_and_left_there(database: Path) -> None:
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("pragma journal_mode=wal")
        writer.execute("""insert into "old tickets" values ('new?', 'yes')""")
        writer.commit()
        files = {path.name: path.stat().st_size for path in database.parent.iterdir()}
        assert inspect_file(database).rows_in == 41
        assert {p.name: p.stat().st_size for p in database.parent.iterdir()} == files


def test_a_damaged_database_is_refused(database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[100:3000] = b"\xff" * 2900
    database.write_bytes(content)
    with pytest.raises(LuthierError) as caught:
        inspect_file(database)
    assert caught.value.code in ("data.damaged_sqlite", "data.no_rows")
    assert caught.value.remedy
