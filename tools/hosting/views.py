"""Exports and servers as people read them: one table of what was measured, and the reasons."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.hosting.model import Export, Parity, Server
from luthier.tools.language import _
from luthier.tools.views import Callout, Sample, Samples, Setting, Settings, Table, View
from luthier.tools.wording import size


def exports_table(exports: Sequence[Export]) -> Table:
    """One row per export: size, parity, metric, speed and memory, in the given order.

    Whether each is ready is said where one is not: the width is needed for the ids.
    """
    measured = next((one.parity for one in exports if one.parity), None)
    metric = _(find_metric(measured.metric).title) if measured else ""
    failed = any(export.state == "failed" for export in exports)
    notes = []
    if measured:
        notes.append(
            _(
                "“{metric}” of the tuned model itself on the same rows: {share}.",
                metric=metric,
                share=f"{measured.reference:.0%}",
            )
        )
        notes.append(
            _(
                "“same answers”: the share of held-out rows which it answers, greedily, in the "
                "tuned model's very words."
            )
        )
    return Table(
        title=_("Exports"),
        columns=(
            _("export"),
            *((_("state"),) if failed else ()),
            _("size"),
            _("same answers"),
            metric or _("metric"),
            _("ends by itself"),
            _("tokens/s"),
            _("memory"),
            _("id"),
        ),
        rows=tuple(_row(export, failed) for export in exports),
        notes=tuple(notes),
        whole=() if failed else (7,),
    )


def _row(export: Export, with_state: bool) -> tuple[str, ...]:
    parity = export.parity
    figures = (
        (
            f"{parity.identical:.0%}",
            f"{parity.score:.0%}",
            f"{parity.stops:.0%}",
            f"{parity.tokens_per_second:.0f}" if parity.tokens_per_second else "",
            size(parity.memory_bytes) if parity.memory_bytes else "",
        )
        if parity
        else ("",) * 5
    )
    state = _("ready") if export.state == "ready" else _("failed")
    amount = size(export.bytes) if export.bytes else ""
    shown = (state,) if with_state else ()
    return (export.title, *shown, amount, *figures, export.short_id)


def export_views(export: Export) -> tuple[View, ...]:
    """One export: its table, why it failed, where it is, and answers that differ."""
    views: list[View] = [exports_table([export])]
    if export.problems:
        views.append(
            Callout(
                tone="bad",
                headline=_("{title} is not usable.", title=export.title),
                lines=export.problems,
            )
        )
    elif export.path:
        lines = (export.path, *export.notes)
        views.append(
            Callout(tone="good", headline=_("{title} is ready.", title=export.title), lines=lines)
        )
    if export.parity and export.parity.differences:
        views.append(
            Samples(
                title=_("Where it answers in other words than the tuned model"),
                samples=tuple(
                    Sample(
                        prompt=one.prompt,
                        expected="",
                        answers=((_("tuned model"), one.tuned), (export.title, one.export)),
                    )
                    for one in export.parity.differences
                ),
            )
        )
    return tuple(views)


def servers_table(servers: Sequence[Server]) -> Table:
    """What answers on this computer now."""
    return Table(
        title=_("Servers on this computer"),
        columns=(
            _("server"),
            _("address"),
            _("held by"),
            _("tokens/s"),
            _("memory"),
            _("same answers"),
            _("id"),
        ),
        rows=tuple(
            (
                server.title,
                f"{server.url}/v1",
                server.backend,
                f"{server.tokens_per_second:.0f}",
                size(server.memory_bytes),
                "" if server.identical is None else f"{server.identical:.0%}",
                server.id[-6:],
            )
            for server in servers
        ),
        whole=(1, 6),
    )


def parity_table(title: str, parity: Parity) -> Table:
    """What was measured of one server beside the tuned model on the same rows."""
    metric = _(find_metric(parity.metric).title)
    return Table(
        title=_("{title} on {rows} held-out rows", title=title, rows=parity.rows),
        columns=("", _("tuned model"), _("served")),
        rows=(
            (metric, f"{parity.reference:.0%}", f"{parity.score:.0%}"),
            (_("same answers"), "", f"{parity.identical:.0%}"),
            (_("ends by itself"), f"{parity.reference_stops:.0%}", f"{parity.stops:.0%}"),
            (_("same prompt, byte for byte"), "", _("yes") if parity.template_same else _("no")),
            (_("tokens/s"), "", f"{parity.tokens_per_second:.0f}"),
            (_("memory"), "", size(parity.memory_bytes)),
        ),
    )


def server_views(server: Server) -> tuple[View, ...]:
    """One server: where it answers, how to use it, how to end it."""
    short = server.id[-6:]
    return (
        Settings(
            title=server.title,
            settings=(
                Setting(name=_("Address"), value=f"{server.url}/v1", reason=_("OpenAI's form")),
                Setting(name=_("Model"), value=server.model),
                Setting(
                    name=_("Key"),
                    value=server.key_file,
                    reason=_("a file that only you can read; `luthier host key` prints it"),
                ),
                Setting(
                    name=_("Page to try it"),
                    value=server.url,
                    reason=_("`luthier host open` gives the link with the key"),
                ),
                Setting(
                    name=_("Speed"),
                    value=_("{number} tokens/s", number=f"{server.tokens_per_second:.0f}"),
                    reason=_("measured through HTTP, one request at a time"),
                ),
                Setting(name=_("Memory"), value=size(server.memory_bytes)),
                Setting(name=_("Held by"), value=server.backend, reason=server.log),
            ),
            notes=(
                _("Programs: `luthier host snippets {id}`", id=short),
                _("End it: “stop the server”, or `luthier host stop {id}`", id=short),
            ),
        ),
    )
