"""Deployments before people: a table with what each costs, and the reminder that they run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from luthier.tools.azure.deployments import STATE_WORDS, Deployment, list_deployments
from luthier.tools.azure.tables import HOURS_A_MONTH, hosting_price
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, plural
from luthier.tools.views import Table
from luthier.tools.workspace import Workspace


def deployments_table(found: Sequence[Deployment]) -> Table:
    """One row for each, with its price by the hour and what it has cost so far."""
    price = hosting_price("standard")
    return Table(
        title=_("Deployments at Azure"),
        columns=(
            _("name"),
            _("model"),
            _("state"),
            _("per hour"),
            _("per month"),
            _("so far"),
        ),
        rows=tuple(_row(one) for one in found),
        notes=(
            _(
                "US dollars for existing, as of {read}; questions cost what the base model's cost, "
                "besides. Azure's bill decides.",
                read=price.read if price else "?",
            ),
        ),
    )


def _row(one: Deployment) -> tuple[str, ...]:
    hour = one.hour
    figures = (
        (_("unknown"),) * 3
        if hour is None
        else (f"{hour:.2f}", f"{hour * HOURS_A_MONTH:,.0f}", f"{hour * hours_since(one):,.2f}")
    )
    return (one.name, one.model, _(STATE_WORDS[one.state]), *figures)


def hours_since(one: Deployment) -> float:
    """How long it exists, by this computer's clock; 0 where it was never asked for."""
    if not one.created_at or one.state == "deleted":
        return 0.0
    passed = datetime.now(UTC) - datetime.fromisoformat(one.created_at)
    return max(0.0, passed.total_seconds() / 3600)


def reminder(workspace: Workspace) -> str:
    """What to say when a session opens while something costs by the hour; empty where nothing does.

    A database that cannot be read is reported by whoever needs it; here it only means no reminder.
    """
    try:
        running = [one for one in list_deployments(workspace, running=True) if one.hour != 0]
    except LuthierError:
        return ""
    if not running:
        return ""
    names = ", ".join(f"**{one.name}**" for one in running)
    hour = sum(one.hour or 0 for one in running)
    spent = sum((one.hour or 0) * hours_since(one) for one in running)
    head = plural(
        "{names} is deployed at Azure and costs by the hour, asked or not:",
        "{names} are deployed at Azure and cost by the hour, asked or not:",
        len(running),
        names=names,
    )
    return (
        head
        + " "
        + _(
            "{hour:.2f} US dollars an hour, about {month:,.0f} a month; so far about {spent:,.2f}. Say "
            "“delete the deployment” (or press F12) when it is not needed; the tuned model itself stays.",
            hour=hour,
            month=hour * HOURS_A_MONTH,
            spent=spent,
        )
    )
