"""Asking both models the same general questions, and comparing them question by question."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from luthier.tools.data.model import Message
from luthier.tools.evaluation.abilities.base import Item, Question
from luthier.tools.evaluation.abilities.instructions import INSTRUCTIONS
from luthier.tools.evaluation.abilities.knowledge import KNOWLEDGE
from luthier.tools.evaluation.abilities.refusals import REFUSALS
from luthier.tools.evaluation.arms.arm import Bench
from luthier.tools.evaluation.compare import bootstrap_interval
from luthier.tools.evaluation.model import Abilities, AbilityGroup, Interval
from luthier.tools.language import _

ANSWER_TOKENS = 64
"""The questions want short answers; a model that runs on is cut and judged by what is there."""


def check_abilities(bench: Bench, tuned: Path) -> Abilities:
    """Ask the base model and the tuned one; answers given before are taken from the cache.

    Raises:
        LuthierError: a model cannot be loaded.
    """
    asked = {by: _answered(bench, by) for by in (None, tuned)}
    known = {by: _known(bench, by) for by in (None, tuned)}
    cut = len(INSTRUCTIONS)
    before, after = asked[None], asked[tuned]
    return Abilities(
        groups=(
            _group("instructions", INSTRUCTIONS, before[:cut], after[:cut]),
            _group("knowledge", KNOWLEDGE, known[None], known[tuned]),
            _group("refusals", REFUSALS, before[cut:], after[cut:]),
        )
    )


def _answered(bench: Bench, by: Path | None) -> list[bool]:
    items: Sequence[Item] = (*INSTRUCTIONS, *REFUSALS)
    label = _("Asking what the model could do before") if by is None else _("Asking what is left")
    bench.say(label, 0, len(items))
    done = 0

    def count(places: Sequence[int], _replies: object) -> None:
        nonlocal done
        done += len(places)
        bench.say(label, done, len(items))

    prompts = [[Message(role="user", content=item.prompt)] for item in items]
    replies = bench.ask(prompts, by=by, on_batch=count, max_new_tokens=ANSWER_TOKENS)
    return [item.passes(reply.text) for item, reply in zip(items, replies, strict=True)]


def _known(bench: Bench, by: Path | None) -> list[bool]:
    """Whether the right answer to each question of knowledge is the likeliest."""
    bench.say(_("Comparing answers to questions of common knowledge"), 0, 0)
    conversations = [
        [Message(role="user", content=one.prompt), Message(role="assistant", content=answer)]
        for one in KNOWLEDGE
        for answer in (one.right, *one.wrong)
    ]
    found = iter(bench.likelihoods(conversations, by=by))
    return [_right([next(found).total for _answer in _options(one)]) for one in KNOWLEDGE]


def _options(question: Question) -> tuple[str, ...]:
    return (question.right, *question.wrong)


def _right(scores: Sequence[float]) -> bool:
    return scores[0] > max(scores[1:])


def _group(
    name: Literal["instructions", "knowledge", "refusals"],
    asked: Sequence[Item | Question],
    base: Sequence[bool],
    tuned: Sequence[bool],
) -> AbilityGroup:
    prompts = [one.prompt for one in asked]
    return AbilityGroup(
        name=name,
        items=len(prompts),
        base=sum(base) / len(base),
        tuned=sum(tuned) / len(tuned),
        difference=paired_difference(base, tuned),
        failed=tuple(
            prompt
            for prompt, before, after in zip(prompts, base, tuned, strict=True)
            if before and not after
        ),
    )


def paired_difference(base: Sequence[bool], tuned: Sequence[bool]) -> Interval:
    """Tuned minus base with its 95 % interval, question by question."""
    return bootstrap_interval([float(b) - float(a) for a, b in zip(base, tuned, strict=True)])
