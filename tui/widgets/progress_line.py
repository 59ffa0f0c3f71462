"""How much is done, as one line with a percentage."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class ProgressLine(Widget):
    """A bar of one line; drawing it anew never moves anything else."""

    share: reactive[float] = reactive(0.0)

    def render(self) -> Content:
        """The bar over the width that is left beside the figure."""
        figure = f"{self.share:4.0%}"
        width = max(0, self.content_size.width - len(figure) - 1)
        done = round(self.share * width)
        bar = ("━" * done, "$primary"), ("─" * (width - done), "dim")
        return Content.assemble(*bar, f" {figure}")
