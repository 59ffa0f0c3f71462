"""Choosing among ways to ask on validation rows, so that no test row has a say in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.data.model import Message, Row
from luthier.tools.evaluation.arms.arm import Bench
from luthier.tools.evaluation.sample import sample_rows
from luthier.tools.files import read_json, write_json
from luthier.tools.language import _

FEWEST_CHOICE_ROWS = 8
MOST_CHOICE_ROWS = 16
CHOICE_TOKENS = 4_000  # about half a minute per candidate on two cores

Build = Callable[[Row], list[Message]]
Answerer = Callable[[Sequence[Sequence[Message]]], Sequence[str]]


class Trial(BaseModel):
    """One candidate with its mean scores on the validation rows."""

    model_config = ConfigDict(frozen=True)

    name: str
    scores: dict[str, float]
    prompt_tokens: float
    by_row: dict[str, float] = Field(
        default_factory=dict, description="the deciding metric by row id, for paired comparisons"
    )


class Chosen(BaseModel):
    """The candidate that was taken and what it was taken from; no trials where rows were few."""

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int
    trials: tuple[Trial, ...] = ()

    @property
    def by_row(self) -> dict[str, float]:
        """How the taken candidate did on each validation row; empty where nothing was tried."""
        return next((one.by_row for one in reversed(self.trials) if one.name == self.name), {})


def choice_rows(bench: Bench) -> list[Row]:
    """The validation rows that a choice may cost; none where they are too few to tell."""
    affordable = CHOICE_TOKENS // bench.plan.max_new_tokens
    most = min(MOST_CHOICE_ROWS, max(FEWEST_CHOICE_ROWS, affordable))
    rows = sample_rows(bench.rows("validation"), most)
    return rows if len(rows) >= FEWEST_CHOICE_ROWS else []


def choose_on_validation(
    bench: Bench,
    doing: str,
    candidates: dict[str, Build],
    keep: Path,
    answer: Answerer | None = None,
) -> Chosen:
    """The best candidate on the deciding metric, then on the others, then the shorter prompt.

    Without enough validation rows the first candidate is taken. The choice is kept in ``keep``, so
    that a killed evaluation goes on with the same one. ``answer`` stands in for the base model.
    """
    known = read_json(keep)
    if known is not None:
        return Chosen.model_validate(known)
    rows = choice_rows(bench)
    if not rows or len(candidates) == 1:
        return Chosen(name=next(iter(candidates)), rows=0)
    trials = []
    for place, (name, build) in enumerate(candidates.items()):
        bench.say(doing, place, len(candidates))
        trials.append(_try(bench, name, build, rows, answer or _asker(bench)))
    best = max(trials, key=lambda trial: _rank(bench, trial))
    chosen = Chosen(name=best.name, rows=len(rows), trials=tuple(trials))
    write_json(keep, chosen.model_dump(mode="json"))
    return chosen


def grounds(chosen: Chosen) -> str:
    """Why this candidate was taken, in one sentence."""
    if not chosen.trials:
        return _("There were too few validation rows to compare several prompts.")
    return _(
        "It was the best of {trials} prompts on {rows} validation rows; no test row was looked at.",
        trials=len(chosen.trials),
        rows=chosen.rows,
    )


def _asker(bench: Bench) -> Answerer:
    return lambda prompts: [reply.text for reply in bench.ask(prompts)]


def _try(bench: Bench, name: str, build: Build, rows: Sequence[Row], answer: Answerer) -> Trial:
    prompts = [build(row) for row in rows]
    scores = bench.ruler.score(rows, answer(prompts))
    tokens = [len(ids) for ids in bench.renderer.prompts_ids(prompts)]
    return Trial(
        name=name,
        scores={each: sum(by[each] for by in scores) / len(scores) for each in bench.ruler.names},
        prompt_tokens=sum(tokens) / len(tokens),
        by_row={row.id: by[bench.plan.metric] for row, by in zip(rows, scores, strict=True)},
    )


def _rank(bench: Bench, trial: Trial) -> tuple[float, float, float]:
    return (trial.scores[bench.plan.metric], sum(trial.scores.values()), -trial.prompt_tokens)
