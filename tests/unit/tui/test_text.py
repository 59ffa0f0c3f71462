from __future__ import annotations

import pytest

from luthier.tui.text import number, one_line


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (12, "12"), (1234, "1,234"), (0.51234, "0.5123"), (2.0, "2"), (123456.7, "123,457")],
)
def test_figures_are_short(value: float, words: str) -> None:
    assert number(value) == words


def test_one_line_cuts_and_joins() -> None:
    assert one_line("a\n b\tc") == "a b c"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"
    assert one_line("\x1b[31mred\x1b[0m") == "red"
