"""Arms of models behind an OpenAI-compatible address, asked in the better of two ways.

A general model knows nothing of the task, so asking it without a word of explanation would be unfair. It
gets instructions (the user's own, or some written from the training rows), with or without similar
training rows as examples; validation rows decide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from luthier.tools.data.model import Message, Row
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.evaluation.arms.arm import Arm, Bench, Contender
from luthier.tools.evaluation.arms.choice import (
    MOST_CHOICE_ROWS,
    Build,
    choose_on_validation,
    grounds,
)
from luthier.tools.evaluation.arms.examples import ExamplePool, with_examples
from luthier.tools.evaluation.arms.instructions import write_instruction
from luthier.tools.evaluation.arms.prompted import with_instruction
from luthier.tools.language import _, mark

NAME = "at:"
EXAMPLES = 4
INSTRUCTED, WITH_EXAMPLES = "instructions", "instructions and examples"
_WAYS = {
    INSTRUCTED: mark("with instructions"),
    WITH_EXAMPLES: mark("with instructions and the four most similar training rows"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What asking a model elsewhere sends out at most, for the user to agree to."""

    requests: int
    tokens_read: int
    tokens_written: int


def model_elsewhere(model: EndpointModel) -> Arm:
    """The arm of one model behind an address."""
    return Arm(
        name=f"{NAME}{model.host}/{model.model}",
        doing=mark("Asking a model elsewhere"),
        needs_adapter=False,
        prepare=partial(_prepare, model=model),
    )


def what_is_sent(test_rows: int, row_tokens: float, answer_tokens: int) -> Sent:
    """The requests of one model: the test rows once, and validation rows for both ways.

    Args:
        test_rows: how many are asked.
        row_tokens: mean tokens of a training row with its answer.
        answer_tokens: tokens that an answer may have at most.
    """
    requests = test_rows + len(_WAYS) * MOST_CHOICE_ROWS
    return Sent(
        requests=requests,
        tokens_read=round(requests * row_tokens * (EXAMPLES + 2)),
        tokens_written=requests * answer_tokens,
    )


def _prepare(bench: Bench, *, model: EndpointModel) -> Contender:
    rows = bench.rows("train")
    pool = ExamplePool(bench.dataset.task, rows)
    instruction = bench.plan.prompt or write_instruction(bench.dataset.task, rows)

    def with_rows(row: Row) -> list[Message]:
        asked = with_examples(row, pool.similar(row, EXAMPLES), "turns")
        return with_instruction(row.model_copy(update={"messages": (*asked, row.messages[-1])}),
                                instruction)  # fmt: skip

    def with_instructions(row: Row) -> list[Message]:
        return with_instruction(row, instruction)

    ways: dict[str, Build] = {INSTRUCTED: with_instructions, WITH_EXAMPLES: with_rows}

    def answer(prompts: Sequence[Sequence[Message]]) -> list[str]:
        return [reply.text for reply in bench.ask(prompts, by=model)]

    digest = hashlib.sha256(f"{model.base_url}\n{model.model}".encode()).hexdigest()[:12]
    chosen = choose_on_validation(
        bench,
        _("Choosing how to ask {model}", model=model.words),
        ways,
        bench.folder / f"elsewhere-{digest}.json",
        answer,
    )
    return Contender(
        label=model.words,
        build=ways[chosen.name],
        by=model,
        detail={
            "prompt": f"{_(_WAYS[chosen.name])}. {grounds(chosen)}",
            "instruction": instruction,
        },
        on_validation=chosen.by_row,
    )
