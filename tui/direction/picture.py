"""Pictures of the screen for programs that order right-to-left text themselves, such as browsers."""

from __future__ import annotations

from luthier.tui.direction.layout import RIGHT_TO_LEFT

_AS_IT_STANDS = "text { unicode-bidi: bidi-override; direction: ltr; }"


def as_seen(svg: str) -> str:
    """``svg`` with its characters left where they stand: the screen has ordered them already."""
    if not RIGHT_TO_LEFT.search(svg):
        return svg
    return svg.replace("<style>", f"<style>\n    {_AS_IT_STANDS}", 1)
