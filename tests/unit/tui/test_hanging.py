"""Lines beside a sign: whatever the width, nothing of them is lost."""

from __future__ import annotations

import pytest
from rich.console import Console
from rich.text import Text

from luthier.tui.widgets.plain import hanging


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_path_longer_than_the_screen_is_broken_and_not_cut(width: int) -> None:
    path = "/home/anna/.local/share/luthier/reports/small-shop-s-01M8DNZG9136CEKFPX0ZFFGGF5/report.html"
    console = Console(width=width)
    with console.capture() as shown:
        console.print(hanging("✔", [Text("The report is written."), Text(f"Report: {path}")]))
    assert path in "".join(shown.get().split())
