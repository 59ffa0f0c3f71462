"""A small search for settings within a time: learning rate, rank and passes, judged on validation rows.

Every candidate is trained for a part of the passes, and the better ones again for all of them, as in
successive halving (Jamieson and Talwalkar 2016); the best also for twice and for half as many. The
schedule of the learning rate belongs to the length of a run, so the finalists start anew instead of
going on. The test rows are never looked at.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from luthier.tools.files import read_json, write_json
from luthier.tools.jobs.context import JobContext
from luthier.tools.language import _
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.plan import Plan
from luthier.tools.training.plan_fields import label_of
from luthier.tools.training.trials.model import SearchResult, Trial
from luthier.tools.training.trials.running import run_trial
from luthier.tools.training.views import shown_value

FIRST_SHARE = 0.6
"""Of the time: for the first round, in which every candidate is tried."""
FEWEST_PASSES = 0.5
RATES = (1.0, 0.4, 2.5)
"""Factors on the plan's learning rate; what matters most is tried first."""
FINALS = ((1, 1.0), (1, 2.0), (2, 1.0), (1, 0.5))
"""Place in the first round, and factor on the plan's passes; again what matters most first."""
MOST_PASSES = 100.0
RECORD = "search.json"

Settings = dict[str, float | int]


@dataclass(frozen=True, slots=True)
class Final:
    """A training of the second round: who came in at ``place`` in the first, for so many passes."""

    place: int
    passes: float


@dataclass(frozen=True, slots=True)
class Rounds:
    """What the time allows: candidates with few passes, then the best of them with more."""

    candidates: tuple[Settings, ...]
    passes: float
    finals: tuple[Final, ...]

    @property
    def trainings(self) -> int:
        """How many there are in both rounds."""
        return len(self.candidates) + len(self.finals)

    def seconds(self, load_seconds: float, epoch_seconds: float) -> float:
        """What both rounds take."""
        passes = self.passes * len(self.candidates) + sum(one.passes for one in self.finals)
        return self.trainings * load_seconds + passes * epoch_seconds


def candidates_of(plan: Plan) -> tuple[Settings, ...]:
    """Settings worth trying, the plan's own first, then by how much they usually matter."""
    rate, rank = plan.train.learning_rate, plan.lora.rank
    rates = [float(f"{rate * factor:.2g}") for factor in RATES]
    if not method_of(plan).adapter:
        return tuple({"train.learning_rate": value} for value in rates)
    ranks = (rank, max(1, rank // 2), min(512, rank * 2))
    grid = [(rates[0], ranks[0]), (rates[1], ranks[0]), (rates[2], ranks[0]), (rates[0], ranks[2]),
            (rates[1], ranks[2]), (rates[2], ranks[1])]  # fmt: skip
    return tuple({"train.learning_rate": one, "lora.rank": two} for one, two in grid)


def plan_rounds(plan: Plan, seconds: float, load_seconds: float, epoch_seconds: float) -> Rounds:
    """As many candidates as the time allows, two at least, with no fewer than half a pass each.

    What is left of the time goes to the finals, each of which is planned only where it fits.
    """
    every = candidates_of(plan)
    first = seconds * FIRST_SHARE
    for number in range(len(every), 1, -1):
        passes = (first / number - load_seconds) / epoch_seconds
        if passes >= FEWEST_PASSES or number == 2:
            break
    passes = round(min(plan.train.epochs, max(FEWEST_PASSES, passes)), 2)
    left = seconds - number * (load_seconds + passes * epoch_seconds)
    finals = []
    for place, factor in FINALS:
        again = min(MOST_PASSES, round(plan.train.epochs * factor, 2))
        takes = load_seconds + again * epoch_seconds
        final = Final(place, again)
        if again != passes and takes <= left and final not in finals:
            finals.append(final)
            left -= takes
    return Rounds(every[:number], passes, tuple(finals))


def with_settings(plan: Plan, settings: Settings, epochs: float) -> Plan:
    """``plan`` with these settings, trained for so many passes."""
    rate = float(settings["train.learning_rate"])
    train = plan.train.model_copy(update={"learning_rate": rate, "epochs": epochs})
    rank = int(settings.get("lora.rank", plan.lora.rank))
    lora = plan.lora.model_copy(update={"rank": rank, "alpha": 2 * rank})
    if rank == plan.lora.rank:
        lora = plan.lora
    return plan.model_copy(update={"train": train, "lora": lora})


def run(context: JobContext) -> dict[str, Any]:
    """Try settings until the time is used up; returns ``{"search": SearchResult}``.

    Raises:
        JobStopped: the user asked to stop; resuming goes on with the next trial.
    """
    payload = context.spec.payload
    plan, budget = Plan.model_validate(payload["plan"]), float(payload["seconds"])
    rounds = plan_rounds(
        plan, budget, float(payload["load_seconds"]), float(payload["epoch_seconds"])
    )
    search = _Search(context, plan, budget, rounds.trainings)
    for settings in rounds.candidates:
        search.attempt(settings, rounds.passes, shortened=rounds.passes < plan.train.epochs)
    ranked = sorted(search.measured(), key=lambda trial: trial.validation_loss or 0.0)
    for final in rounds.finals:
        if final.place <= len(ranked):
            search.attempt(_tried(ranked[final.place - 1]), final.passes)
    return {"search": search.result().model_dump(mode="json")}


def _tried(trial: Trial) -> Settings:
    return {name: value for name, value in trial.settings.items() if name != "train.epochs"}


class _Search:
    def __init__(self, context: JobContext, plan: Plan, budget: float, total: int) -> None:
        self._context = context
        self._plan = plan
        self._budget = budget
        self._total = total
        self._trials: list[Trial] = []
        self._skipped = 0
        self._number = 0
        known = read_json(context.output / RECORD) or {}
        self._known = {one["number"]: Trial.model_validate(one) for one in known.get("trials", ())}

    @property
    def _spent(self) -> float:
        return sum(trial.seconds for trial in self._trials)

    def measured(self) -> list[Trial]:
        """The trials that ended with a figure."""
        return [trial for trial in self._trials if trial.validation_loss is not None]

    def attempt(self, settings: Settings, passes: float, *, shortened: bool = False) -> None:
        """Run one trial, unless it is known or the time is used up."""
        self._number += 1
        context = self._context
        plan = with_settings(self._plan, settings, passes)
        words = in_words(plan, {**settings, "train.epochs": passes})
        context.progress(
            _("Trial {number}: {words}", number=self._number, words=words),
            self._number - 1,
            self._total,
        )
        known = self._known.get(self._number)
        if known is not None:
            self._trials.append(known)
            return
        if self._trials and self._spent >= self._budget:
            self._skipped += 1
            return
        began = time.monotonic()
        title = _("Trial {number}: {words}", number=self._number, words=words)
        job, result = run_trial(context, plan, title, self._number)
        error = job.status.error or {}
        found = result.get("best_validation_loss")
        self._trials.append(
            Trial(
                number=self._number,
                settings={**settings, "train.epochs": passes},
                shortened=shortened,
                job_id=job.id,
                state=job.status.state,
                validation_loss=found,
                best_epoch=_best_epoch(result),
                seconds=round(max(time.monotonic() - began, float(result.get("seconds", 0))), 1),
                words=str(error.get("what", "")),
            )
        )
        write_json(
            context.output / RECORD,
            {"trials": [trial.model_dump(mode="json") for trial in self._trials]},
        )
        if found is not None:
            context.notice(
                _("{title}: validation loss {loss:.3f}", title=title, loss=found), "neutral"
            )

    def result(self) -> SearchResult:
        """Everything, with the winner."""
        measured = self.measured()
        best = min(measured, key=lambda trial: trial.validation_loss or 0.0, default=None)
        present: Settings = {
            "train.learning_rate": self._plan.train.learning_rate,
            "lora.rank": self._plan.lora.rank,
            "train.epochs": self._plan.train.epochs,
        }
        return SearchResult(
            trials=tuple(self._trials),
            best=best.number if best else None,
            present=present,
            skipped=self._skipped,
            seconds=round(self._spent, 1),
            budget=self._budget,
        )


def _best_epoch(result: dict[str, Any]) -> float:
    step = result.get("best_step")
    return next(
        (float(entry["epoch"]) for entry in result.get("history", ()) if entry["step"] == step), 0.0
    )


def in_words(plan: Plan, settings: Settings) -> str:
    """Settings as people read them: "learning rate 5e-4, LoRA rank 16, epochs 2"."""
    return ", ".join(f"{_(label_of(name))} {shown_value(plan, name)}" for name in settings)
