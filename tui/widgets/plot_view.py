"""Named lines over a common axis, as a tool hands them over."""

from __future__ import annotations

from luthier.tools.views import Plot
from luthier.tui.untrusted import clean
from luthier.tui.widgets.curves import Curves


class PlotView(Curves):
    """A finished plot; it does not change any more."""

    def __init__(self, view: Plot) -> None:
        super().__init__(clean(f"{view.title} ({view.y_label})"), clean(view.x_label))
        self._view = view
        self.add_class("view")

    def on_mount(self) -> None:
        """Draw the lines once."""
        self.show(
            [
                (clean(curve.name), tuple(zip(curve.x, curve.y, strict=True)))
                for curve in self._view.curves
            ]
        )
