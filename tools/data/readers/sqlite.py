"""Tables and views of an SQLite database, opened so that nothing can be written, not even a lock.

A database with an unmerged write-ahead log is copied first, because SQLite would otherwise put
files beside the user's own. The "line" of a record is the number of its row in the table.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from luthier.tools.data.readers.base import Format, Head, Item, Recognition, Record, Source
from luthier.tools.data.readers.parts import choose_part
from luthier.tools.data.temporary import temporary_folder
from luthier.tools.data.vocabulary import is_known_name
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, plural

_MAGIC = b"SQLite format 3\x00"
_MOST_TABLES = 200


class SqliteReader:
    """One table or view at a time."""

    formats: tuple[Format, ...] = ("sqlite",)
    extensions = (".sqlite", ".sqlite3", ".db", ".db3")

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim by the first sixteen bytes."""
        if not head.raw.startswith(_MAGIC):
            if wanted is None:
                return None
            raise _damaged(head.path.name, _("it does not begin as SQLite databases do"))
        with _opened(head.path) as database:
            tables = _tables(database)
            if not tables:
                raise LuthierError(
                    _("This database holds no table."),
                    remedy=_("Check that it is the file you meant."),
                    place=head.path.name,
                    code="data.no_rows",
                )
            scores = {name: _score(database, name) for name in tables}
        default = max(tables, key=lambda name: scores[name])
        part = choose_part(head.part, tables, default, head.path)
        count = plural("an SQLite database with {n} table", "an SQLite database with {n} tables",
                       len(tables))  # fmt: skip
        reason = _("The file is {database}; “{table}” is read.", database=count, table=part)
        return Recognition("sqlite", reason, part, parts=tables, part=part)

    def read(self, source: Source) -> Iterator[Item]:
        """One record per row of the table."""
        table: str = source.recognition.options
        with _opened(source.content) as database, closing(database.cursor()) as cursor:
            cursor.execute(f"select * from {_quoted(table)}")
            columns = [column[0] for column in cursor.description]
            for number, row in enumerate(cursor, 1):
                yield Record(number, dict(zip(columns, row, strict=True)))


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    log = path.with_name(f"{path.name}-wal")
    try:
        with ExitStack() as stack:
            address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
            if log.is_file() and log.stat().st_size:
                copy = stack.enter_context(_copied(path, log))
                address = f"file:{quote(str(copy))}"
            database = stack.enter_context(closing(sqlite3.connect(address, uri=True)))
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            yield database
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _damaged(path.name, str(error)) from error


@contextmanager
def _copied(path: Path, log: Path) -> Iterator[Path]:
    with temporary_folder() as folder:
        here = folder / "database"
        shutil.copyfile(path, here)
        shutil.copyfile(log, f"{here}-wal")
        yield here


def _tables(database: sqlite3.Connection) -> tuple[str, ...]:
    rows = database.execute(
        "select name from sqlite_master where type in ('table', 'view') "
        "and name not like 'sqlite!_%' escape '!' order by rowid"
    ).fetchmany(_MOST_TABLES)
    return tuple(str(name) for (name,) in rows)


def _score(database: sqlite3.Connection, table: str) -> tuple[int, int]:
    """Known column names first, then rows, of which no more than 10,000 are counted."""
    name = _quoted(table)
    try:
        columns = [row[1] for row in database.execute(f"pragma table_info({name})")]
        found = database.execute(f"select count(*) from (select 1 from {name} limit 10000)")
        rows = int(found.fetchone()[0])
    except sqlite3.Error:  # a view on a table that is gone is no candidate
        return (-1, 0)
    return (min(2, sum(map(is_known_name, columns))) if rows else -1, rows)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _damaged(name: str, why: str) -> LuthierError:
    return LuthierError(
        _("This SQLite database cannot be read."),
        why=_("SQLite says: {why}.", why=why),
        remedy=_("Make a fresh copy with “VACUUM INTO 'copy.sqlite'”, or export the table as CSV."),
        place=name,
        code="data.damaged_sqlite",
    )
