"""Why a file that was read cannot become a data set, in plain words."""

from __future__ import annotations

from luthier.tools.data.readers.base import Source
from luthier.tools.data.survey import Survey
from luthier.tools.errors import LuthierError


def refuse_unusable(found: Survey, source: Source) -> None:
    """Say why, where no row or only one row in many copies is left."""
    if found.usable == 0:
        worst = found.problems[0]
        raise LuthierError(
            f"None of the {found.rows_in} rows can be used."
            if found.rows_in > 1
            else "The only row cannot be used.",
            why=f"Most often: {worst.message}",
            remedy=worst.remedy or "Check that the right columns are mapped.",
            place=f"{source.path.name}, line {worst.lines[0] if worst.lines else 1}",
            code="data.no_usable_rows",
        )
    if found.usable == 1 and found.duplicates:
        raise LuthierError(
            f"All {found.duplicates + 1} usable rows are the same.",
            why="One row repeated can neither teach nor test anything.",
            remedy="Check that the export is right, and that the right columns are mapped.",
            place=source.path.name,
            code="data.all_identical",
        )


def refuse_without_consent(found: Survey, consent: bool, source: Source) -> None:
    """Ask before rows are left out, naming how many and the first lines."""
    if not found.to_agree or consent:
        return
    worst = next(p for p in found.problems if p.leaves_out and not p.agreed)
    places = ", ".join(map(str, worst.lines[:5]))
    raise LuthierError(
        f"{found.to_agree} of {found.rows_in} rows cannot be used.",
        why=f"Most often: {worst.message} ({worst.count}, for instance line {places})",
        remedy="Agree to leave them out, or mend the file and have it inspected again.",
        place=source.path.name,
        code="data.consent_needed",
    )
