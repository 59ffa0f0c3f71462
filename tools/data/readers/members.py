"""A folder read as one source: its files one after another, each by the reader of its own format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from luthier.tools.data.readers.base import (
    Format,
    Head,
    Item,
    Reader,
    Recognition,
    Record,
    Remark,
    Source,
    Unreadable,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the folder: how it is read, or why it is not.

    ``refused`` names a file that should have been read, ``passed_over`` one that need not.
    """

    name: str
    source: Source | None = None
    reader: Reader | None = None
    refused: str = ""
    passed_over: str = ""


@dataclass(frozen=True, slots=True)
class Members:
    """Files in order; documents say in each row which file it came from."""

    members: tuple[Member, ...]
    documents: bool = False


class FolderReader:
    """What ``folders.open_folder`` put together."""

    formats: tuple[Format, ...] = ("folder",)
    extensions: tuple[str, ...] = ()

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """Never a claim: folders are recognised where they are opened."""
        return None

    def read(self, source: Source) -> Iterator[Item]:
        """The rows of every file, each with the file's name."""
        options: Members = source.recognition.options
        done = 0
        for member in options.members:
            if member.passed_over:
                yield Remark(1, "file_left_out", member.passed_over, "", member.name)
            elif member.source is None or member.reader is None:
                yield Unreadable(1, "unreadable_file", member.refused, "", member.name)
            else:
                inner = member.source
                source.position = partial(_position, done, inner)
                for item in member.reader.read(inner):
                    yield _named(item, member.name, options.documents)
                done += inner.bytes
        source.position = lambda: done


def _position(before: int, inner: Source) -> int:
    return before + inner.position()


def _named(item: Item, name: str, document: bool) -> Item:
    file = f"{name}/{item.file}" if item.file else name
    if isinstance(item, Record) and document:
        return replace(item, values={**item.values, "file": file}, file=file)
    return replace(item, file=file)
