"""Which instructions are measured: the user's own, or those written and sharpened on training rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.data.model import DatasetInfo, Message
from luthier.tools.data.store import load_rows
from luthier.tools.evaluation.arms.arm import Bench
from luthier.tools.evaluation.arms.examples import question
from luthier.tools.evaluation.arms.prompted import PROMPTED
from luthier.tools.evaluation.cache import Reply
from luthier.tools.workspace import Workspace
from tests.unit.tools.evaluation.test_few_shot import make_bench

OWN = "You sort the shop's mail."
Helps = Callable[[str], bool]


class AskedBench(Bench):
    """A bench whose base model answers right only under instructions that help."""

    helps: Helps
    right: dict[str, str]
    asked: list[str]

    def ask(self, prompts: Sequence[Sequence[Message]], **_options: Any) -> list[Reply]:
        self.asked += [prompt[-1].content for prompt in prompts]
        return [
            Reply(
                self.right[prompt[-1].content] if self.helps(prompt[0].content) else "?",
                True,
                1,
                1,
                0,
            )
            for prompt in prompts
        ]


def chosen_instruction(bench: Bench, helps: Helps) -> tuple[str, str]:
    """The instruction that the arm takes, and what it says of it; no test row was asked."""
    asked = AskedBench(
        bench.workspace, bench.dataset, bench.reference, bench.renderer, bench.plan, bench.folder
    )
    rows = [*bench.rows("train"), *bench.rows("validation")]
    asked.helps, asked.asked = helps, []
    asked.right = {question(row): row.completion for row in rows}
    found = PROMPTED.prepare(asked)
    held_out = {question(row) for row in load_rows(bench.workspace, bench.dataset.id, "test")}
    assert not held_out & set(asked.asked)
    row = rows[0]
    assert found.build(row)[0].content == found.detail["instruction"]
    return found.detail["instruction"], found.detail["prompt"]


@pytest.fixture
def bench(workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, tmp_path: Path) -> Bench:
    made = make_bench(workspace, dataset, tiny_model, tmp_path)
    made.plan = made.plan.model_copy(update={"prompt": OWN})
    return made


def test_the_users_own_words_are_taken_where_they_help_most(bench: Bench) -> None:
    instruction, said = chosen_instruction(bench, lambda text: text == OWN)
    assert instruction == OWN
    assert said.startswith(
        "your own instructions. It was the best of 3 prompts on 16 validation rows"
    )


def test_mistakes_on_training_rows_make_instructions_that_may_win(bench: Bench) -> None:
    sharper = "nothing but one category"
    instruction, said = chosen_instruction(bench, lambda text: sharper in text)
    assert sharper in instruction
    assert "made sharper by the mistakes on training rows" in said


def test_written_ones_win_where_they_are_enough(bench: Bench) -> None:
    instruction, said = chosen_instruction(bench, lambda text: text != OWN)
    assert all(label in instruction for label in bench.dataset.task.labels)
    assert "instructions written from the training rows" in said
