"""What would change on real rows: the old text above the new one."""

from __future__ import annotations

from luthier.tools.views import Diff
from luthier.tui.diff_text import diff_text
from luthier.tui.widgets.plain import Plain


class DiffView(Plain):
    """A block per changed row."""

    def __init__(self, view: Diff) -> None:
        super().__init__(diff_text(view), classes="view")
