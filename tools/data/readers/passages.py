"""Documents cut into passages: whole paragraphs under their heading, up to a readable length."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from luthier.tools.data.readers.base import Record, Remark
from luthier.tools.language import _

LONGEST = 1600
"""Characters of a passage: about 400 tokens, so that question and answer fit a small model."""
PASSAGE_COLUMNS = ("text", "heading", "section", "title")
_SENTENCE = re.compile(r"(?<=[.!?。؟])\s+")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (``level`` 0) or a heading of a ``level`` from 1, with the line it starts on."""

    line: int
    text: str
    level: int = 0


def passage_records(blocks: Iterable[Block], extra: dict[str, Any]) -> Iterator[Record | Remark]:
    """Passages as records with text, heading, section (all headings above it) and ``extra``.

    The topic is the section, or the title where there is no heading.

    A heading that neither text nor a smaller heading follows is named as a remark.
    """
    above: list[tuple[int, str]] = []
    held: list[Block] = []
    bare: Block | None = None

    def flush() -> Iterator[Record]:
        if held:
            yield _record(held[0].line, "\n\n".join(block.text for block in held), above, extra)
            held.clear()

    for block in blocks:
        if block.level:
            yield from flush()
            if bare and block.level <= bare.level:
                yield _without_text(bare)
            bare = block
            above[:] = [entry for entry in above if entry[0] < block.level]
            above.append((block.level, block.text))
            continue
        bare = None
        for piece in _pieces(block):
            if sum(len(other.text) + 2 for other in held) + len(piece.text) > LONGEST:
                yield from flush()
            held.append(piece)
    yield from flush()
    if bare:
        yield _without_text(bare)


def _without_text(block: Block) -> Remark:
    return Remark(block.line, "heading_alone", _("“{heading}”", heading=block.text[:60]))


def _record(line: int, text: str, above: list[tuple[int, str]], extra: dict[str, Any]) -> Record:
    names = [name for _level, name in above]
    values = {
        "text": text,
        "heading": names[-1] if names else "",
        "section": " › ".join(names),
        **{name: value for name, value in extra.items() if name not in ("text", "heading")},
    }
    values.setdefault("title", names[0] if names else "")
    values["topic"] = values["section"] or values["title"]
    return Record(line, values)


def _pieces(block: Block) -> Iterator[Block]:
    """The block, or its sentences in groups where it is longer than a passage may be."""
    if len(block.text) <= LONGEST:
        yield block
        return
    held = ""
    for sentence in _SENTENCE.split(block.text):
        while len(sentence) > LONGEST:  # no sentence ends: cut at a blank, or anywhere
            cut = sentence.rfind(" ", LONGEST // 2, LONGEST)
            cut = cut if cut > 0 else LONGEST
            if held:
                yield Block(block.line, held)
                held = ""
            yield Block(block.line, sentence[:cut].strip())
            sentence = sentence[cut:].strip()
        if held and len(held) + len(sentence) + 1 > LONGEST:
            yield Block(block.line, held)
            held = ""
        held = f"{held} {sentence}".strip()
    if held:
        yield Block(block.line, held)


def paragraphs(lines: Iterable[str], first: int = 1) -> Iterator[Block]:
    """Blocks of text between blank lines; a very long run of lines is cut as it comes."""
    held: list[str] = []
    start = first
    size = 0
    for number, line in enumerate(lines, first):
        text = line.strip()
        if text:
            start = start if held else number
            held.append(text)
            size += len(text)
        if held and (not text or size > LONGEST):
            yield Block(start, "\n".join(held))
            held, size = [], 0
    if held:
        yield Block(start, "\n".join(held))
