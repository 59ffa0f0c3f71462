"""The journey at the side: every stage with its state and what is settled in it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from luthier.agent.events import StageFacts
from luthier.tui.glyphs import STAGES
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain

_STYLES = {"done": "$text-success", "current": "bold $text-primary", "open": "dim"}


class JourneyPanel(VerticalScroll, can_focus=False):
    """Stages from top to bottom; a sign and the weight of the text tell the state."""

    def __init__(self) -> None:
        super().__init__(id="journey")
        self.border_title = "Journey"
        self._text = Plain("Your way from a problem to a tuned model appears here.")

    def compose(self) -> ComposeResult:
        """One text; it is drawn anew when the facts change."""
        yield self._text

    def show(self, stages: tuple[StageFacts, ...]) -> None:
        """Draw the stages."""
        parts: list[str | tuple[str, str]] = []
        for stage in stages:
            head = f"{STAGES[stage.state]} {clean(stage.title)}\n"
            parts.append((head, _STYLES[stage.state]))
            parts += [f"  {clean(line)}\n" for line in stage.lines]
            if stage.lines:
                parts.append("\n")
        self._text.update(Content.assemble(*parts))
