"""How much so many rows can teach, said honestly."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.data.model import Problem, Row, Task

_FEW, _SOME = 20, 100


class FewRows:
    """Needs only the number of rows."""

    def see(self, row: Row) -> None:
        """Nothing to note: the count comes with the findings."""

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A warning below 20 rows, a note below 100."""
        if rows == 0 or rows >= _SOME:
            return
        if rows < _FEW:
            message = (
                f"Only {rows} usable row{'s' if rows > 1 else ''}. So few can teach a tone or a "
                "format, but no facts and no judgement, and a test on one or two of them proves "
                "nothing."
            )
            remedy = "Write at least 50 varied rows; a few hundred give a result you can measure."
        else:
            message = (
                f"{rows} usable rows are enough to try, but differences in the test of less than "
                "about 20 points may be chance."
            )
            remedy = "A few hundred rows give a result you can rely on."
        yield Problem(
            code="few_rows",
            severity="warns" if rows < _FEW else "note",
            message=message,
            remedy=remedy,
            count=rows,
        )
