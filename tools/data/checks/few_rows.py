"""How much so many rows can teach, said honestly.

What to expect: the test's half-width is 1.96 · √(0.25/n) for n test rows (normal approximation of a
share's 95 % interval at one half, its widest). Rules of thumb: OpenAI's guide to supervised fine-tuning
asks for at least 10 rows, sees gains from 50 to 100 and advises to begin with 50 good ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.data.split import choose_sizes
from luthier.tools.language import _, plural

_FEW, _SOME = 20, 100
_PER_LABEL = 10


class FewRows:
    """Needs only the number of rows."""

    def see(self, row: Row) -> None:
        """Nothing to note: the count comes with the findings."""

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A warning below 20 rows, a note below 100 and below ten a label."""
        if rows == 0:
            return
        if rows < _FEW:
            message = plural(
                "Only {n} usable row. So few can teach a tone or a format, but no facts and no "
                "judgement, and a test on one or two of them proves nothing.",
                "Only {n} usable rows. So few can teach a tone or a format, but no facts and no "
                "judgement, and a test on one or two of them proves nothing.",
                rows,
            )
            remedy = _(
                "Write at least 50 varied rows; a few hundred give a result you can measure."
            )
        elif rows < _SOME:
            sizes = choose_sizes(rows, len(task.labels))
            message = _(
                "{rows} usable rows are enough to try. Expect the tone or format to be learned; {test} "
                "of them test it, so differences of less than about {points} points may be chance.",
                rows=rows,
                test=sizes.test,
                points=round(98 / math.sqrt(sizes.test)),
            )
            remedy = _("A few hundred rows give a result you can rely on.")
        elif (
            task.kind == "labels" and len(task.labels) > 1 and rows < _PER_LABEL * len(task.labels)
        ):
            message = _(
                "{rows} rows for {labels} labels are fewer than {least} for each: expect the rare ones "
                "to be mixed up.",
                rows=rows,
                labels=len(task.labels),
                least=_PER_LABEL,
            )
            remedy = _("Add rows for the rare labels, or join labels that are alike.")
        else:
            return
        yield Problem(
            code="few_rows",
            severity="warns" if rows < _FEW else "note",
            message=message,
            remedy=remedy,
            count=rows,
        )
