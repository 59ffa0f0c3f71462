"""The bounded window of widgets over the transcript: newest at the bottom, older on demand."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Button

from luthier.tools.language import _
from luthier.tui.transcript import (
    AssistantEntry,
    Change,
    Entry,
    NoticeEntry,
    ToolEntry,
    Transcript,
    UserEntry,
)
from luthier.tui.widgets.assistant_message import AssistantMessage
from luthier.tui.widgets.fold import Fold
from luthier.tui.widgets.notice import Notice
from luthier.tui.widgets.settled_prompt import SettledPrompt
from luthier.tui.widgets.tool_card import ToolCard
from luthier.tui.widgets.user_message import UserMessage

SHOWN_AT_FIRST = 30
MORE = 20
LARGEST = 90
RICH_MESSAGES = 12


class Conversation(VerticalScroll):
    """Draws the entries of a transcript; questions appear here only once they are settled."""

    def __init__(self, transcript: Transcript) -> None:
        super().__init__(id="conversation")
        self._transcript = transcript
        self._first = 0
        self._widgets: dict[str, Widget] = {}
        self._newest: AssistantMessage | None = None
        self.details_open = False

    def on_mount(self) -> None:
        """Stay at the bottom until the user scrolls up."""
        self.anchor()

    async def show_all(self, transcript: Transcript) -> None:
        """Draw another transcript from its end."""
        self._transcript = transcript
        self._widgets.clear()
        await self.remove_children()
        self._first = max(0, len(transcript.entries) - SHOWN_AT_FIRST)
        entries = transcript.entries[self._first :]
        newest = {entry.key for entry in _assistant_entries(entries)[-RICH_MESSAGES:]}
        widgets = [self._make(entry, cheap=entry.key not in newest) for entry in entries]
        await self.mount_all([widget for widget in widgets if widget is not None])
        await self._offer_more()
        self.anchor()

    async def apply(self, change: Change) -> None:
        """Follow one change of the transcript."""
        if change.kind == "removed":
            gone = self._widgets.pop(change.key, None)
            if gone is not None:
                await gone.remove()
            return
        entry = self._transcript.entry(change.key)
        if entry is None:
            return
        widget = self._widgets.get(change.key)
        if widget is None:
            await self._append(entry)
            return
        match widget:
            case AssistantMessage() if change.kind == "grew":
                await widget.grow(change.text)
            case AssistantMessage() if change.kind == "thought":
                await widget.think()
            case AssistantMessage():
                await widget.settle()
                self._newest = widget
                self.call_after_refresh(self._show_its_beginning)
            case ToolCard():
                await widget.redraw()

    async def _append(self, entry: Entry) -> None:
        if self._is_above_window(entry):
            return
        widget = self._make(entry, cheap=False)
        if widget is None:
            return
        # A question enters the conversation when it is settled, at the place where it was asked.
        following = self._widget_after(entry)
        self._newest = None
        self.anchor()
        await self.mount(widget, before=following)
        if self.details_open:
            self._open_folds(widget)
        await self._thin_out()

    def _make(self, entry: Entry, *, cheap: bool) -> Widget | None:
        widget: Widget
        match entry:
            case UserEntry():
                widget = UserMessage(entry)
            case AssistantEntry():
                widget = AssistantMessage(entry, cheap=cheap and entry.done)
            case ToolEntry():
                widget = ToolCard(entry)
            case NoticeEntry():
                widget = Notice(entry)
            case _:
                if not entry.settled:
                    return None
                widget = SettledPrompt(entry)
        self._widgets[entry.key] = widget
        return widget

    def page(self, by: int) -> None:
        """A page up or down; at the end the newest stays in sight again."""
        self.release_anchor()
        if by < 0:
            self.scroll_page_up(animate=False)
            return
        at_end = self.scroll_y + self.scrollable_content_region.height >= self.max_scroll_y
        self.scroll_page_down(animate=False)
        if at_end:
            self.anchor()

    def toggle_details(self) -> bool:
        """Open or close all that is folded, now and as it comes; returns whether it is open."""
        self.details_open = not self.details_open
        self._open_folds(self)
        return self.details_open

    def _open_folds(self, within: Widget) -> None:
        for fold in within.query(Fold):
            fold.set_open(self.details_open)

    def on_resize(self) -> None:
        """A question above the composer takes room from the conversation."""
        self.call_after_refresh(self._show_its_beginning)

    def _show_its_beginning(self) -> None:
        """A message that does not fit is read from its first line, not from its last."""
        widget = self._newest
        if widget is None or not widget.is_attached or widget.has_focus_within:
            return
        if widget.outer_size.height > self.scrollable_content_region.height:
            self.release_anchor()
            self.scroll_to_widget(widget, animate=False, top=True, force=True)

    def _is_above_window(self, entry: Entry) -> bool:
        return self._transcript.position(entry.key) < self._first

    def _widget_after(self, entry: Entry) -> Widget | None:
        position = self._transcript.position(entry.key)
        for later in self._transcript.entries[position + 1 :]:
            if (widget := self._widgets.get(later.key)) is not None:
                return widget
        return None

    async def _thin_out(self) -> None:
        """Flatten messages that are no longer recent, and drop the oldest when far too many."""
        shown = [
            widget for widget in self._widgets.values() if isinstance(widget, AssistantMessage)
        ]
        for old in shown[-RICH_MESSAGES - 2 : -RICH_MESSAGES]:
            await old.flatten()
        at_bottom = self.max_scroll_y - self.scroll_y <= 2
        if len(self._widgets) <= LARGEST or not at_bottom:
            return
        for entry in self._transcript.entries[self._first : self._first + MORE]:
            widget = self._widgets.pop(entry.key, None)
            if widget is not None:
                await widget.remove()
        self._first += MORE
        await self._offer_more()

    async def _offer_more(self) -> None:
        await self.query("#load-more").remove()
        if self._first:
            label = _("Show earlier messages ({count} more)", count=self._first)
            await self.mount(Button(label, id="load-more", compact=True), before=0)

    @on(Button.Pressed, "#load-more")
    async def load_more(self) -> None:
        """Draw some older entries above and keep the place where the user reads."""
        before = max(0, self._first - MORE)
        entries = self._transcript.entries[before : self._first]
        top = next(iter(self._widgets.values()), None)
        self._first = before
        made = [self._make(entry, cheap=True) for entry in entries]
        widgets = [widget for widget in made if widget is not None]
        self._widgets = _in_order(self._transcript.entries, self._widgets)
        await self.query("#load-more").remove()
        if widgets:
            await self.mount_all(widgets, before=0)
        await self._offer_more()
        if top is not None:
            self.call_after_refresh(self.scroll_to_widget, top, animate=False, top=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Reaching the top by scrolling asks for more by itself."""
        super().watch_scroll_y(old_value, new_value)
        if new_value <= 0 < old_value and self._first:
            self.run_worker(self.load_more(), group="load-more", exclusive=True)


def _assistant_entries(entries: Sequence[Entry]) -> list[AssistantEntry]:
    return [entry for entry in entries if isinstance(entry, AssistantEntry)]


def _in_order(entries: Sequence[Entry], widgets: dict[str, Widget]) -> dict[str, Widget]:
    return {entry.key: widgets[entry.key] for entry in entries if entry.key in widgets}
