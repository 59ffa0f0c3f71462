"""The built-in lessons: short entries on tuning, each a Markdown file with a few header lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Lesson:
    """One entry. ``terms`` are other names and typical questions; ``related`` are ids."""

    id: str
    title: str
    text: str
    terms: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    score: float = 0.0


@cache
def list_lessons() -> tuple[Lesson, ...]:
    """All lessons, ordered by id."""
    folder = files("luthier.tools") / "lessons" / "entries"
    found = [
        read_lesson(entry.name.removesuffix(".md"), entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".md")
    ]
    return tuple(sorted(found, key=lambda lesson: lesson.id))


def read_lesson(lesson_id: str, source: str) -> Lesson:
    """Parse one file: ``title``, ``terms`` (split at ``|``) and ``related`` between two ``---``.

    Raises:
        ValueError: the header is missing or has no title; such a file must not be shipped.
    """
    opening, _, rest = source.partition("---\n")
    header, found, text = rest.partition("---\n")
    if opening or not found:
        raise ValueError(f"lesson {lesson_id} has no header")
    fields = dict(line.split(": ", 1) for line in header.splitlines() if ": " in line)
    if not fields.get("title"):
        raise ValueError(f"lesson {lesson_id} has no title")
    return Lesson(
        id=lesson_id,
        title=fields["title"],
        text=text.strip(),
        terms=_listed(fields.get("terms", "")),
        related=_listed(fields.get("related", "")),
    )


def _listed(line: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in line.split("|") if part.strip())
