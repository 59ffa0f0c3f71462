"""The assistant's Markdown: streamed while it comes, one cheap widget once it is old.

Markdown is imported with the first message: the first screen is painted without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from luthier.tools.language import _, plural
from luthier.tui.transcript import AssistantEntry
from luthier.tui.untrusted import clean
from luthier.tui.widgets.fold import Fold
from luthier.tui.widgets.plain import Plain

if TYPE_CHECKING:
    from textual.widgets.markdown import MarkdownStream

    from luthier.tui.widgets.markdown import Markdown


class AssistantMessage(Vertical):
    """One message of the assistant.

    Links in it are never opened by themselves; the text is data that a model may have written.
    """

    def __init__(self, entry: AssistantEntry, *, cheap: bool = False) -> None:
        super().__init__(classes="message assistant")
        self._entry = entry
        self._cheap = cheap
        self._markdown: Markdown | None = None
        self._stream: MarkdownStream | None = None

    def compose(self) -> ComposeResult:
        """What was thought, folded; then Markdown while it may still grow or is recent."""
        if self._entry.thoughts:
            yield Fold(thought_line(self._entry), self._entry.thoughts, classes="thoughts")
        if self._cheap:
            from rich.markdown import Markdown as RichMarkdown

            yield Plain(RichMarkdown(clean(self._entry.text)))
        else:
            from luthier.tui.widgets.markdown import Markdown

            self._markdown = Markdown(clean(self._entry.text))
            yield self._markdown

    async def think(self) -> None:
        """Show that more was thought."""
        folds = self.query(Fold)
        if folds:
            folds.first().show(thought_line(self._entry), self._entry.thoughts, layout=False)
        else:
            line = thought_line(self._entry)
            await self.mount(Fold(line, self._entry.thoughts, classes="thoughts"), before=0)

    async def grow(self, text: str) -> None:
        """Append a streamed piece; fast pieces are drawn together."""
        if self._markdown is None:
            return
        if self._stream is None:
            self._stream = self._markdown.get_stream(self._markdown)
        await self._stream.write(clean(text))

    async def settle(self) -> None:
        """The message is complete: end the stream and show the final text where it differs."""
        await self._stop_stream()
        if self._entry.thoughts:
            await self.think()
        text = clean(self._entry.text)
        if self._markdown is not None and self._markdown.source != text:
            await self._markdown.update(text)

    async def flatten(self) -> None:
        """Replace the widget tree of an old message by a single widget."""
        if self._cheap or not self._entry.done:
            return
        self._cheap = True
        await self._stop_stream()
        self._markdown = None
        await self.recompose()

    async def on_unmount(self) -> None:
        """A stream left running would write into a widget that is gone."""
        await self._stop_stream()

    async def _stop_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.stop()


def thought_line(entry: AssistantEntry) -> Content:
    """The folded thoughts on one line."""
    count = len(entry.thoughts.split())
    words = plural("{n} word", "{n} words", count)
    if entry.done or entry.text:
        return Content.assemble((_("thought first: {words}", words=words), "dim"))
    return Content.assemble((_("thinking: {words}", words=words), "dim"))
