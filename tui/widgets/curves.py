"""Lines over a common axis, drawn with plotext in the theme's colours."""

from __future__ import annotations

from collections.abc import Sequence

from textual_plotext import PlotextPlot

Points = Sequence[tuple[float, float]]

# A line of dots and a line of crosses can be told apart without colour.
_MARKERS = ("braille", "x", "o", "dot")


class Curves(PlotextPlot):  # type: ignore[misc]  # the library has no types
    """A plot of named lines; :meth:`show` replaces all of them."""

    def __init__(self, title: str = "", x_label: str = "") -> None:
        super().__init__(classes="curves")
        self._title, self._x_label = title, x_label

    def on_mount(self) -> None:
        """Leave the frame to the terminal's own colours where the theme does."""
        self._choose_colours()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._choose_colours())

    def _choose_colours(self) -> None:
        self.theme = "clear" if self.app.current_theme.ansi else "auto"

    def show(self, curves: Sequence[tuple[str, Points]]) -> None:
        """Draw ``curves``, each a name with its (x, y) points; empty ones are left out."""
        plot = self.plt
        plot.clear_figure()
        if self._title:
            plot.title(self._title)
        if self._x_label:
            plot.xlabel(self._x_label)
        colours = self._colours()
        for index, (name, points) in enumerate(curves):
            if points:
                xs, ys = zip(*points, strict=True)
                plot.plot(
                    list(xs),
                    list(ys),
                    label=name,
                    marker=_MARKERS[index % len(_MARKERS)],
                    color=colours[index % len(colours)],
                )
        self.refresh()

    def _colours(self) -> tuple[str, ...]:
        return ("cyan+", "orange+", "green+", "magenta+")
