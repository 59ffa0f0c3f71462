"""How fast answers come: Luthier's batches beside transformers' own, in one run.

The starter model answers the same short questions three ways: one by one in float32 (what a first
script does), in batches of 16 in bfloat16 with ``model.generate``, and through
``luthier.tools.models.generation``. No answer may end early, so that all write the same number of
tokens. Run on an idle machine: ``python bench/generation.py``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from luthier.tools.jobs.environment import FAST

if not FAST.items() <= os.environ.items():  # as in every job of Luthier, and for every way here
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **FAST})

import torch

from luthier.tools.data.model import Message
from luthier.tools.models.generation import generate
from luthier.tools.models.loading import load_base
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.starter import make_starter
from luthier.tools.workspace import open_workspace

BATCH = 16
EXAMPLE = (
    Message(role="user", content="Ticket: the blue lamp came broken and I want my money back."),
    Message(role="assistant", content='{"intent": "refund", "product": "lamp", "urgent": false}'),
)


class Endless(Renderer):
    """A renderer that knows no end token, so that every answer has the same length."""

    @property
    def end_ids(self) -> frozenset[int]:
        """None."""
        return frozenset()


def questions(count: int, shared: Sequence[Message]) -> list[list[Message]]:
    """Short tickets of varied length."""
    things = ["chair", "order 4711", "invoice for the garden table", "parcel"]
    return [
        [
            *shared,
            Message(
                role="user",
                content=f"Ticket {index}: {'where is ' * (index % 4)}my {things[index % 4]}?",
            ),
        ]
        for index in range(count)
    ]


def by_transformers(
    model: Any, renderer: Renderer, asked: list[list[Message]], batch: int, new: int
) -> None:
    """``model.generate`` on left-padded batches."""
    encoded = renderer.prompts_ids(asked)
    for start in range(0, len(encoded), batch):
        rows = encoded[start : start + batch]
        width = max(map(len, rows))
        padded = [[renderer.pad_id] * (width - len(row)) + row for row in rows]
        mask = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
        with torch.inference_mode():
            model.generate(
                torch.tensor(padded),
                attention_mask=torch.tensor(mask),
                max_new_tokens=new,
                min_new_tokens=new,
                do_sample=False,
                pad_token_id=renderer.pad_id,
            )


def speed(work: Callable[[], object], tokens: int) -> float:
    """New tokens per second of wall time."""
    started = time.perf_counter()
    work()
    return tokens / (time.perf_counter() - started)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--new-tokens", type=int, default=48)
    options = parser.parse_args()
    rounds, new = options.rounds, options.new_tokens

    workspace = open_workspace()
    make_starter(workspace)
    reference = resolve_model(workspace)
    renderer = Endless(reference.folder)
    model, _ = load_base(reference)
    slow, _ = load_base(reference, dtype="float32")
    short, few_shot = questions(BATCH, ()), questions(BATCH, EXAMPLE * 6)

    def ours(asked: list[list[Message]]) -> object:
        return generate(model, renderer, asked, max_new_tokens=new, batch_size=BATCH)

    ways: dict[str, tuple[Callable[[], object], int]] = {
        "one by one, float32": (lambda: by_transformers(slow, renderer, short[:2], 1, new), 2 * new),
        "transformers, batch 16": (
            lambda: by_transformers(model, renderer, short, BATCH, new), BATCH * new),
        "luthier, batch 16": (lambda: ours(short), BATCH * new),
        "transformers, few-shot": (
            lambda: by_transformers(model, renderer, few_shot, BATCH, new), BATCH * new),
        "luthier, few-shot": (lambda: ours(few_shot), BATCH * new),
    }  # fmt: skip
    for work, _tokens in ways.values():
        work()
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, (work, tokens) in ways.items():
            measured[name].append(speed(work, tokens))
    for name, speeds in measured.items():
        print(f"{name:26} {statistics.median(speeds):7.1f} tokens/s  (best {max(speeds):.1f})")
    print(f"generation_tokens_per_second: {statistics.median(measured['luthier, batch 16']):.1f}")


if __name__ == "__main__":
    main()
