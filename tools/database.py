"""The one SQLite file, opened the one way.

Each room declares its own numbered migrations and they live in the same file. A connection belongs
to the thread that opened it, so callers open one per unit of work: opening is cheap, and sharing is
refused by sqlite3.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.sqlite import Database, Migrations


@contextmanager
def open_database(path: Path, migrations: Sequence[Migrations]) -> Iterator[Database]:
    """Open the database in WAL mode with every migration applied, and close it afterwards.

    Raises:
        LuthierError: the file is not a database, cannot be written, the disk is full, or it was
            written by a newer Luthier (``code`` ``database.newer``); the file is left as it was.
    """
    try:
        connection = sqlite3.connect(path, timeout=10)
    except sqlite3.Error as error:
        raise cannot_use(path, error) from error
    try:
        database = Database(connection, strict=True)
        _prepare(database, path, migrations)
        yield database
    except sqlite3.OperationalError as error:
        raise cannot_use(path, error) from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        raise cannot_use(path, error) from error
    finally:
        connection.close()


@contextmanager
def writing(database: Database) -> Iterator[Database]:
    """One transaction that takes the write lock at once and waits for it.

    A transaction that reads first and writes later is refused ("database is locked") where another
    process wrote in between, however long the timeout: SQLite cannot move it to the new content.
    """
    database.conn.execute("begin immediate")
    try:
        yield database
    except BaseException:
        database.conn.rollback()
        raise
    database.conn.commit()


def _prepare(database: Database, path: Path, migrations: Sequence[Migrations]) -> None:
    database.conn.execute("pragma busy_timeout = 10000")
    database.conn.execute("pragma foreign_keys = on")
    database.conn.execute("pragma synchronous = full")
    for migration_set in migrations:
        _refuse_newer(database, path, migration_set)
    if _is_pending(database, migrations):
        _migrate(database, path, migrations)


def _is_pending(database: Database, migrations: Sequence[Migrations]) -> bool:
    return any(migration_set.pending(database) for migration_set in migrations)


def _migrate(database: Database, path: Path, migrations: Sequence[Migrations]) -> None:
    """Apply what is pending, one process at a time: SQLite's own locks do not order migrations."""
    from filelock import FileLock  # 0.1 s that only the first start has to pay

    try:
        with FileLock(f"{path}.lock", timeout=30):
            if _is_pending(database, migrations):
                database.enable_wal()
                for migration_set in migrations:
                    migration_set.apply(database)
    except OSError as error:
        raise cannot_use(path, error) from error


def _refuse_newer(database: Database, path: Path, migration_set: Migrations) -> None:
    known = {migration.name for migration in migration_set._migrations}
    unknown = [done.name for done in migration_set.applied(database) if done.name not in known]
    if unknown:
        raise LuthierError(
            _("This Luthier is older than the one that wrote your sessions."),
            why=_(
                "The database holds changes that this version does not know ({unknown}).",
                unknown=unknown[-1],
            ),
            remedy=_(
                "Update Luthier, or set LUTHIER_HOME to another folder to start afresh. Nothing was "
                "changed."
            ),
            place=str(path),
            code="database.newer",
        )


def cannot_use(path: Path, error: sqlite3.Error | OSError) -> LuthierError:
    """Plain words for a database that the system or SQLite would not let us use."""
    text = str(error)
    if "full" in text or "disk I/O" in text or getattr(error, "errno", None) == errno.ENOSPC:
        remedy = _("Free some disk space and try again; everything saved before is intact.")
    elif "locked" in text:
        remedy = _("Another Luthier is writing. Close it or wait a moment, then try again.")
    elif "not a database" in text or "malformed" in text:
        remedy = _(
            "Move the file away to start afresh (your data sets and models stay where they are), "
            "or restore it from a backup."
        )
    else:
        remedy = _(
            "Check that you may write to this folder, or set LUTHIER_HOME to one where you may."
        )
    return LuthierError(
        _("Luthier's database could not be used."),
        why=_("The system says: {reason}.", reason=text)
        if isinstance(error, OSError)
        else _("SQLite says: {reason}.", reason=text),
        remedy=remedy,
        place=str(path),
        code="database.unusable",
    )
