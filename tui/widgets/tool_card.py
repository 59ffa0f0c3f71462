"""A tool at work, then what it found."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from luthier.tools.language import _
from luthier.tools.wording import duration
from luthier.tui.glyphs import DONE, FAILED, RUNNING
from luthier.tui.text import number, one_line
from luthier.tui.tool_details import details
from luthier.tui.transcript import ToolEntry
from luthier.tui.untrusted import clean
from luthier.tui.widgets.fold import Fold
from luthier.tui.widgets.views import widget_for

_SIGNS = {"running": RUNNING, "ok": DONE, "failed": FAILED}


class ToolCard(Vertical):
    """One line that says what is done and how far it is; the views below it in the end.

    The line opens: with which arguments it was called, and what the brain was told.
    """

    def __init__(self, entry: ToolEntry) -> None:
        super().__init__(classes="message tool")
        self._entry = entry
        self._drawn_views = False

    def compose(self) -> ComposeResult:
        """The head line, and the views where they are there already."""
        yield Fold(head_line(self._entry), details(self._entry), classes="tool-head")
        self._drawn_views = bool(self._entry.views)
        for view in self._entry.views:
            yield widget_for(view)

    async def redraw(self) -> None:
        """Follow the entry: progress in the head line, views when the tool has finished."""
        self.query_one(Fold).show(head_line(self._entry), details(self._entry))
        if self._entry.views and not self._drawn_views:
            self._drawn_views = True
            await self.mount_all([widget_for(view) for view in self._entry.views])


def head_line(entry: ToolEntry) -> Content:
    """Sign, label and progress of a tool; a failure carries its summary."""
    label = clean(entry.label)
    sign = _SIGNS[entry.state]
    if entry.state == "failed":
        # The guide says the rest in its own words below.
        reason = one_line(entry.summary.strip().partition("\n")[0], 300)
        return Content.assemble((f"{sign} {label or entry.name}", "$text-error"), f": {reason}")
    if not label:
        return Content("")
    if entry.state == "ok":
        return Content.assemble((f"{sign} {label}", "dim"))
    return Content.assemble(f"{sign} {label}", (_progress(entry), "dim"))


def _progress(entry: ToolEntry) -> str:
    parts = [one_line(entry.progress)] if entry.progress else []
    if entry.total:
        parts.append(f"{entry.done / entry.total:.0%}")
    elif entry.done:
        parts.append(number(entry.done))
    if entry.seconds_left is not None:
        parts.append(_("about {time} left", time=duration(entry.seconds_left)))
    return " … " + _(", ").join(parts) if parts else " …"
