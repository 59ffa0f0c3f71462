"""Plots as inline SVG that follows the page's light or dark colours and keeps its text as text.

Colours are drawn as placeholders and become CSS variables afterwards; the XML prolog, the document
type and the metadata are dropped, because they name addresses on the web.
"""

from __future__ import annotations

import io
import re
from typing import Any

from markupsafe import Markup

from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.language import _
from luthier.tools.views import Bars, Plot

INK, FAINT = "#010101", "#020202"
SERIES = ("#030301", "#030302", "#030303", "#030304")
_VARIABLES = {
    INK: "var(--ink)",
    FAINT: "var(--line)",
    **{colour: f"var(--series-{place})" for place, colour in enumerate(SERIES, start=1)},
}
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "luthier",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": FAINT,
    "legend.frameon": False,
    "text.parse_math": False,
}


def curves_figure(plot: Plot) -> Markup:
    """Lines over a common axis; curves with few points get markers."""

    def draw(axes: Any) -> None:
        for place, curve in enumerate(plot.curves):
            marker = "o" if len(curve.x) < 30 else None
            axes.plot(
                curve.x,
                curve.y,
                color=SERIES[place % len(SERIES)],
                label=curve.name,
                marker=marker,
                markersize=4,
                linewidth=2,
            )
        axes.set_xlabel(plot.x_label)
        axes.set_ylabel(plot.y_label)
        axes.grid(axis="y")
        axes.legend()

    return _figure(draw, height=3.2, label=plot.title)


def bars_figure(bars: Bars) -> Markup:
    """A histogram with its labels below the bars."""

    def draw(axes: Any) -> None:
        axes.bar(range(len(bars.values)), bars.values, color=SERIES[0], width=0.85)
        axes.set_xticks(range(len(bars.labels)), bars.labels, rotation=35, ha="right")
        axes.set_ylabel(bars.unit)
        axes.grid(axis="y")
        axes.set_axisbelow(True)

    return _figure(draw, height=3.0, label=bars.title)


def arms_figure(evaluation: Evaluation) -> Markup:
    """One bar per arm on the deciding metric with its 95 % interval and the criterion."""
    arms = list(reversed(evaluation.arms))
    values = [arm.metrics[evaluation.metric] * 100 for arm in arms]

    def draw(axes: Any) -> None:
        colours = [SERIES[1] if arm.arm == "tuned" else SERIES[0] for arm in arms]
        axes.barh(range(len(arms)), values, color=colours, height=0.6)
        for place, arm in enumerate(arms):
            if arm.interval:
                ends = ([arm.interval.low * 100, arm.interval.high * 100], [place, place])
                axes.plot(*ends, color=INK, linewidth=1.5, marker="|", markersize=9)
        axes.set_yticks(range(len(arms)), [arm.label for arm in arms])
        axes.set_xlim(0, 100)
        axes.set_xlabel(f"{_(find_metric(evaluation.metric).title)}, %")
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        if evaluation.criterion is not None:
            axes.set_ylim(-0.5, len(arms) - 0.1)
            axes.axvline(evaluation.criterion * 100, color=SERIES[2], linewidth=2, linestyle="--")
            axes.annotate(
                _("you asked for"),
                (evaluation.criterion * 100, len(arms) - 0.42),
                ha="right",
                xytext=(-5, 0),
                textcoords="offset points",
                color=SERIES[2],
            )

    return _figure(draw, height=0.95 + 0.55 * len(arms), label=_("Results of all arms"))


def _figure(draw: Any, *, height: float, label: str, width: float = 8.0) -> Markup:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0)
        draw(axes)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", transparent=True)
    return _inline(stream.getvalue(), label)


def _inline(svg: str, label: str) -> Markup:
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    for colour, variable in _VARIABLES.items():
        body = body.replace(colour, variable)
    body = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px var(--sans)", body)
    head = Markup('<svg class="figure" role="img" aria-label="{}"').format(label)
    # matplotlib escapes the text it draws; the label is escaped here
    return Markup(body.replace("<svg", str(head), 1))
