"""Where the user types: Enter sends, Ctrl+J starts a new line, up and down bring back old texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from luthier.tools.language import _, mark
from luthier.tui.commands import matching

HISTORY = 200


class Composer(TextArea):
    """The input of the chat; it is never disabled, whatever runs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", mark("Send")),
        Binding("ctrl+j,shift+enter", "new_line", mark("New line"), key_display="^j"),
    ]

    @dataclass
    class Sent(Message):
        """The user pressed Enter on a text, which is out of the field by now."""

        text: str

    @dataclass
    class Typing(Message):
        """The text changed; ``matches`` are the commands that it may become."""

        matches: tuple[str, ...]

    def __init__(self, may_send: Callable[[str], bool] = lambda _text: True) -> None:
        """Args: ``may_send`` says whether a text can be taken now; if not, it stays."""
        super().__init__(
            id="composer",
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,
            show_line_numbers=False,
            tab_behavior="focus",
            placeholder=_("Write here. Enter sends, Ctrl+J starts a new line, / shows commands."),
        )
        self._may_send = may_send
        self._history: list[str] = []
        self._recalled = 0
        self._draft = ""

    def fill_history(self, texts: list[str]) -> None:
        """Offer what was said in an earlier run of this session."""
        self._history = texts[-HISTORY:]

    def type_in(self, text: str) -> None:
        """Take over keys that were typed while something else had the focus."""
        self.focus()
        self.insert(text)

    async def _on_key(self, event: events.Key) -> None:
        """Enter and Tab are taken in the order of the keys: a binding would overtake the letters."""
        act = {"enter": self.action_send, "tab": self.action_complete}.get(event.key)
        if act is not None:
            event.stop()
            event.prevent_default()
            act()

    def action_send(self) -> None:
        """Hand the text over and clear the field at once, for what is typed next."""
        text = self.text.strip()
        if not text or not self._may_send(text):
            return
        if not self._history or self._history[-1] != text:
            self._history = [*self._history[-HISTORY + 1 :], text]
        self._recalled, self._draft = 0, ""
        self.text = ""
        self.post_message(self.Sent(text))

    def action_new_line(self) -> None:
        """Start a new line."""
        self.insert("\n")

    def action_complete(self) -> None:
        """Complete a slash command, or go to the next widget."""
        found = matching(self.text)
        if found:
            self.text = f"/{found[0].name}"
            self.move_cursor(self.document.end)
        else:
            self.screen.focus_next()

    def action_cursor_up(self, select: bool = False) -> None:
        """Move up, or recall the text sent before from the first line."""
        if self.cursor_at_first_line and not select and self._recalled < len(self._history):
            if not self._recalled:
                self._draft = self.text
            self._recall(self._recalled + 1)
        else:
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        """Move down, or go back towards the draft from the last line."""
        if self.cursor_at_last_line and not select and self._recalled:
            self._recall(self._recalled - 1)
        else:
            super().action_cursor_down(select)

    def _recall(self, steps: int) -> None:
        self._recalled = steps
        self.text = self._history[-steps] if steps else self._draft
        self.move_cursor(self.document.end)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell the screen which commands the text may become."""
        event.stop()
        found = matching(self.text)
        self.post_message(self.Typing(tuple(f"/{one.name}  {one.help}" for one in found)))

    async def _on_paste(self, event: events.Paste) -> None:
        """A dragged file arrives as a pasted path; the line end after it must not stay."""
        event.prevent_default()
        event.stop()
        text = event.text
        if text.count("\n") == 1 and text.endswith("\n"):
            text = text.rstrip("\r\n")
        self.insert(text)
