"""What can be said and pressed, generated from the registry of commands."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer

from luthier.tools.language import _, mark
from luthier.tui.commands import COMMANDS
from luthier.tui.screens.base import LuthierScreen
from luthier.tui.widgets.markdown import Markdown

INTRODUCTION = mark("""\
# Help

Luthier takes you from a problem and some data to a tuned model that is proven better. Say what you
want in your own words, or pick one of the answers offered. Some things you can say at any time:

- *what is LoRA?*, *why should I tune at all?*: short answers from the built-in lessons
- *use 2 epochs*, *rank 32*, *length 512*: change a value of the plan
- *go back to the data*: return to an earlier stage
- a path, typed, pasted or dragged into the window: use this file

## Keys

| key | what it does |
|---|---|
| Enter | send; on an answer: pick it |
| Ctrl+J | new line |
| 1 to 9 | pick an answer |
| ↑ ↓ | move in the answers; in the text field: earlier messages |
| Tab, Shift+Tab | go to the next or previous part |
| Page up, Page down | scroll the conversation |
| Ctrl+P | command palette |
""")
CLOSING = mark("""\
Leaving is safe at any moment: every message is saved at once and jobs go on without the chat.
`luthier` offers the last session; `luthier sessions` lists them all.
""")


class HelpScreen(LuthierScreen[None]):
    """One page of Markdown."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q", "dismiss(None)", mark("Close"))]

    def compose(self) -> ComposeResult:
        """The page."""
        with VerticalScroll(classes="page"):
            yield Markdown(help_text())
        yield Footer(compact=True, show_command_palette=False)


def help_text() -> str:
    """The whole page as Markdown."""
    keys = "".join(
        f"| {_key(command.key)} | {_(command.help)} |\n" for command in COMMANDS if command.key
    )
    commands = "".join(f"| /{command.name} | {_(command.help)} |\n" for command in COMMANDS)
    head = f"| {_('command')} | {_('what it does')} |\n|---|---|\n"
    return "\n".join((_(INTRODUCTION) + keys, f"## {_('Commands')}\n", head + commands, _(CLOSING)))


def _key(name: str) -> str:
    return {"escape": "Esc", "ctrl+q": "Ctrl+Q"}.get(name, name.upper())
