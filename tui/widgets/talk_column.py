"""One side of a talk with models: the questions and this side's answers, word for word."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll

from luthier.tools.language import _
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain


class TalkColumn(Vertical):
    """Answers are shown as plain text, so that every bracket of a JSON answer can be seen."""

    def __init__(self, title: str, *, id: str) -> None:
        super().__init__(id=id, classes="talk-column")
        self._title = title
        self._answer = ""
        self._bubble: Plain | None = None

    def compose(self) -> ComposeResult:
        """A heading and the exchange below it."""
        yield Plain(self._title, classes="talk-title")
        yield VerticalScroll(classes="talk-lines")

    def on_mount(self) -> None:
        """Stay with the newest answer."""
        self.query_one(VerticalScroll).anchor()

    async def begin(self, question: str) -> None:
        """Show the question and make room for the answer."""
        self._answer = ""
        self._bubble = Plain("…", classes="message")
        asked = Plain(clean(question), classes="message user")
        await self.query_one(VerticalScroll).mount_all([asked, self._bubble])

    def grow(self, delta: str) -> None:
        """Append a piece of the answer."""
        self._answer += delta
        if self._bubble is not None:
            self._bubble.update(clean(self._answer))

    def finish(self) -> None:
        """Say so where nothing was answered."""
        if self._bubble is not None and not self._answer.strip():
            self._bubble.update(_("(nothing)"))

    async def clear(self) -> None:
        """Forget what is shown."""
        self._bubble = None
        await self.query_one(VerticalScroll).remove_children()
