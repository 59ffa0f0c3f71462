"""The sessions browser: find a conversation and open it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DataTable, Footer, Input

from luthier.agent.titles import TITLES, shown_title
from luthier.tools.language import _, mark
from luthier.tui.screens.base import LuthierScreen
from luthier.tui.sessions import SessionDoor, SummaryLike
from luthier.tui.text import one_line
from luthier.tui.widgets.plain import Plain
from luthier.tui.widgets.row_table import RowTable

COLUMNS = (mark("Session"), mark("Stage"), mark("Last used"), mark("Messages"))


class SessionsScreen(LuthierScreen[str | None]):
    """Lists all sessions, newest first; typing narrows the list, Enter opens."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", mark("Close"))]

    def __init__(self, door: SessionDoor, current: str = "") -> None:
        super().__init__()
        self._door = door
        self._current = current
        self._sessions: Sequence[SummaryLike] = ()

    def compose(self) -> ComposeResult:
        """Search field, table, and a word for when there is nothing."""
        with Vertical(classes="page"):
            yield Plain(_("Sessions"), classes="page-title")
            yield Input(placeholder=_("Type to search, ↓ to the list, Enter opens"))
            yield Plain("", classes="page-empty")
            yield RowTable()
        yield Footer(compact=True, show_command_palette=False)

    async def on_mount(self) -> None:
        """Load the list."""
        table = self.query_one(DataTable)
        for name in COLUMNS:
            table.add_column(_(name), key=name)
        self.query_one(Input).focus()
        self._sessions = await self._door.list()
        self._fill("")

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Show only sessions in which every typed word occurs."""
        self._fill(event.value)

    @on(Input.Submitted)
    def open_first(self) -> None:
        """Enter in the search field opens the row under the cursor."""
        table = self.query_one(DataTable)
        if table.row_count:
            row = table.coordinate_to_cell_key(table.cursor_coordinate).row_key
            self.dismiss(row.value)

    @on(DataTable.RowSelected)
    def open_selected(self, event: DataTable.RowSelected) -> None:
        """Enter or a click on a row opens it."""
        self.dismiss(event.row_key.value)

    def on_key(self, event: events.Key) -> None:
        """Down leaves the search field for the list."""
        if event.key == "down" and isinstance(self.focused, Input):
            event.stop()
            self.query_one(DataTable).focus()

    def _fill(self, wanted: str) -> None:
        table = self.query_one(DataTable)
        table.clear()
        words = wanted.lower().split()
        for session in self._sessions:
            title = one_line(shown_title(session.title), 70)
            if not all(word in f"{title} {session.id} {session.stage}".lower() for word in words):
                continue
            here = f" ({_('open now')})" if session.id == self._current else ""
            used = session.updated_at[:16].replace("T", " ")
            cells = (
                title + here,
                _(TITLES.get(session.stage, session.stage)),
                used,
                str(session.messages),
            )
            table.add_row(*(Text(cell) for cell in cells), key=session.id)
        empty = self.query_one(".page-empty", Plain)
        empty.display = not table.row_count
        empty.update(
            _("Nothing fits these words.") if self._sessions else _("No saved session yet.")
        )
