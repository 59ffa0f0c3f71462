"""Who speaks: the offline guide, or a language model that is tried out before it gets the seat."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DataTable, Footer, Input

from luthier.agent.settings import BrainSettings, load_settings, make_settings
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.workspace import Workspace
from luthier.tui.screens.base import LuthierScreen
from luthier.tui.widgets.plain import Plain
from luthier.tui.widgets.row_table import RowTable

GUIDE = "guide"
LOOKING = mark("Looking for model servers on this computer…")
HELP = mark(
    "Enter takes a line. Or type an address and a model, such as https://api.openai.com/v1 gpt-5"
)
NOTHING = mark("No model server answers on this computer.")


@dataclass(frozen=True, slots=True)
class Seat:
    """The user's choice; ``settings`` is None for the guide."""

    settings: BrainSettings | None


class BrainScreen(LuthierScreen[Seat | None]):
    """Lists the guide, the model in use and the models of local servers; tests before it takes one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", mark("Close"))]

    def __init__(self, workspace: Workspace, speaking: str) -> None:
        """Args: ``speaking`` is the name of who speaks now."""
        super().__init__()
        self._workspace = workspace
        self._speaking = speaking
        self._offers: dict[str, BrainSettings] = {}

    def compose(self) -> ComposeResult:
        """Who speaks, the offers, a field for any other, and a line for what is going on."""
        with Vertical(classes="page"):
            yield Plain(_("Who speaks"), classes="page-title")
            yield Plain(_("Now you talk to {name}.", name=self._speaking), classes="page-empty")
            yield Plain(LOOKING, id="brain-status")
            yield Input(placeholder=_("ADDRESS MODEL"))
            yield RowTable()
        yield Footer(compact=True, show_command_palette=False)

    async def on_mount(self) -> None:
        """Show what is known at once, and look for servers meanwhile."""
        table = self.query_one(DataTable)
        for name in (mark("Who"), mark("Where")):
            table.add_column(_(name), key=name)
        table.add_row(
            Text(_("Offline guide")), Text(_("here, without a model or a key")), key=GUIDE
        )
        table.focus()
        self.run_worker(self._look(), exit_on_error=False)

    async def _look(self) -> None:
        from luthier.agent.brains.discover import find_servers

        try:
            current = await asyncio.to_thread(load_settings, self._workspace)
        except LuthierError as error:
            self._say(error.as_text())
            current = None
        if current:
            self._offer(current, _("{host} (as chosen before)", host=current.host))
        servers = await find_servers()
        for server in servers:
            for model in server.models:
                self._offer(
                    make_settings(server.base_url, model),
                    _("{name}, this computer", name=server.name),
                )
        self._say(_(HELP) if self._offers else f"{_(NOTHING)} {_(HELP)}")

    def _offer(self, settings: BrainSettings, where: str) -> None:
        key = f"{settings.base_url} {settings.model}"
        if key not in self._offers:
            self._offers[key] = settings
            self.query_one(DataTable).add_row(Text(settings.model), Text(where), key=key)

    @on(DataTable.RowSelected)
    def take(self, event: DataTable.RowSelected) -> None:
        """The guide is taken at once, a model after its test."""
        key = str(event.row_key.value)
        if key == GUIDE:
            self.dismiss(Seat(None))
        else:
            self._try(self._offers[key])

    @on(Input.Submitted)
    def take_typed(self, event: Input.Submitted) -> None:
        """An address and a model were typed."""
        address, _, model = event.value.strip().partition(" ")
        try:
            self._try(make_settings(address, model))
        except LuthierError as error:
            self._say(error.as_text())

    def _try(self, settings: BrainSettings) -> None:
        self._say(_("Trying {name}: one call with a tool…", name=settings.words))
        self.run_worker(self._test(settings), group="test", exclusive=True, exit_on_error=False)

    async def _test(self, settings: BrainSettings) -> None:
        from luthier.agent.brains.probe import probe

        result = await probe(settings)
        if result.ok:
            self.dismiss(Seat(settings))
        else:
            self._say(result.words)

    def _say(self, text: str) -> None:
        self.query_one("#brain-status", Plain).update(text)
