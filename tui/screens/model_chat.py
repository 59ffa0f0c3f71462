"""Talking to the tuned model, side by side with its base."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Footer

from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.workspace import Workspace
from luthier.tui.model_talk import ModelTalk, Side, StartModels
from luthier.tui.screens.base import LuthierScreen
from luthier.tui.widgets.composer import Composer
from luthier.tui.widgets.talk_column import TalkColumn
from luthier.tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from luthier.tools.training.tuned_model import TunedModel

LOADING = mark("loading the models; this takes some seconds")


class ModelChatScreen(LuthierScreen[None]):
    """Two columns over one composer; the models live in a process that ends with this screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", mark("Stop or leave")),
        Binding("f6", "base", mark("Base on/off"), priority=True),
        Binding("f8", "forget", mark("Start over"), priority=True),
    ]

    def __init__(
        self,
        workspace: Workspace,
        start: StartModels,
        model_id: str,
        tuned: Path | TunedModel,
        system: str = "",
    ) -> None:
        super().__init__()
        self._workspace, self._start = workspace, start
        self._model_id, self._tuned, self._system = model_id, tuned, system
        self._talk: ModelTalk | None = None
        self._busy = False

    def compose(self) -> ComposeResult:
        """Title, the two sides, composer, keys."""
        yield TitleBar(_("the tuned model"), _(LOADING))
        with Horizontal(id="talk"):
            yield TalkColumn(_("tuned"), id="tuned")
            yield TalkColumn(_("base model"), id="base")
        yield Composer(self._may_send)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Load the models while the user thinks of something to say."""
        composer = self.query_one(Composer)
        composer.placeholder = _("Say something to both models. Enter sends.")
        composer.focus()
        self._show(_(LOADING))
        self.run_worker(self._load(), group="models", exit_on_error=False)

    async def on_unmount(self) -> None:
        """End the models' process, and what it was about to say."""
        self.workers.cancel_group(self, "talk")
        if self._talk is not None:
            await self._talk.models.stop()

    @on(Composer.Sent)
    async def send(self, event: Composer.Sent) -> None:
        """Put the text to the sides that are shown."""
        event.stop()
        if self._talk is None:
            return
        self._busy = True
        self.run_worker(self._exchange(self._talk, event.text), group="talk", exit_on_error=False)

    @on(Composer.Typing)
    def keep_hints(self, event: Composer.Typing) -> None:
        """There are no slash commands here."""
        event.stop()

    def action_base(self) -> None:
        """Show the base model beside the tuned one, or not."""
        column = self.query_one("#base")
        column.display = not column.display

    async def action_forget(self) -> None:
        """Begin a new talk with both."""
        if self._talk is None or self._busy:
            return
        self._talk.forget()
        for column in self.query(TalkColumn):
            await column.clear()

    def action_leave(self) -> None:
        """Stop the answer that is being written; otherwise go back to the chat."""
        if self._busy:
            self.workers.cancel_group(self, "talk")
        else:
            self.dismiss(None)

    async def _load(self) -> None:
        try:
            models = await self._start(self._workspace, self._model_id, self._tuned)
        except LuthierError as error:
            self._show(_("the models cannot be loaded"))
            self.notify(error.as_text(), severity="error", timeout=30, markup=False)
            return
        if not self.is_attached:
            await models.stop()
            return
        self._talk = ModelTalk(models, self._system)
        self._show(self._ready())

    async def _exchange(self, talk: ModelTalk, text: str) -> None:
        sides = self._sides()
        columns = {side: self.query_one(f"#{side}", TalkColumn) for side in sides}
        await asyncio.gather(*(column.begin(text) for column in columns.values()))
        self._show(_("answering"))
        try:
            async for side, delta in talk.ask(text, sides):
                columns[side].grow(delta)
        except LuthierError as error:
            self.notify(error.as_text(), severity="error", timeout=30, markup=False)
        finally:
            self._busy = False
            if self.is_attached:
                self._rest(columns.values())

    def _rest(self, columns: Iterable[TalkColumn]) -> None:
        for column in columns:
            column.finish()
        self._show(self._ready())

    def _may_send(self, _text: str) -> bool:
        return self._talk is not None and not self._busy

    def _sides(self) -> tuple[Side, ...]:
        return ("tuned", "base") if self.query_one("#base").display else ("tuned",)

    def _ready(self) -> str:
        served_at = self._talk.models.served_at if self._talk else ""
        return _("ready; tuned side: {url}", url=served_at) if served_at else _("ready")

    def _show(self, status: str) -> None:
        self.query_one(TitleBar).show("the tuned model", status)
