"""What the user allowed for the rest of the session, and how it is taken back."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DataTable, Footer

from luthier.tools.consent import list_allowed, take_back
from luthier.tools.language import _, mark
from luthier.tools.wording import minute
from luthier.tools.workspace import Workspace
from luthier.tui.screens.base import LuthierScreen
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain

NOTHING = mark("Nothing is allowed for the session: you are asked each time.")


class AllowedScreen(LuthierScreen[None]):
    """One line for each yes that lasts; Enter takes it back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", mark("Close"))]

    def __init__(self, workspace: Workspace, session_id: str) -> None:
        super().__init__()
        self._workspace = workspace
        self._session_id = session_id

    def compose(self) -> ComposeResult:
        """A heading, what Enter does, and the list."""
        with Vertical(classes="page"):
            yield Plain(_("Not asked again in this session"), classes="page-title")
            yield Plain("", id="allowed-status", classes="page-empty")
            yield DataTable(cursor_type="row")
        yield Footer(compact=True, show_command_palette=False)

    async def on_mount(self) -> None:
        """Show what there is."""
        table = self.query_one(DataTable)
        for name in (_("What"), _("Since")):
            table.add_column(name)
        table.focus()
        await self._show()

    async def _show(self) -> None:
        found = await asyncio.to_thread(list_allowed, self._workspace, self._session_id)
        table = self.query_one(DataTable)
        table.clear()
        for one in found:
            since = minute(one.given_at)
            table.add_row(Text(clean(one.words)), Text(since), key=one.key)
        table.display = bool(found)
        words = (
            _("Enter takes a line back: it is asked again from then on.") if found else _(NOTHING)
        )
        self.query_one("#allowed-status", Plain).update(words)

    @on(DataTable.RowSelected)
    async def forget(self, event: DataTable.RowSelected) -> None:
        """Take one back."""
        key = str(event.row_key.value)
        await asyncio.to_thread(take_back, self._workspace, self._session_id, key)
        await self._show()
