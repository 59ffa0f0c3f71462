"""Placeholders that nobody filled in, such as ``{{name}}``: the model would say them as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.language import _

PLACEHOLDER = re.compile(r"(?<!\$)\{\{\s*[A-Za-z_][\w .-]{0,40}\}\}")


class Placeholders:
    """Counts answers that hold a placeholder in double braces."""

    def __init__(self) -> None:
        self._places = Places()
        self._names: dict[str, None] = {}

    def see(self, row: Row) -> None:
        """Look for placeholders in the answer."""
        if "{{" not in row.completion:
            return
        found = PLACEHOLDER.findall(row.completion)
        if not found:
            return
        if len(self._names) < 5:
            self._names.update(dict.fromkeys(found))
        self._places.add(row.source, row.completion)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A warning that names the placeholders."""
        if self._places.count:
            names = ", ".join(list(self._names)[:5])
            yield self._places.problem(
                "placeholders",
                "warns",
                _(
                    "Answers hold placeholders ({names}), which the model will say literally.",
                    names=names,
                ),
                _("Replace them by the real words, unless a program fills them in later."),
            )
