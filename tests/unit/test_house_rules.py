"""Rules of the house that no linter knows: file sizes and the one way imports may go."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("agent", "tools", "tui")


def test_no_file_is_longer_than_500_lines() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for room in (*ROOMS, "bench", "docs", "examples", "tests")
        for path in (ROOT / room).rglob("*.py")
    }

    assert len(lengths) > 50
    assert {name: length for name, length in lengths.items() if length > 500} == {}


def test_only_the_screen_knows_textual_and_only_the_agent_knows_langgraph() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for room, forbidden in (("agent", "textual"), ("tools", "textual"), ("tools", "langgraph"))
        for path in (ROOT / room).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith((f"import {forbidden}", f"from {forbidden}"))
    ]

    assert offenders == []
