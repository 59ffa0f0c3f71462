"""Who speaks: the offline guide, or a language model that is tried out before it gets the seat."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DataTable, Footer, Input

from luthier.agent.brains.discover import LocalServer
from luthier.agent.budget import Budget
from luthier.agent.settings import BrainSettings, load_settings, make_settings
from luthier.tools.endpoints.address import with_keys
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

    def __init__(
        self, workspace: Workspace, speaking: str, servers: Sequence[LocalServer] | None = None
    ) -> None:
        """Args: ``speaking`` is the name of who speaks now; ``servers`` were found already."""
        super().__init__()
        self._workspace = workspace
        self._servers = servers
        self._speaking = speaking
        self._offers: dict[str, BrainSettings] = {}
        self._typed_over = False

    def compose(self) -> ComposeResult:
        """Who speaks, the offers, a field for any other, and a line for what is going on."""
        with Vertical(classes="page"):
            yield Plain(_("Who speaks"), classes="page-title")
            yield Plain(self._welcome(), classes="page-empty")
            yield Plain(LOOKING, id="brain-status")
            yield Input(placeholder=_("ADDRESS MODEL"), select_on_focus=False)
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

    def on_key(self, event: events.Key) -> None:
        """Whatever is typed over the list belongs into the field."""
        character = event.character or ""
        if event.is_printable and (character.strip() or self._typed_over):
            event.stop()
            self._type(character)

    def on_paste(self, event: events.Paste) -> None:
        """So does an address that is pasted."""
        event.stop()
        self._type(event.text.strip())

    @on(Input.Blurred)
    def leave_field(self) -> None:
        """Back in the list Enter takes a line again."""
        self._typed_over = False

    def _type(self, text: str) -> None:
        self._typed_over = True  # keys may still arrive at the list after the field was called
        field = self.query_one(Input)
        field.focus()
        field.insert_text_at_cursor(text)

    async def _look(self) -> None:
        from luthier.agent.brains.discover import find_servers

        try:
            current = await asyncio.to_thread(load_settings, self._workspace)
        except LuthierError as error:
            self._say(error.as_text())
            current = None
        if current:
            self._offer(current, _("{host} (as chosen before)", host=current.host))
        servers = await find_servers() if self._servers is None else self._servers
        for server in servers:
            for model in server.models:
                self._offer(
                    make_settings(server.base_url, model),
                    _("{name}, this computer", name=server.name),
                )
        for url in with_keys():
            self._offer_provider(url)
        self._say(_(HELP) if servers else f"{_(NOTHING)} {_(HELP)}")

    def _welcome(self) -> str:
        if not self._servers:
            return _("Now you talk to {name}.", name=self._speaking)
        return _(
            "{name} runs on this computer. One of its models can speak with you instead of the offline "
            "guide; nothing leaves this computer, and both do the same. /model changes it at any time.",
            name=", ".join(server.name for server in self._servers),
        )

    def _offer_provider(self, url: str) -> None:
        """A provider whose key stands in the environment; the model's name is still to be typed."""
        where = _("{url}, with the key of the environment; say which model", url=url)
        table = self.query_one(DataTable)
        if url not in {str(key.value) for key in table.rows}:
            table.add_row(Text(_("Another model")), Text(where), key=url)

    def _offer(self, settings: BrainSettings, where: str) -> None:
        key = f"{settings.base_url} {settings.model}"
        if key not in self._offers:
            self._offers[key] = settings
            self.query_one(DataTable).add_row(Text(settings.model), Text(where), key=key)

    @on(DataTable.RowSelected)
    def take(self, event: DataTable.RowSelected) -> None:
        """The guide is taken at once, a model after its test."""
        key = str(event.row_key.value)
        if self._typed_over:
            self._try_typed(self.query_one(Input).value)
        elif key == GUIDE:
            self.dismiss(Seat(None))
        elif key in self._offers:
            self._try(self._offers[key])
        else:
            field = self.query_one(Input)
            field.value = f"{key} "
            field.focus()

    @on(Input.Submitted)
    def take_typed(self, event: Input.Submitted) -> None:
        """An address and a model were typed."""
        self._try_typed(event.value)

    def _try_typed(self, text: str) -> None:
        address, _, model = text.strip().partition(" ")
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
        if not result.ok:
            self._say(result.words)
        elif settings.is_local:
            self.dismiss(Seat(settings))
        else:
            self._ask_for(settings)

    def _ask_for(self, settings: BrainSettings) -> None:
        """A model elsewhere speaks only after a yes that knows where the words go and what it costs."""
        from luthier.tui.screens.agree import AgreeScreen

        def take(budget: Budget | None) -> None:
            if budget is not None:
                caps = {"budget_tokens": budget.tokens, "budget_dollars": budget.dollars}
                self.dismiss(Seat(settings.model_copy(update=caps)))
            else:
                self._say(_("{name} was not taken.", name=settings.words))

        self.app.push_screen(AgreeScreen(settings), take)

    def _say(self, text: str) -> None:
        self.query_one("#brain-status", Plain).update(text)
