"""Rows written in one line, and the findings of one check on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from luthier.tools.data.checks.base import Check
from luthier.tools.data.model import Lineage, Message, Problem, Row, Task
from luthier.tools.data.rows import row_id
from luthier.tools.data.task import TaskJudge

Turns = Sequence[tuple[str, str]]
Run = Callable[..., list[Problem]]


def row(line: int, *turns: tuple[str, str]) -> Row:
    """A row of (role, content) turns."""
    messages = tuple(Message(role=role, content=text) for role, text in turns)  # type: ignore[arg-type]
    return Row(id=row_id(messages), messages=messages, source=Lineage(file="x", line=line))


def pairs(answers: Sequence[str]) -> list[Row]:
    """One row per answer, each with a question of its own."""
    asked = "what do you say to number {}, which has its own words {}?"
    return [
        row(n, ("user", asked.format(n, n * 7919)), ("assistant", text))
        for n, text in enumerate(answers, 1)
    ]


@pytest.fixture
def run() -> Run:
    """``run(check, rows)``: what the check finds, by the way a survey uses it."""

    def find(check: Check, rows: Sequence[Row], task: Task | None = None) -> list[Problem]:
        judge = TaskJudge()
        for each in rows:
            judge.see(each.completion)
            check.see(each)
        return list(check.findings(len(rows), task or judge.judge()))

    return find


def codes(problems: Sequence[Problem]) -> dict[str, tuple[int, tuple[int, ...]]]:
    """Count and lines by code."""
    return {problem.code: (problem.count, problem.lines) for problem in problems}
