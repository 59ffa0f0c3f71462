"""Metrics for SQL: the same query however it is written, readable at all, and the same result.

Queries are only executed against a database in memory, made anew from the user's own schema or copied
from their file, with writing refused by SQLite itself and a limit on the steps. Code in other languages
is never executed.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from luthier.tools.data.model import Task
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.metrics.base import Asked, Bound, Metric, Standards
from luthier.tools.evaluation.metrics.labels import tidy
from luthier.tools.language import _, mark

MOST_STEPS = 2_000_000  # of SQLite's machine; a second or so
STEP = 10_000
MOST_ROWS = 10_000
_SQLITE = b"SQLite format 3\x00"
_READING = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_FORBIDDEN_FUNCTIONS = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"}


def canonical(text: str) -> str | None:
    """The query in one spelling (names in lower case, one form of each clause), or None: no SQL."""
    import sqlglot
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

    query = text.strip().removeprefix("```sql").strip("`").strip().rstrip(";")
    if not query:
        return None
    try:
        parsed = sqlglot.parse(query)
    except (SqlglotError, RecursionError):
        return None
    trees = [tree for tree in parsed if tree is not None]
    if not trees or any(tree.key in ("alias", "column", "command") for tree in trees):
        return None  # a word alone is an expression to the parser
    return "; ".join(normalize_identifiers(tree).sql(comments=False) for tree in trees)


def _match(_task: Task, expected: str, answer: str) -> float:
    wanted, given = canonical(expected), canonical(answer)
    if wanted is None or given is None:
        return float(tidy(expected) == tidy(answer))
    return float(wanted == given)


def _valid(_task: Task, _expected: str, answer: str) -> float:
    return float(canonical(answer) is not None)


def _result(standards: Standards) -> Bound | None:
    path = standards.plan.database
    if not path:
        return None
    with _database(path):
        pass  # says at once what is wrong with it

    def score(asked: list[Asked]) -> list[float]:
        with _database(path) as database:
            return [float(_same(database, one)) for one in asked]

    return Bound(
        lambda asked: score(list(asked)),
        _("Executed against a copy of {path} in memory, reading only.", path=path),
    )


def _same(database: sqlite3.Connection, one: Asked) -> bool:
    wanted, given = _run(database, one.expected), _run(database, one.answer)
    if wanted is None or given is None:
        return False
    if "order by" in one.expected.lower():
        return wanted == given
    return Counter(wanted) == Counter(given)


def _run(database: sqlite3.Connection, query: str) -> list[tuple[Any, ...]] | None:
    """The rows of a query; None where it fails, writes, or takes too long."""
    steps = 0

    def too_long() -> bool:
        nonlocal steps
        steps += STEP
        return steps > MOST_STEPS

    text = query.strip().removeprefix("```sql").strip("`").strip()
    database.set_progress_handler(too_long, STEP)
    try:
        return [tuple(row) for row in database.execute(text).fetchmany(MOST_ROWS)]
    except (sqlite3.Error, sqlite3.Warning, ValueError):
        return None


@contextmanager
def _database(path: str) -> Iterator[sqlite3.Connection]:
    """A database in memory with the schema and rows of ``path``, which can only be read.

    Raises:
        LuthierError: the file cannot be read, or is neither a database nor SQL.
    """
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            content = Path(path).read_bytes()
            if content.startswith(_SQLITE):
                readonly = f"{Path(path).absolute().as_uri()}?mode=ro"
                with closing(sqlite3.connect(readonly, uri=True)) as source:
                    source.backup(database)
            else:
                database.set_authorizer(_no_files)
                database.executescript(content.decode("utf-8"))
        except (OSError, UnicodeDecodeError, sqlite3.Error) as error:
            raise LuthierError(
                _("The database for the queries cannot be made."),
                why=_("The system says: {reason}.", reason=error),
                remedy=_("Name a SQLite file, or a .sql file that SQLite can execute."),
                place=path,
                code="evaluation.bad_database",
            ) from error
        database.set_authorizer(_only_reading)
        yield database


def _no_files(action: int, first: str | None, second: str | None, *_rest: Any) -> int:
    if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH):
        return sqlite3.SQLITE_DENY
    return _functions(action, second)


def _only_reading(action: int, first: str | None, second: str | None, *_rest: Any) -> int:
    return _functions(action, second) if action in _READING else sqlite3.SQLITE_DENY


def _functions(action: int, name: str | None) -> int:
    forbidden = action == sqlite3.SQLITE_FUNCTION and (name or "").lower() in _FORBIDDEN_FUNCTIONS
    return sqlite3.SQLITE_DENY if forbidden else sqlite3.SQLITE_OK


SQL_MATCH = Metric(
    name="sql_match",
    title=mark("same query"),
    explanation=mark(
        "Share of answers that are the expected query; capitals, blanks and line breaks do not matter, "
        "values do."
    ),
    score=_match,
)

VALID_SQL = Metric(
    name="valid_sql",
    title=mark("readable SQL"),
    explanation=mark("Share of answers that can be read as SQL at all, right or wrong."),
    score=_valid,
)

SQL_RESULT = Metric(
    name="sql_result",
    title=mark("same result"),
    explanation=mark(
        "Share of answers that give the same rows as the expected query on your database, in the same "
        "order only where the expected query orders them."
    ),
    bind=_result,
)
