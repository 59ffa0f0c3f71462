"""Parquet, read in batches; the "line" of a record is its row number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from luthier.tools.data.readers.base import (
    Format,
    Head,
    Item,
    Recognition,
    Record,
    Source,
    Unreadable,
)
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

_MAGIC = b"PAR1"
_BATCH = 1024


class ParquetReader:
    """Columns of Apache Parquet."""

    formats: tuple[Format, ...] = ("parquet",)
    extensions = (".parquet", ".pq")

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim where the file begins with Parquet's mark."""
        if head.raw.startswith(_MAGIC):
            return Recognition("parquet", _("The file begins with Parquet's mark PAR1."))
        if wanted is None:
            return None
        raise _damaged(head.path.name, _("it does not begin with Parquet's mark PAR1"))

    def read(self, source: Source) -> Iterator[Item]:
        """One record per row."""
        import pyarrow
        from pyarrow import parquet

        row = 0
        try:
            with source.content.open("rb") as stream:
                source.position = stream.tell
                for batch in parquet.ParquetFile(stream).iter_batches(_BATCH):
                    yield from batch_items(batch, row)
                    row += batch.num_rows
        except (pyarrow.ArrowException, OSError) as error:
            why = _(
                "reading stopped after row {row}: {reason}",
                row=row,
                reason=str(error).splitlines()[0],
            )
            raise _damaged(source.path.name, why) from error


def batch_items(batch: Any, before: int) -> Iterator[Item]:
    """Each row of an Arrow batch, numbered after the ``before`` rows of earlier batches."""
    for row, values in enumerate(_rows(batch), before + 1):
        if isinstance(values, str):
            yield Unreadable(row, "data_type", values)
        else:
            yield Record(row, values)


def _rows(batch: object) -> Iterator[dict[str, object] | str]:
    """The batch's rows; a value that Python cannot hold (such as year 99999) costs its row only."""
    try:
        yield from batch.to_pylist()  # type: ignore[attr-defined]
    except (ValueError, OverflowError, UnicodeDecodeError):
        for index in range(batch.num_rows):  # type: ignore[attr-defined]
            try:
                yield from batch.slice(index, 1).to_pylist()  # type: ignore[attr-defined]
            except (ValueError, OverflowError, UnicodeDecodeError) as error:
                yield _("a value cannot be read: {reason}", reason=error)


def _damaged(name: str, why: str) -> LuthierError:
    return LuthierError(
        _("This Parquet file is damaged or cut off."),
        why=_("In detail: {why}.", why=why),
        remedy=_("Download or export it again; nothing was changed."),
        place=name,
        code="data.damaged_parquet",
    )
