"""What this machine can do and what is missing, as the command ``luthier doctor`` says it."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer

from luthier.tools.language import _, mark
from luthier.tools.views import View
from luthier.tools.workspace import Workspace
from luthier.tui.screens.base import LuthierScreen
from luthier.tui.widgets.plain import Plain
from luthier.tui.widgets.views import widget_for


class DoctorScreen(LuthierScreen[None]):
    """Looks at the machine in a thread, then shows what was found."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", mark("Close"))]

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace

    def compose(self) -> ComposeResult:
        """A word until the views are there."""
        with VerticalScroll(classes="page"):
            yield Plain(_("Doctor"), classes="page-title")
            yield Plain(_("Looking at this machine…"), id="looking")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to look."""
        self.run_worker(self._look(), exit_on_error=False)

    async def _look(self) -> None:
        views = await asyncio.to_thread(self._examine)
        await self.query_one("#looking").remove()
        await self.query_one(".page").mount_all([widget_for(view) for view in views])

    def _examine(self) -> tuple[View, ...]:
        from luthier.tools.doctor import diagnosis_views, examine

        return tuple(diagnosis_views(examine(self._workspace)))
