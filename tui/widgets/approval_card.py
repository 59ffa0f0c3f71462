"""A request for a yes before something with an effect happens; a bare Enter never says yes."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from luthier.tools.language import _, mark
from luthier.tools.questions import Decision
from luthier.tui.transcript import ApprovalEntry
from luthier.tui.untrusted import clean
from luthier.tui.widgets.choice_list import ChoiceList
from luthier.tui.widgets.plain import Plain

_EFFECTS = {
    "long_job": mark("This takes a while and uses this machine."),
    "network": mark("This may load something from the network."),
    "upload": mark("This sends something to another machine."),
    "money": mark("This costs money."),
    "deletes": mark("This deletes something."),
}
_CHOICES = (
    ("yes", mark("Yes, go on"), ""),
    ("no", mark("No"), ""),
    ("reason", mark("No, and I say why"), mark("write it below")),
)


class ApprovalCard(Vertical):
    """What will happen, what it costs, and three answers of which none is chosen beforehand."""

    @dataclass
    class Decided(Message):
        """The user said yes or no."""

        key: str
        decision: Decision

    class ReasonWanted(Message):
        """The user wants to write why not."""

    def __init__(self, entry: ApprovalEntry) -> None:
        super().__init__(classes="prompt-card approval")
        self.entry = entry

    def compose(self) -> ComposeResult:
        """Title, details and the answers; none of them is highlighted at first."""
        approval = self.entry.approval
        yield Plain(clean(approval.title), classes="prompt-title")
        if effect := _EFFECTS.get(approval.effect, ""):
            yield Plain(_(effect), classes="effect")
        if approval.details:
            yield Plain(_details(approval.details), classes="details")
        choices = [(id, _(label), _(detail)) for id, label, detail in _CHOICES]
        yield ChoiceList(choices, highlighted=None, letters={"y": "yes", "n": "no"})

    @property
    def placeholder(self) -> str:
        """What the composer hints at while this waits."""
        return _("Write yes or no; other words are a no with that reason.")

    def take_focus(self) -> bool:
        """Focus the answers."""
        self.query_one(ChoiceList).focus()
        return True

    @on(ChoiceList.Picked)
    def pick(self, event: ChoiceList.Picked) -> None:
        """Yes, no, or no with a reason to follow."""
        event.stop()
        if event.choice_id == "reason":
            self.post_message(self.ReasonWanted())
        else:
            decision = Decision(approved=event.choice_id == "yes")
            self.post_message(self.Decided(self.entry.key, decision))


def _details(details: tuple[tuple[str, str], ...]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in details:
        grid.add_row(Text(clean(name), "dim"), Text(clean(value), "bold"))
    return grid
