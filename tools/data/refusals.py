"""Why a file that was read cannot become a data set, in plain words."""

from __future__ import annotations

from luthier.tools.data.model import Lineage
from luthier.tools.data.places import in_file, place_of
from luthier.tools.data.readers.base import Source
from luthier.tools.data.survey import Survey
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, plural
from luthier.tools.wording import rows


def refuse_unusable(found: Survey, source: Source) -> None:
    """Say why, where no row or only one row in many copies is left."""
    if found.usable == 0:
        worst = found.problems[0]
        raise LuthierError(
            plural(
                "None of the {n} rows can be used.",
                "None of the {n} rows can be used.",
                found.rows_in,
            )
            if found.rows_in > 1
            else _("The only row cannot be used."),
            why=_("Most often: {finding}", finding=worst.message),
            remedy=worst.remedy or _("Check that the right columns are mapped."),
            place=place_of(
                Lineage(
                    file=source.path.name,
                    line=worst.lines[0] if worst.lines else 1,
                    row=worst.rows[0] if worst.rows else 0,
                )
            ),
            code="data.no_usable_rows",
        )
    if found.usable == 1 and found.duplicates:
        raise LuthierError(
            plural(
                "The only usable row is repeated.",
                "All {n} usable rows are the same.",
                found.duplicates + 1,
            ),
            why=_("One row repeated can neither teach nor test anything."),
            remedy=_("Check that the export is right, and that the right columns are mapped."),
            place=source.path.name,
            code="data.all_identical",
        )


def refuse_without_consent(found: Survey, consent: bool, source: Source) -> None:
    """Ask before rows are left out, naming how many and the first lines."""
    if not found.to_agree or consent:
        return
    worst = next(p for p in found.problems if p.leaves_out and not p.agreed)
    numbers = worst.rows or (0,) * len(worst.lines)
    places = ", ".join(map(in_file, worst.lines[:5], numbers))
    raise LuthierError(
        _("{part} of {rows} cannot be used.", part=f"{found.to_agree:,}", rows=rows(found.rows_in)),
        why=_(
            "Most often: {finding} ({count}, for instance line {places})",
            finding=worst.message,
            count=worst.count,
            places=places,
        ),
        remedy=_("Agree to leave them out, or mend the file and have it inspected again."),
        place=source.path.name,
        code="data.consent_needed",
    )
