"""Before a model elsewhere gets the seat: what goes there, what it costs, and how much it may cost."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input

from luthier.agent.budget import Budget, dollars, read_budget
from luthier.agent.settings import BrainSettings
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.prices.table import price_of
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain

PROPOSED = "200k tokens"


class AgreeScreen(ModalScreen[Budget | None]):
    """Closes with the budget of each session, or with None where the model is not wanted."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", mark("No"))]

    def __init__(self, settings: BrainSettings) -> None:
        super().__init__()
        self._settings = settings

    def compose(self) -> ComposeResult:
        """What goes where, the price, the budget, and two buttons."""
        settings = self._settings
        with Vertical(classes="dialog"):
            yield Plain(clean(_("Let {name} speak?", name=settings.words)), classes="prompt-title")
            yield Plain(clean(what_goes_there(settings)))
            yield Plain(clean(price_words(settings)))
            yield Plain(_("How much may one session use? Such as 200k tokens, $2, or none."))
            yield Input(PROPOSED)
            yield Plain("", id="budget-problem", classes="effect")
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("Stay as it is"), id="no")
                yield Button(_("Let it speak"), id="yes", variant="warning")

    def on_mount(self) -> None:
        """Start on the answer that changes nothing."""
        self.query_one("#no").focus()

    @on(Button.Pressed, "#no")
    def refuse(self, event: Button.Pressed) -> None:
        """Nothing changes."""
        event.stop()
        self.dismiss(None)

    @on(Button.Pressed, "#yes")
    @on(Input.Submitted)
    def agree(self, event: Button.Pressed | Input.Submitted) -> None:
        """The budget that was typed goes with the yes."""
        event.stop()
        try:
            self.dismiss(read_budget(self.query_one(Input).value))
        except LuthierError as error:
            self.query_one("#budget-problem", Plain).update(error.as_text())


def what_goes_there(settings: BrainSettings) -> str:
    """What leaves this computer with a model elsewhere."""
    return _(
        "What you say goes to {host}, with names of files and columns, labels, settings and scores. "
        "The rows of your files do not.",
        host=settings.host,
    )


def price_words(settings: BrainSettings) -> str:
    """The price with its day and source, or that it is not known."""
    price = price_of(settings)
    if price is None:
        return _(
            "What it costs is not known here; look at {host}. Tokens are counted.",
            host=settings.host,
        )
    if not price.input and not price.output:
        return _("It costs nothing.")
    words = _(
        "It costs {input} for a million tokens of what is sent and {output} of what is answered",
        input=dollars(price.input),
        output=dollars(price.output),
    )
    if not price.read:
        return f"{words}."
    return _(
        "{words}, as read on {day} ({source}).", words=words, day=price.read, source=price.source
    )
