"""Prices: dated, with a source, renewed on request, unknown where they are unknown."""

from __future__ import annotations

import datetime
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result

from luthier.tools.errors import LuthierError
from luthier.tools.prices.table import TABLE, line_for, price_table
from luthier.tools.prices.update import compare, read_source, take
from luthier.tools.workspace import Workspace
from luthier.tui.cli import cli

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


class _Table(BaseHTTPRequestHandler):
    """One table of prices, and 404 elsewhere."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        found = self.path == "/prices.csv"
        body = (HEAD + NEWER).encode() if found else b"gone"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        pass


NEWER = (
    "api.openai.com,gpt-4o-mini,tuning,0.3,1.2,9.00,,,supervised,,2026-11-20,https://a.example\n"
)


@pytest.fixture
def server() -> Iterator[str]:
    """An address on loopback."""
    _Table.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Table) as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{found.server_address[1]}"
        found.shutdown()
        thread.join()


def test_the_command_asks_before_it_fetches_and_before_it_takes(
    workspace: Workspace, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    source = f"{server}/prices.csv"

    def update(*words: str, said: str = "") -> Result:
        return CliRunner().invoke(cli, ["prices", "update", *words], input=said)

    def training() -> float | None:
        line = line_for("api.openai.com", "gpt-4o-mini", "tuning")
        return line and line.training

    assert getattr(update(source, said="n\n").exception, "code", "") == "cli.declined"
    assert _Table.asked == []
    declined = update(source, said="y\nn\n")
    assert "9.00" in declined.stdout, "what would change is shown first"
    assert "1 line is new. Take them?" in declined.stderr
    assert training() == 3.0
    done = update(source, said="y\ny\n")
    assert done.exit_code == 0, done.output
    assert training() == 9.0
    assert "9.00" in CliRunner().invoke(cli, ["prices"]).stdout
    again = update(source, "--yes", "--json")
    assert json.loads(again.stdout) == {"new": [], "left_out": 1}
    gone = update(f"{server}/nothing.csv", "--yes").exception
    assert isinstance(gone, LuthierError)
    assert (gone.code, gone.remedy) == (
        "prices.not_fetched",
        "Check the address, or save the table and name the file.",
    )


def test_the_command_takes_a_file_as_well(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUTHIER_HOME", str(workspace.home))
    file = tmp_path / "new.csv"
    file.write_text(HEAD + NEWER)
    done = CliRunner().invoke(cli, ["prices", "update", str(file), "--yes", "--json"])
    found = json.loads(done.stdout)
    assert [line["model"] for line in found["new"]] == ["gpt-4o-mini"]
    missing = CliRunner().invoke(cli, ["prices", "update", str(tmp_path / "no.csv")]).exception
    assert isinstance(missing, LuthierError)
    assert missing.code == "prices.not_readable"
