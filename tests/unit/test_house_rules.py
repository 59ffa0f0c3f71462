"""Rules of the house that no linter knows: file sizes and the one way imports may go."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
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


def test_code_that_comes_with_a_model_is_never_trusted() -> None:
    said = [
        (path.name, line.strip())
        for room in (*ROOMS, "bench")
        for path in (ROOT / room).rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "trust_remote_code" in line
    ]
    assert said
    allowed = re.compile(r"""trust_remote_code(=|["']: )False""")
    assert [one for one in said if not allowed.search(one[1])] == []


Function = ast.FunctionDef | ast.AsyncFunctionDef
HELPERS = ("train_arms.py",)
"""Scripts that another one starts and reads the results of."""
FIGURE = re.compile(r"[a-z0-9_{}, ]+: \{\}.*\n?", re.S)


def printed_by(function: Function, others: Mapping[str, Function]) -> list[str]:
    """What a function and those it calls print to stdout, in order, with {} for every value."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or any(one.arg == "file" for one in node.keywords):
            continue
        name = ast.unparse(node.func)
        if name in others:
            found += [(node.lineno, text) for text in printed_by(others[name], {})]
        elif name in ("print", "sys.stdout.write") and node.args:
            parts = getattr(node.args[0], "values", [node.args[0]])
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts
            )
            found.append((node.lineno, text))
    return [text for _line, text in sorted(found, key=lambda one: one[0])]


def test_every_measurement_ends_in_a_line_with_a_name_and_a_value() -> None:
    last: dict[str, list[str]] = {}
    for path in (ROOT / "bench").glob("*.py"):
        functions = {
            node.name: node
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, Function)
        }
        if "main" in functions and path.name not in HELPERS:
            last[path.name] = printed_by(functions["main"], functions)[-1:]

    assert len(last) > 10
    assert {name: said for name, said in last.items() if not FIGURE.fullmatch("".join(said))} == {}
