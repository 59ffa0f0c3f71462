"""What all screens share: a mouse press on a widget that has just gone must not crash."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from textual.binding import ActiveBinding
from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget

from luthier.tools.language import _

Result = TypeVar("Result")


class LuthierScreen(Screen[Result]):
    """A screen that survives clicks on Markdown while it streams.

    Textual's compositor may still name a block that streaming has replaced (Textualize/textual
    issue 6643); selecting text in it fails. Remove this when the fix is released.
    """

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """As Textual's, but nothing where the widget hit is no longer attached."""
        widget, offset = super().get_widget_and_offset_at(x, y)
        if widget is None or not widget.is_attached:
            return None, None
        return widget, offset

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """As Textual's, with the names of the keys in the language in use."""
        return {
            key: active._replace(
                binding=replace(active.binding, description=_(active.binding.description))
            )
            for key, active in super().active_bindings.items()
        }
