"""Answers kept by content, so that no model is asked the same thing twice, whatever was killed.

The key is a hash of all that decides an answer: the model and its revision, the adapter's weights (or
the address and name of a model elsewhere), the request and how long an answer may be. It
lies beside the data set that the requests come from, and goes when that is deleted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from luthier.tools.database import open_database, writing
from luthier.tools.sqlite import Database, Migrations

FILE = "generations.db"
_TABLE = "generations"
_AT_ONCE = 500  # SQLite takes 999 values in a question at the least


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; ``seconds`` is its share of its batch's wall time."""

    text: str
    stopped: bool
    prompt_tokens: int
    completion_tokens: int
    seconds: float


def answer_key(source: str, prompt: Sequence[int], max_new_tokens: int) -> str:
    """The hash under which an answer is kept; ``source`` names model, revision and adapter."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{source}\n{max_new_tokens}\n".encode())
    digest.update(b"".join(token.to_bytes(4, "little") for token in prompt))
    return digest.hexdigest()


def text_key(source: str, prompt: str, max_new_tokens: int) -> str:
    """The same for a model whose tokens are not known here: the request is hashed as it is sent."""
    return answer_key(source, prompt.encode(), max_new_tokens)


migrations = Migrations("generations")


@migrations()
def create_generations(database: Database) -> None:
    """The one table."""
    database.table(_TABLE).create(
        {
            "key": str,
            "text": str,
            "stopped": int,
            "prompt_tokens": int,
            "completion_tokens": int,
            "seconds": float,
        },
        pk="key",
    )


class GenerationCache:
    """A small SQLite file of answers by key; fails as :func:`open_database` does."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def find(self, keys: Iterable[str]) -> dict[str, Reply]:
        """The answers that are there."""
        if not self._path.exists():
            return {}
        wanted = list(dict.fromkeys(keys))
        found: dict[str, Reply] = {}
        with open_database(self._path, (migrations,)) as database:
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                places = ",".join("?" * len(part))
                for row in database.table(_TABLE).rows_where(f"key in ({places})", part):
                    key = row.pop("key")
                    found[key] = Reply(**{**row, "stopped": bool(row["stopped"])})
        return found

    def keep(self, replies: Mapping[str, Reply]) -> None:
        """Write answers down; they are on the disk when this returns."""
        rows = [{"key": key, **asdict(reply)} for key, reply in replies.items()]
        with open_database(self._path, (migrations,)) as database, writing(database):
            database.table(_TABLE).upsert_all(rows, pk="key")
