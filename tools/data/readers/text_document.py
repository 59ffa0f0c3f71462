"""Markdown and plain text: front matter, headings and paragraphs become passages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Any

from luthier.tools.data.readers.base import Format, Head, Item, Recognition, Source
from luthier.tools.data.readers.dialect import judge_dialect
from luthier.tools.data.readers.passages import Block, paragraphs, passage_records
from luthier.tools.language import _

_MARKDOWN = (".md", ".markdown", ".mdx", ".mkd")
_TEXT = (".txt", ".text", ".rst", ".adoc", ".org")
_LONGEST_FRONT_MATTER = 500  # lines
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_PROSE_WORDS = 7  # words on a usual line; tables of labels have fewer


class TextReader:
    """A document without columns."""

    formats: tuple[Format, ...] = ("text", "markdown")
    extensions = (*_MARKDOWN, *_TEXT)

    def recognise(self, head: Head, wanted: Format | None) -> Recognition | None:
        """A claim to Markdown by its name, and to text that reads as prose, not as a table."""
        suffix = head.path.suffix.lower()
        if wanted == "markdown" or (wanted is None and suffix in _MARKDOWN):
            return Recognition("markdown", _("A Markdown document, cut at its headings."))
        if wanted == "text" or (suffix in _TEXT and _is_prose(head)):
            return Recognition("text", _("Plain text, cut into passages at its blank lines."))
        if not suffix and _is_prose(head, in_columns=False):
            return Recognition("text", _("Plain text, cut into passages at its blank lines."))
        return None

    def read(self, source: Source) -> Iterator[Item]:
        """One record per passage."""
        with source.open_text() as stream:
            extra, lines, first = _front_matter(stream)
            extra.setdefault("title", source.content.stem)
            if source.recognition.format == "markdown":
                yield from passage_records(_markdown_blocks(lines, first), extra)
            else:
                yield from passage_records(paragraphs(lines, first), extra)


def _is_prose(head: Head, *, in_columns: bool = True) -> bool:
    """Whether it reads as prose; without ``in_columns``, nothing that might be a table does."""
    lines = [line for line in islice(head.text.split("\n"), 2000) if line.strip()]
    if not lines or "\x00" in head.text:
        return False
    judged = judge_dialect(lines)
    is_sure = judged.agreement > 0.9 or judged.dialect.delimiter == "\t"
    if judged.width > 1 and (is_sure or not in_columns):
        return False
    words = sorted(len(line.split()) for line in lines)
    return words[len(words) // 2] >= _PROSE_WORDS or len(head.text) > 200 * len(lines)


def _front_matter(stream: IO[str]) -> tuple[dict[str, Any], Iterator[str], int]:
    """The YAML between ``---`` lines at the top as columns, the rest, and its first line."""
    first = stream.readline().lstrip("\ufeff")
    if first.rstrip() != "---":
        return {}, chain([first], stream), 1
    held = [first]
    for line in islice(stream, _LONGEST_FRONT_MATTER):
        held.append(line)
        if line.rstrip() in ("---", "..."):
            values = _yaml("".join(held[1:-1]))
            return (values, iter(stream), len(held) + 1) if values else ({}, chain(held, stream), 1)
    return {}, chain(held, stream), 1


def _yaml(text: str) -> dict[str, Any]:
    """Simple values of a YAML mapping; {} where it is none."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        values = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError, TypeError, AttributeError, LookupError):
        return {}  # not front matter, so it stays text
    if not isinstance(values, dict):
        return {}
    return {
        str(name): value if isinstance(value, str) else str(value)
        for name, value in values.items()
        if isinstance(value, (str, int, float, bool))
    }


def _markdown_blocks(lines: Iterator[str], first: int) -> Iterator[Block]:
    """Headings and paragraphs, as CommonMark draws the line; code in fences stays whole."""
    held: list[str] = []
    start, fence = first, ""

    def flush() -> Iterator[Block]:
        if held:
            yield Block(start, "\n".join(held).strip("\n"))
            held.clear()

    for number, raw in enumerate(lines, first):
        line = raw.rstrip()
        mark = _FENCE.match(line)
        if fence:
            held.append(line)
            if mark and mark.group(1).startswith(fence) and not line.strip(" `~"):
                fence = ""
                yield from flush()
            continue
        heading = _ATX.match(line)
        if heading:
            yield from flush()
            yield Block(number, (heading.group(2) or "").strip(), len(heading.group(1)))
        elif len(held) == 1 and not mark and _UNDERLINE.match(line) and held[0].strip():
            yield Block(start, held.pop().strip(), 1 if "=" in line else 2)
        elif not line.strip():
            yield from flush()
        else:
            start = start if held else number
            held.append(line)
            fence = mark.group(1) if mark else ""
    yield from flush()
