"""Prices: dated, with a source, renewed on request, unknown where they are unknown."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from luthier.tools.errors import LuthierError
from luthier.tools.prices.table import TABLE, line_for, price_table
from luthier.tools.prices.update import compare, read_source, take
from luthier.tools.workspace import Workspace

HEAD = (
    "host,model,kind,input,output,training,training_hour,hosting_hour,methods,until,read,source\n"
)


def test_every_line_has_a_day_and_a_source() -> None:
    for line in price_table().values():
        assert datetime.date.fromisoformat(line.read)
        assert line.source.startswith("https://")


def test_a_tuning_is_priced_with_or_without_the_date_in_the_models_name() -> None:
    line = line_for("api.openai.com", "gpt-4o-mini-2024-07-18", "tuning")
    assert line is not None
    assert line.training == 3.0
    assert line_for("api.openai.com", "gpt-9", "tuning") is None


def test_newer_lines_go_before_and_older_ones_are_left_out(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    file = tmp_path / "new.csv"
    file.write_text(
        HEAD
        + "api.openai.com,gpt-4o-mini,tuning,0.3,1.2,9.00,,,supervised,,2026-11-20,https://a.example\n"
        + "api.openai.com,gpt-4o,tuning,1,1,1,,,,,2020-01-01,https://a.example\n"
    )
    update = compare(workspace, read_source(str(file)), str(file))
    assert [line.model for line in update.lines] == ["gpt-4o-mini"]
    assert update.older == 1
    take(workspace, update)
    taken = line_for("api.openai.com", "gpt-4o-mini", "tuning")
    assert taken is not None
    assert taken.training == 9.0
    assert not compare(workspace, read_source(str(file)), str(file)).lines
    assert (workspace.home / TABLE).is_file()


@pytest.mark.parametrize(
    "line",
    [
        "h,m,tuning,,,x,,,,,2026-01-01,https://a",
        "h,m,tuning,,,-1,,,,,2026-01-01,https://a",
        "h,m,other,,,,,,,,2026-01-01,https://a",
        "h,m,chat,1,1,,,,,,soon,https://a",
        "h,m,chat,1,1,,,,,,2026-01-01,",
    ],
)
def test_a_line_that_is_wrong_is_named(workspace: Workspace, line: str) -> None:
    with pytest.raises(LuthierError) as caught:
        compare(workspace, f"{HEAD}{line}\n", "prices.csv")
    assert caught.value.code == "prices.bad_line"
    assert "2" in caught.value.place
