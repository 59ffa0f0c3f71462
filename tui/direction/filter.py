"""The last step before the screen: every line that a widget draws is brought into visual order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from luthier.tools.language import current_language
from luthier.tui.direction.layout import RIGHT_TO_LEFT, ordered

if TYPE_CHECKING:
    from textual.widget import Widget as _Base
    from textual.widgets import Static as _Text
else:
    _Base = _Text = object


class VisualOrder(LineFilter):
    """Orders lines with right-to-left letters.

    Args:
        right_to_left: whether the interface's language is.
        mirrored: whether columns change sides on all lines, whatever letters they hold.
    """

    def __init__(self, right_to_left: bool, mirrored: bool) -> None:
        super().__init__()
        self._right_to_left = right_to_left
        self._mirrored = mirrored and right_to_left

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same line in the order in which it is seen, each character in its own style."""
        if not self._mirrored and not any(
            RIGHT_TO_LEFT.search(segment.text) for segment in segments
        ):
            return segments
        styles = [segment.style for segment in segments for _character in segment.text]
        text = "".join(segment.text for segment in segments)
        drawn: list[Segment] = []
        for unit in ordered(text, right_to_left=self._right_to_left, mirrored=self._mirrored):
            style = styles[unit.place]
            if drawn and drawn[-1].style is style:
                drawn[-1] = Segment(drawn[-1].text + unit.text, style)
            else:
                drawn.append(Segment(unit.text, style))
        return drawn


@cache
def _filter(right_to_left: bool, mirrored: bool) -> VisualOrder:
    """One filter of each kind: Textual keeps the lines that a filter has made."""
    return VisualOrder(right_to_left, mirrored)


def visual_order(*, mirrored: bool = False) -> VisualOrder:
    """The filter for the language in use."""
    return _filter(current_language().right_to_left, mirrored)


class Mirrored(_Base):
    """Mixed into widgets with columns, which change sides in a right-to-left language."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """As the app's, with columns turned."""
        return [
            visual_order(mirrored=True) if isinstance(each, VisualOrder) else each
            for each in super().get_line_filters()
        ]


class Aligned(_Text):
    """Mixed into texts: a line without right-to-left letters keeps to the side of its paragraph."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """As the app's, with all lines at the right where the text has such letters."""
        turned = bool(RIGHT_TO_LEFT.search(_text_of(self.content)))
        return [
            visual_order(mirrored=turned) if isinstance(each, VisualOrder) else each
            for each in super().get_line_filters()
        ]


def _text_of(content: object) -> str:
    """The words of what a widget shows; code keeps its indentation, so it counts as none."""
    if isinstance(content, str):
        return content
    text = getattr(content, "plain", None) or getattr(content, "markup", "")
    return text if isinstance(text, str) and "```" not in text else ""
