"""The journey at the side: every stage with its state and what is settled in it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from luthier.agent.events import StageFacts
from luthier.tools.language import _, mark
from luthier.tui.glyphs import STAGES
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain

_EMPTY = mark("Your way from a problem to a tuned model appears here.")


class JourneyPanel(VerticalScroll, can_focus=False):
    """Stages from top to bottom; a sign and the weight of the text tell the state."""

    def __init__(self) -> None:
        super().__init__(id="journey")
        self._stages: tuple[StageFacts, ...] = ()

    def compose(self) -> ComposeResult:
        """A heading per stage, and its lines below it."""
        if not self._stages:
            yield Plain(_(_EMPTY), classes="stage -open")
        for stage in self._stages:
            head = f"{STAGES[stage.state]} {clean(stage.title)}"
            yield Plain(head, classes=f"stage -{stage.state}")
            if stage.lines:
                yield Plain("\n".join(map(clean, stage.lines)), classes="stage-lines")

    def show(self, stages: tuple[StageFacts, ...]) -> None:
        """Draw the stages where they have changed."""
        if stages != self._stages:
            self._stages = stages
            self.refresh(recompose=True)
