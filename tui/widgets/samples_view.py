"""Answers of several arms on real rows: side by side where there is room, else one below another."""

from __future__ import annotations

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table as RichTable
from rich.text import Text

from luthier.tools.language import _
from luthier.tools.views import Sample, Samples
from luthier.tui.glyphs import DONE, FAILED
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain

COLUMN = 30
LONGEST = 600


class SamplesView(Plain):
    """A block per row with the request, the wanted answer and every arm's answer."""

    def __init__(self, view: Samples) -> None:
        blocks = [_SampleBlock(sample) for sample in view.samples]
        super().__init__(Group(Text(clean(view.title), "bold"), *blocks), classes="view")


class _SampleBlock:
    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._marks = dict(sample.marks)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        head = RichTable.grid(padding=(0, 1, 0, 0), expand=True)
        head.add_column(no_wrap=True)
        head.add_column(ratio=1, overflow="fold")
        head.add_row(Text(_("asked"), "dim"), _short(self._sample.prompt))
        head.add_row(Text(_("wanted"), "dim"), _short(self._sample.expected))
        answers = self._sample.answers
        if answers and options.max_width >= COLUMN * len(answers):
            yield Group(head, self._columns())
        else:
            for arm, answer in answers:
                head.add_row(self._heading(arm), _short(answer))
            yield Group(head, Text())

    def _columns(self) -> RichTable:
        table = RichTable(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
        for arm, _answer in self._sample.answers:
            table.add_column(self._heading(arm), ratio=1, overflow="fold")
        table.add_row(*(_short(answer) for _arm, answer in self._sample.answers))
        return table

    def _heading(self, arm: str) -> Text:
        right = self._marks.get(arm)
        if right is None:
            return Text(clean(arm), "bold")
        sign, word = (DONE, _("right")) if right else (FAILED, _("wrong"))
        return Text.assemble((clean(arm), "bold"), f" {sign} {word}")


def _short(text: str) -> Text:
    plain = clean(text).strip()
    if not plain:
        return Text(_("(nothing)"), "dim italic")
    return Text(plain if len(plain) <= LONGEST else plain[:LONGEST] + "…")
