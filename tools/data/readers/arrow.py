"""Arrow: the IPC file (which is Feather) and stream formats; row numbers as lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from luthier.tools.data.readers.base import Format, Head, Item, Recognition, Source
from luthier.tools.data.readers.foreign import guarded
from luthier.tools.data.readers.parquet import batch_items
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

_FILE = b"ARROW1"
_STREAM = b"\xff\xff\xff\xff"


class ArrowReader:
    """Columns of Apache Arrow, as ``datasets`` and Feather store them."""

    formats: tuple[Format, ...] = ("arrow",)
    extensions = (".arrow", ".feather", ".ipc")

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim by the marks at the beginning; a stream's must be followed by a schema."""
        if head.raw.startswith(_FILE):
            return Recognition("arrow", _("The file begins with Arrow's mark ARROW1."), "file")
        named = head.path.suffix.lower() in self.extensions
        if head.raw.startswith(_STREAM) and (named or wanted):
            return Recognition("arrow", _("The file begins like an Arrow stream."), "stream")
        if wanted is None:
            return None
        raise _damaged(head.path.name, _("it does not begin with Arrow's mark"))

    def read(self, source: Source) -> Iterator[Item]:
        """One record per row."""
        row = 0
        with (
            guarded(lambda why: _damaged(source.path.name, why)),
            source.content.open("rb") as stream,
        ):
            source.position = stream.tell
            for batch in _batches(stream, source.recognition.options):
                batch.validate(full=True)  # a damaged batch would crash the process when it is read
                yield from batch_items(batch, row)
                row += batch.num_rows


def _batches(stream: Any, kind: str) -> Iterator[Any]:
    import pyarrow
    from pyarrow import ipc

    if kind == "stream":
        yield from ipc.open_stream(stream)
    else:
        reader = ipc.open_file(pyarrow.PythonFile(stream))
        for index in range(reader.num_record_batches):
            yield reader.get_batch(index)


def _damaged(name: str, why: str) -> LuthierError:
    return LuthierError(
        _("This Arrow file is damaged or cut off."),
        why=_("In detail: {why}.", why=why),
        remedy=_("Download or export it again; nothing was changed."),
        place=name,
        code="data.damaged_arrow",
    )
