"""What can be looked up: the user's own documents in passages, or the training rows.

Documents are read by the readers that also read data, so whatever Luthier can open can be looked up.
A passage that holds a held-out row, question and answer, would give the test away; it is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from luthier.tools.data.model import Row
from luthier.tools.data.readers.base import Record
from luthier.tools.data.readers.passages import LONGEST, PASSAGE_COLUMNS
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.source import open_source
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.examples import question
from luthier.tools.evaluation.metrics.labels import tidy
from luthier.tools.language import _

MOST_PASSAGES = 20_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to find things by, and what of it is shown to the model."""

    key: str
    shown: str


@dataclass(frozen=True, slots=True)
class Collection:
    """The passages, and how many were left out because they give held-out rows away."""

    passages: tuple[Passage, ...]
    left_out: int = 0


def rows_as_passages(rows: Sequence[Row]) -> Collection:
    """Every training row: found by its request, shown with its answer."""
    return Collection(
        tuple(
            Passage(question(row), f"Message: {question(row)}\nAnswer: {row.completion}")
            for row in rows
        )
    )


def documents_as_passages(path: Path, held_out: Iterable[Row]) -> Collection:
    """The passages of a document, of a folder of them, or of the rows of any file of data.

    Raises:
        LuthierError: it cannot be read, or holds no text (``evaluation.no_passages``).
    """
    found = list(_read(path))
    secrets = [
        (tidy(question(row)).casefold(), tidy(row.completion).casefold()) for row in held_out
    ]
    kept = [one for one in found if not _gives_away(one, secrets)]
    if not kept:
        raise LuthierError(
            _("There is nothing to look up in what you named."),
            why=_("It holds no text, or only rows that are held out for the test."),
            remedy=_("Name a document, or a folder of documents (Markdown, text, PDF, Word)."),
            place=str(path),
            code="evaluation.no_passages",
        )
    return Collection(tuple(kept), len(found) - len(kept))


def _read(path: Path) -> Iterator[Passage]:
    number = 0
    for item in read_items(open_source(path)):
        if not isinstance(item, Record):
            continue
        for text in _texts(item):
            number += 1
            if number > MOST_PASSAGES:
                return
            yield Passage(text, text)


def _texts(record: Record) -> Iterator[str]:
    """A passage under its headings; a row of a table as "column: value" lines."""
    values = record.values
    if set(PASSAGE_COLUMNS) <= set(values):
        section, text = str(values.get("section") or ""), str(values.get("text") or "").strip()
        if text:
            yield f"{section}\n{text}" if section else text
        return
    lines = [f"{name}: {value}" for name, value in values.items() if value not in (None, "")]
    text = "\n".join(lines)
    yield from (text[start : start + LONGEST] for start in range(0, len(text), LONGEST))


def _gives_away(passage: Passage, secrets: Sequence[tuple[str, str]]) -> bool:
    text = tidy(passage.shown).casefold()
    return any(asked and asked in text and answer in text for asked, answer in secrets)
