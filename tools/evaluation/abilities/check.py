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

ASKED: tuple[Item, ...] = (*INSTRUCTIONS, *REFUSALS)

ANSWER_TOKENS = 64
"""The questions want short answers; a model that runs on is cut and judged by what is there."""


def check_abilities(bench: Bench, tuned: Path) -> Abilities:
    """Ask the base model and the tuned one; answers given before are taken from the cache.

    Raises:
        LuthierError: a model cannot be loaded.
    """
    asked = {by: _answered(bench, by) for by in (None, tuned)}
    known = {by: _known(bench, by) for by in (None, tuned)}
    instructions, refusals = judged_groups(asked[None], asked[tuned])
    knowledge = _group("knowledge", KNOWLEDGE, known[None], known[tuned])
    return Abilities(groups=(instructions, knowledge, refusals))


def judged_prompts() -> list[list[Message]]:
    """The questions whose answers are judged by a rule: instructions, then refusals."""
    return [[Message(role="user", content=item.prompt)] for item in ASKED]


def judged_groups(before: Sequence[str], after: Sequence[str]) -> tuple[AbilityGroup, AbilityGroup]:
    """Instructions and refusals from the answers of both models to :func:`judged_prompts`."""
    passed = [
        [item.passes(text) for item, text in zip(ASKED, texts, strict=True)]
        for texts in (before, after)
    ]
    cut = len(INSTRUCTIONS)
    return (
        _group("instructions", INSTRUCTIONS, passed[0][:cut], passed[1][:cut]),
        _group("refusals", REFUSALS, passed[0][cut:], passed[1][cut:]),
    )


def _answered(bench: Bench, by: Path | None) -> list[str]:
    label = _("Asking what the model could do before") if by is None else _("Asking what is left")
    bench.say(label, 0, len(ASKED))
    done = 0

    def count(places: Sequence[int], _replies: object) -> None:
        nonlocal done
        done += len(places)
        bench.say(label, done, len(ASKED))

    replies = bench.ask(judged_prompts(), by=by, on_batch=count, max_new_tokens=ANSWER_TOKENS)
    return [reply.text for reply in replies]


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
