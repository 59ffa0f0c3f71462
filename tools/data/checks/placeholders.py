"""Placeholders that nobody filled in, such as ``{{name}}``: the model would say them as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from luthier.tools.data.findings import shorten
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.language import _

PLACEHOLDER = re.compile(r"(?<!\$)\{\{\s*[A-Za-z_][\w .-]{0,40}\}\}")
_MOST_LINES = 20


class Placeholders:
    """Counts answers that hold a placeholder in double braces."""

    def __init__(self) -> None:
        self._lines: list[int] = []
        self._count = 0
        self._names: dict[str, None] = {}
        self._example = ""

    def see(self, row: Row) -> None:
        """Look for placeholders in the answer."""
        if "{{" not in row.completion:
            return
        found = PLACEHOLDER.findall(row.completion)
        if not found:
            return
        self._count += 1
        if len(self._names) < 5:
            self._names.update(dict.fromkeys(found))
        self._example = self._example or shorten(row.completion)
        if len(self._lines) < _MOST_LINES:
            self._lines.append(row.source.line)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A warning that names the placeholders."""
        if self._count:
            names = ", ".join(list(self._names)[:5])
            yield Problem(
                code="placeholders",
                severity="warns",
                message=_(
                    "Answers hold placeholders ({names}), which the model will say literally.",
                    names=names,
                ),
                remedy=_("Replace them by the real words, unless a program fills them in later."),
                count=self._count,
                lines=tuple(self._lines),
                example=self._example,
            )
