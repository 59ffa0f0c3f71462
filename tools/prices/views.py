"""Prices as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.language import _
from luthier.tools.prices.table import PriceLine
from luthier.tools.views import Table


def prices_table(lines: Sequence[PriceLine]) -> Table:
    """Every line with its day and source; what is empty is unknown."""
    return Table(
        title=_("Prices in US dollars for a million tokens"),
        columns=(
            _("where"),
            _("model"),
            _("what"),
            _("read"),
            _("written"),
            _("trained"),
            _("answers until"),
            _("of the day"),
            _("source"),
        ),
        rows=tuple(
            (
                line.host,
                line.model,
                _("as it comes") if line.kind == "chat" else _("tuned"),
                _money(line.input),
                _money(line.output),
                _training(line),
                line.until,
                line.read,
                line.source,
            )
            for line in lines
        ),
        notes=(_("An empty field is unknown."),),
    )


def _money(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}"


def _training(line: PriceLine) -> str:
    if line.training_hour is not None:
        return _("{price:,.2f} an hour", price=line.training_hour)
    return _money(line.training)
