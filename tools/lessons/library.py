"""The built-in lessons: short entries on tuning, each a Markdown file with a few header lines.

The English ones lie in ``entries/``, those of another language in ``entries/<code>/`` under the same
names. A lesson that a language lacks is shown in English.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from luthier.tools.language import ENGLISH, current_language


@dataclass(frozen=True, slots=True)
class Lesson:
    """One entry. ``terms`` are other names and typical questions; ``related`` are ids."""

    id: str
    title: str
    text: str
    terms: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    score: float = 0.0


def list_lessons(code: str = "") -> tuple[Lesson, ...]:
    """All lessons in a language (by default the one in use), ordered by id."""
    return _lessons_in(code or current_language().code)


@cache
def _lessons_in(code: str) -> tuple[Lesson, ...]:
    folder = files("luthier.tools") / "lessons" / "entries"
    english = _read_folder(folder)
    if code != ENGLISH.code:
        for lesson in _read_folder(folder / code).values():
            english[lesson.id] = replace(lesson, related=english[lesson.id].related)
    return tuple(lesson for _id, lesson in sorted(english.items()))


def _read_folder(folder: Traversable) -> dict[str, Lesson]:
    if not folder.is_dir():
        return {}
    names = [entry for entry in folder.iterdir() if entry.name.endswith(".md")]
    lessons = (
        read_lesson(entry.name.removesuffix(".md"), entry.read_text(encoding="utf-8"))
        for entry in names
    )
    return {lesson.id: lesson for lesson in lessons}


def read_lesson(lesson_id: str, source: str) -> Lesson:
    """Parse one file: ``title``, ``terms`` (split at ``|``) and ``related`` between two ``---``.

    Only the English file names what is related; a translation has it from there.

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
