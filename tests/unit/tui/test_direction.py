"""Right-to-left lines as they are seen: joined letters, widths kept, columns turned, borders in place."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.filter import LineFilter

from luthier.tools.language import use_language
from luthier.tools.views import Tokens, TokenSpan
from luthier.tui.direction.filter import visual_order
from luthier.tui.direction.layout import ordered
from luthier.tui.direction.picture import as_seen
from luthier.tui.direction.terminal import order_for
from luthier.tui.widgets.markdown import Markdown
from luthier.tui.widgets.tokens_view import TokensView


def seen(text: str, *, right_to_left: bool = True, mirrored: bool = False) -> str:
    return "".join(
        unit.text for unit in ordered(text, right_to_left=right_to_left, mirrored=mirrored)
    )


@pytest.mark.parametrize(
    ("line", "as_seen"),
    [
        ("صف   ", "   ﻒﺻ"),
        ("│ لا بأس    │", "│     ﺱﺄﺑ ﻻ │"),
        ("اقرأ ~/data/x.csv ثم", "ﻢﺛ ~/data/x.csv ﺃﺮﻗﺍ"),
        ("الرتبة (rank) مهمة", "ﺔﻤﻬﻣ (rank) ﺔﺒﺗﺮﻟﺍ"),
        ("رتبة LoRA (rank)،", "،LoRA (rank) ﺔﺒﺗﺭ"),
        ("1,200 صف", "ﻒﺻ 1,200"),
        ("مُحَمَّد", "ﺪﻤﺤﻣ"),
        ("name  value", "name  value"),
        ("قرأت a.csv (CSV): 80 صف", "ﻒﺻ 80 :a.csv (CSV) ﺕﺃﺮﻗ"),
        ("رتبة LoRA، 3 صف", "ﻒﺻ 3 ،LoRA ﺔﺒﺗﺭ"),
    ],
)
def test_a_line_is_ordered_and_keeps_its_width(line: str, as_seen: str) -> None:
    assert seen(line) == as_seen
    assert cell_len(as_seen) == cell_len(line)


def test_columns_change_sides_where_a_table_asks_for_it() -> None:
    assert seen("name  value ", mirrored=True) == " value  name"


def test_in_a_left_to_right_interface_arabic_data_stays_in_its_column() -> None:
    assert seen("label  صف", right_to_left=False) == "label  ﻒﺻ"


@pytest.mark.parametrize(
    ("environment", "full_screen", "order"),
    [
        ({}, True, "visual"),
        ({"KONSOLE_VERSION": "230804"}, True, "logical"),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False, "logical"),
        ({"VTE_VERSION": "7600"}, False, "logical"),
        ({"VTE_VERSION": "7600"}, True, "visual"),
        ({"VTE_VERSION": "7600", "TMUX": "/tmp/t"}, False, "visual"),
        ({"KONSOLE_VERSION": "1", "LUTHIER_TEXT_ORDER": "visual"}, True, "visual"),
        ({"LUTHIER_TEXT_ORDER": "logical"}, True, "logical"),
    ],
)
def test_the_environment_tells_who_orders(
    environment: dict[str, str], full_screen: bool, order: str
) -> None:
    assert order_for(full_screen=full_screen, environment=environment) == order


def test_what_stands_behind_a_right_to_left_mark_follows_the_sentence() -> None:
    assert seen("صف a: \u200fb c") == "b c :a ﻒﺻ"
    assert seen("صف a: b c") == "a: b c ﻒﺻ"


def test_a_path_before_an_arabic_comma_is_not_torn() -> None:
    seen = "".join(unit.text for unit in ordered("مثل ~/data/mail.csv، أو", right_to_left=True))
    assert "~/data/mail.csv" in seen


def test_a_picture_of_arabic_is_not_ordered_a_second_time() -> None:
    english = "<svg><style>a {}</style><text>hello</text></svg>"
    assert as_seen(english) == english
    assert "bidi-override" in as_seen(english.replace("hello", "\ufee3\ufeae\ufea3\ufe92\ufe8e"))


class TablePage(App[None]):
    """A page with one table."""

    def __init__(self, headers: str) -> None:
        super().__init__()
        self._headers = headers

    def compose(self) -> ComposeResult:
        yield Markdown(f"| {self._headers} |\n|---|---|\n| 1 | 2 |\n")


@pytest.mark.parametrize(
    ("code", "headers", "columns"),
    [
        ("ar", "المفتاح | ما يفعله", ["ما يفعله", "المفتاح", "2", "1"]),
        ("ar", "key | what it does", ["key", "what it does", "1", "2"]),
        ("en", "key | what it does", ["key", "what it does", "1", "2"]),
    ],
)
async def test_the_first_column_of_an_arabic_table_stands_at_the_right(
    code: str, headers: str, columns: list[str]
) -> None:
    use_language(code)
    try:
        async with TablePage(headers).run_test() as pilot:
            cells = [str(cell.render()) for cell in pilot.app.query("MarkdownTableCellContents")]
    finally:
        use_language("en")
    assert cells == columns


class TokensPage(App[None]):
    """A page with one row as it is trained."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), visual_order()]

    def compose(self) -> ComposeResult:
        yield TokensView(
            Tokens(title="صف", spans=(TokenSpan(status="trained", tokens=(self._token,)),))
        )


@pytest.mark.parametrize(("token", "at_the_left"), [("Hello", True), ("مرحبا\n{}", False)])
async def test_a_latin_row_keeps_to_the_left_under_an_arabic_legend(
    token: str, at_the_left: bool
) -> None:
    use_language("ar")
    try:
        async with TokensPage(token).run_test() as pilot:
            view = pilot.app.query_one(TokensView)
            lines = [line.text for line in view.render_lines(view.size.region)]
    finally:
        use_language("en")
    assert lines[0].startswith("  ")
    row = next(line for line in reversed(lines) if line.strip())
    assert row.startswith(" ") is not at_the_left
