"""The widget for each kind of view; the plot library is loaded only when something is plotted."""

from __future__ import annotations

from textual.widget import Widget

from luthier.tools.views import (
    Bars,
    Callout,
    Diff,
    JobView,
    Plot,
    Samples,
    Settings,
    Table,
    Tokens,
    View,
)
from luthier.tui.widgets.bars_view import BarsView
from luthier.tui.widgets.callout_view import CalloutView
from luthier.tui.widgets.diff_view import DiffView
from luthier.tui.widgets.samples_view import SamplesView
from luthier.tui.widgets.settings_view import SettingsView
from luthier.tui.widgets.table_view import TableView
from luthier.tui.widgets.tokens_view import TokensView


def widget_for(view: View) -> Widget:
    """A fresh widget that draws ``view``."""
    match view:
        case Table():
            return TableView(view)
        case Bars():
            return BarsView(view)
        case Plot():
            from luthier.tui.widgets.plot_view import PlotView

            return PlotView(view)
        case Tokens():
            return TokensView(view)
        case Settings():
            return SettingsView(view)
        case Samples():
            return SamplesView(view)
        case Diff():
            return DiffView(view)
        case JobView():
            from luthier.tui.widgets.job_card import JobCard

            return JobCard(view.job_id)
        case Callout():
            return CalloutView(view)
