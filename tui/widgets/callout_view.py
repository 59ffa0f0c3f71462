"""One sentence that matters, with its grounds below."""

from __future__ import annotations

from textual.content import Content

from luthier.tools.views import Callout
from luthier.tui.glyphs import TONES
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain


class CalloutView(Plain):
    """A bar at the side in the tone's colour; the tone is told by a sign as well."""

    def __init__(self, view: Callout) -> None:
        parts: list[str | Content | tuple[str, str]] = [
            (f"{TONES[view.tone]} {clean(view.headline)}", "bold")
        ]
        parts += [f"\n  {clean(line)}" for line in view.lines]
        super().__init__(Content.assemble(*parts), classes=f"view callout -{view.tone}")
