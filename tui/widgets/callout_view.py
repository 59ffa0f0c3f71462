"""One sentence that matters, with its grounds below."""

from __future__ import annotations

from rich.text import Text

from luthier.tools.views import Callout
from luthier.tui.direction.filter import Mirrored
from luthier.tui.glyphs import TONES
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain, hanging


class CalloutView(Mirrored, Plain):
    """A bar at the side in the tone's colour; the tone is told by a sign as well."""

    def __init__(self, view: Callout) -> None:
        lines = [Text(clean(view.headline), "bold"), *(Text(clean(line)) for line in view.lines)]
        super().__init__(hanging(TONES[view.tone], lines), classes=f"view callout -{view.tone}")
