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
from luthier.tools.questions import Approval, Decision
from luthier.tui.transcript import ApprovalEntry
from luthier.tui.untrusted import clean
from luthier.tui.widgets.choice_list import ChoiceList
from luthier.tui.widgets.plain import Plain
from luthier.tui.widgets.value_editor import ValueEditor

_EFFECTS = {
    "writes_outside": mark("This writes a file outside Luthier's own folder."),
    "long_job": mark("This takes a while and uses this machine."),
    "network": mark("This may load something from the network."),
    "upload": mark("This sends something to another machine."),
    "money": mark("This costs money."),
    "deletes": mark("This deletes something."),
}


class ApprovalCard(Vertical):
    """What will happen, what it costs, and the answers, of which none is chosen beforehand."""

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
        if approval.note:
            yield Plain(clean(approval.note), classes="effect")
        if approval.details:
            yield Plain(_details(approval.details), classes="details")
        yield ChoiceList(_choices(approval), highlighted=None, letters={"y": "yes", "n": "no"})
        if approval.editable:
            yield ValueEditor(approval.editable)

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
        """Yes, a yes that lasts, no, no with a reason to follow, or other values."""
        event.stop()
        if event.choice_id == "reason":
            self.post_message(self.ReasonWanted())
        elif event.choice_id == "change":
            self.query_one(ValueEditor).open()
        else:
            lasting = event.choice_id == "lasting"
            decision = Decision(approved=lasting or event.choice_id == "yes", lasting=lasting)
            self.post_message(self.Decided(self.entry.key, decision))

    @on(ValueEditor.Changed)
    def ask_anew(self, event: ValueEditor.Changed) -> None:
        """Changed values are asked about anew; unchanged ones lead back to the answers."""
        event.stop()
        if event.changes:
            decision = Decision(approved=False, changes=event.changes)
            self.post_message(self.Decided(self.entry.key, decision))
        else:
            self.take_focus()


def _choices(approval: Approval) -> list[tuple[str, str, str]]:
    found = [
        ("yes", _("Yes, go on"), ""),
        ("no", _("No"), ""),
        ("reason", _("No, and I say why"), _("write it below")),
    ]
    if approval.editable:
        values = _(", ").join(clean(editable.label) for editable in approval.editable)
        found.append(("change", _("Change a value first"), values))
    if approval.lasting:
        what = clean(approval.lasting.words)
        found.append(
            ("lasting", _("Yes, and do not ask again in this session"), _("for {what}", what=what))
        )
    return found


def _details(details: tuple[tuple[str, str], ...]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in details:
        grid.add_row(Text(clean(name), "dim"), Text(clean(value), "bold"))
    return grid
