"""One row exactly as trained: which tokens the model learns, which it only reads, which are cut.

The status is told by a sign and a heading before each run and by the text's attributes, so that it
can be read without colour; neighbouring tokens alternate in shade so that their borders show.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.filter import LineFilter

from luthier.tools.language import _, mark
from luthier.tools.views import Tokens, TokenSpan
from luthier.tui.direction.filter import Aligned
from luthier.tui.direction.layout import RIGHT_TO_LEFT
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain

_SIGNS = {"trained": "●", "ignored": "○", "cut": "✂"}
_MEANINGS = {
    "trained": mark("trained: the model learns to write these"),
    "ignored": mark("read only: the model sees these and learns nothing from them"),
    "cut": mark("cut: beyond the length, never seen"),
}
Styles = dict[str, tuple[str, str]]
_STYLES: Styles = {
    "trained": (
        "bold $text-success on $success-muted",
        "bold underline $text-success on $success-muted",
    ),
    "ignored": ("dim", "underline dim"),
    "cut": ("strike $text-error on $error-muted", "strike underline $text-error on $error-muted"),
}
# The terminal's own colours have no muted shades that a text could stand on.
_ANSI_STYLES: Styles = {
    "trained": (
        "bold $text-success on $success-muted",
        "bold underline $text-success on $success-muted",
    ),
    "ignored": ("dim", "underline dim"),
    "cut": ("strike $text-error on $error-muted", "strike underline $text-error on $error-muted"),
}


class TokensView(Plain):
    """The runs one below the other, with a legend that counts the tokens of each status."""

    def __init__(self, view: Tokens) -> None:
        super().__init__(classes="view")
        self._view = view

    def get_line_filters(self) -> Sequence[LineFilter]:
        """A row in Latin letters stays at the left, whatever the language of the legend."""
        tokens = "".join(token for span in self._view.spans for token in span.tokens)
        if RIGHT_TO_LEFT.search(tokens):
            return super().get_line_filters()
        return super(Aligned, self).get_line_filters()

    def on_mount(self) -> None:
        """Draw in the theme's colours, and again when another theme is chosen."""
        self._draw()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._draw())

    def _draw(self) -> None:
        styles = _ANSI_STYLES if self.app.current_theme.ansi else _STYLES
        self.update(draw_tokens(self._view, styles))


def draw_tokens(view: Tokens, styles: Styles) -> Content:
    """The whole view; ``styles`` are two alternating ones for each status."""
    parts: list[Content | str | tuple[str, str]] = [(clean(view.title), "bold"), "\n"]
    parts += [_legend(view, styles), "\n"]
    for span in view.spans:
        parts += ["\n", *_span(span, styles)]
    parts += [(f"\n{clean(note)}", "dim") for note in view.notes]
    return Content.assemble(*parts)


def _legend(view: Tokens, styles: Styles) -> Content:
    lines = []
    for status, meaning in _MEANINGS.items():
        count = sum(len(span.tokens) for span in view.spans if span.status == status)
        if count:
            head = (f"{_SIGNS[status]} {count}", styles[status][0])
            lines.append(Content.assemble(head, f" {_(meaning)}"))
    return Content("\n").join(lines)


def _span(span: TokenSpan, styles: Styles) -> list[Content | str | tuple[str, str]]:
    parts: list[Content | str | tuple[str, str]] = [(f"{_SIGNS[span.status]} ", "bold")]
    for index, token in enumerate(span.tokens):
        shown = clean(token).replace("\n", "⏎\n")
        # The line end itself stays unstyled: a styled one would paint to the edge of the screen.
        text, line_end, rest = shown.partition("\n")
        style = styles[span.status][index % 2]
        parts.append((text, style))
        if line_end:
            parts.append("\n  ")
            parts.append((rest.replace("\n", "\n  "), style))
    return parts
