"""Every kind of view as a Rich renderable, for the command line outside the chat.

Texts are shown as they are: nothing in them is read as markup, and control characters are dropped.
"""

from __future__ import annotations

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from luthier.tools.language import _
from luthier.tools.views import (
    Bars,
    Callout,
    Diff,
    JobView,
    Plot,
    Sample,
    Samples,
    Settings,
    Table,
    Tokens,
    Tone,
    View,
)
from luthier.tui.diff_text import diff_text
from luthier.tui.untrusted import clean, clean_line

TONES: dict[Tone, tuple[str, str]] = {
    "neutral": ("•", "cyan"),
    "good": ("✓", "green"),
    "warning": ("!", "yellow"),
    "bad": ("✗", "red"),
}
TOKEN_STYLES = {
    "trained": "bold underline green",
    "ignored": "dim",
    "cut": "strike red",
}
PLOT_HEIGHT = 15
BAR_WIDTH = 40
LONGEST_NAME = 32
CURVE_COLOURS = ("cyan", "magenta", "green", "yellow")


def render(view: View) -> RenderableType:
    """The view as Rich draws it; it adapts to the width of the console."""
    match view:
        case Table():
            return _table(view)
        case Bars():
            return _bars(view)
        case Plot():
            return PlotText(view)
        case Tokens():
            return _tokens(view)
        case Settings():
            return _settings(view)
        case Samples():
            return _samples(view)
        case Diff():
            return diff_text(view)
        case JobView():
            return Text(_("Job {id}", id=clean_line(view.job_id)), style="bold")
        case Callout():
            return _callout(view)


class PlotText:
    """A plot drawn with block characters at the console's width."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the plot anew for this width."""
        yield Text.from_ansi(plot_text(self._plot, min(options.max_width, 100), PLOT_HEIGHT))


def plot_text(plot: Plot, width: int, height: int) -> str:
    """The plot as lines of text with ANSI colours, ``width`` columns by ``height`` lines."""
    import plotext

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(width, height)
    plotext.title(clean_line(plot.title))
    plotext.xlabel(clean_line(plot.x_label))
    plotext.ylabel(clean_line(plot.y_label))
    for curve, colour in zip(plot.curves, CURVE_COLOURS * len(plot.curves), strict=False):
        plotext.plot(
            list(curve.x), list(curve.y), label=clean_line(curve.name), color=colour, marker="hd"
        )
    return str(plotext.build())


def _table(view: Table) -> RenderableType:
    table = RichTable(box=box.SIMPLE_HEAD, title=_text(view.title, "bold"), title_justify="left")
    for place, column in enumerate(view.columns):
        whole = place in view.whole or (
            place == 0 and all(_is_name(row[0]) for row in view.rows if row)
        )
        table.add_column(_text(column, "bold"), overflow="fold", no_wrap=whole)
    for index, row in enumerate(view.rows):
        style = "bold" if index == view.highlight else ""
        table.add_row(*(_text(cell) for cell in row), style=style)
    return _noted(table, view.notes)


def _bars(view: Bars) -> RenderableType:
    grid = RichTable.grid(padding=(0, 1))
    largest = max((abs(value) for value in view.values), default=0) or 1
    for label, value in zip(view.labels, view.values, strict=False):
        length = round(BAR_WIDTH * abs(value) / largest)
        grid.add_row(
            _text(label), Text("█" * length, style="cyan"), _text(f"{value:g} {view.unit}".strip())
        )
    return _noted(Group(_text(view.title, "bold"), Padding(grid, (0, 2))), view.notes)


def _tokens(view: Tokens) -> RenderableType:
    body = Text()
    for span in view.spans:
        for token in span.tokens:
            body.append(clean(token), style=TOKEN_STYLES[span.status])
    legend = Text.assemble(
        (_("trained"), TOKEN_STYLES["trained"]),
        f" {_('is what the model learns to say')}{_(', ')}",
        (_("ignored"), TOKEN_STYLES["ignored"]),
        f" {_('is only read')}{_(', ')}",
        (_("cut"), TOKEN_STYLES["cut"]),
        f" {_('is lost')}",
    )
    return _noted(
        Group(Panel(body, title=_text(view.title), title_align="left"), legend), view.notes
    )


def _is_name(cell: str) -> bool:
    """Whether a cell is an id or the like, which must stay in one piece to be copied."""
    return len(cell) <= LONGEST_NAME and not any(letter.isspace() for letter in cell)


def _settings(view: Settings) -> RenderableType:
    grid = RichTable.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold", style="dim")
    for setting in view.settings:
        grid.add_row(_text(setting.name), _text(setting.value, "bold"), _text(setting.reason))
    return _noted(Group(_text(view.title, "bold"), Padding(grid, (0, 2))), view.notes)


def _samples(view: Samples) -> RenderableType:
    return Group(_text(view.title, "bold"), *(_sample(sample) for sample in view.samples))


def _sample(sample: Sample) -> RenderableType:
    grid = RichTable.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    grid.add_row(_("asked"), _text(sample.prompt))
    grid.add_row(_("expected"), _text(sample.expected))
    marks = dict(sample.marks)
    for arm, answer in sample.answers:
        right = marks.get(arm)
        mark, style = ("", "") if right is None else ("✓ ", "green") if right else ("✗ ", "red")
        grid.add_row(_text(arm), Text(mark, style=style) + _text(answer))
    return Panel(grid)


def _callout(view: Callout) -> RenderableType:
    mark, colour = TONES[view.tone]
    headline = Text(f"{mark} ", style=colour) + _text(view.headline, "bold")
    return Group(headline, *(Padding(_text(line), (0, 0, 0, 2)) for line in view.lines))


def _noted(body: RenderableType, notes: tuple[str, ...]) -> RenderableType:
    return Group(body, *(_text(note, "dim") for note in notes)) if notes else body


def _text(text: str, style: str = "") -> Text:
    return Text(clean(text), style=style)
