"""One row exactly as trained: which tokens the model learns, which it only reads, which are cut.

The status is told by a sign and a heading before each run and by the text's attributes, so that it
can be read without colour; neighbouring tokens alternate in shade so that their borders show.
"""

from __future__ import annotations

from textual.content import Content

from luthier.tools.views import Tokens, TokenSpan
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain

_SIGNS = {"trained": "●", "ignored": "○", "cut": "✂"}
_MEANINGS = {
    "trained": "trained: the model learns to write these",
    "ignored": "read only: the model sees these and learns nothing from them",
    "cut": "cut: beyond the length, never seen",
}
_STYLES = {
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
        parts: list[Content | str | tuple[str, str]] = [(clean(view.title), "bold"), "\n"]
        parts += [_legend(view), "\n"]
        for span in view.spans:
            parts += ["\n", *_span(span)]
        parts += [(f"\n{clean(note)}", "dim") for note in view.notes]
        super().__init__(Content.assemble(*parts), classes="view")


def _legend(view: Tokens) -> Content:
    lines = []
    for status, meaning in _MEANINGS.items():
        count = sum(len(span.tokens) for span in view.spans if span.status == status)
        if count:
            head = (f"{_SIGNS[status]} {count}", _STYLES[status][0])
            lines.append(Content.assemble(head, f" {meaning}"))
    return Content("\n").join(lines)


def _span(span: TokenSpan) -> list[Content | str | tuple[str, str]]:
    parts: list[Content | str | tuple[str, str]] = [(f"{_SIGNS[span.status]} ", "bold")]
    for index, token in enumerate(span.tokens):
        shown = clean(token).replace("\n", "⏎\n")
        # The line end itself stays unstyled: a styled one would paint to the edge of the screen.
        text, line_end, rest = shown.partition("\n")
        style = _STYLES[span.status][index % 2]
        parts.append((text, style))
        if line_end:
            parts.append("\n  ")
            parts.append((rest.replace("\n", "\n  "), style))
    return parts
