"""The watchdog's eye on answers: between passes the model in training is asked what it is trained for.

A loss can fall while answers stay wrong. So after each pass the model answers the validation rows on
which the alternatives were chosen, under the same metric, and is held against the best of them; a few
training rows tell whether it learns by heart, general questions what it forgets. The test rows stay
out of it. All looks together may take a twentieth of the training, and nothing that goes wrong in one
ends it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from luthier.tools.data.model import Row
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.abilities.check import (
    ANSWER_TOKENS,
    ASKED,
    judged_groups,
    judged_prompts,
)
from luthier.tools.evaluation.arms.arm import Bench, as_asked
from luthier.tools.evaluation.cache import Reply
from luthier.tools.evaluation.memorised import private_in
from luthier.tools.evaluation.model import AbilityGroup
from luthier.tools.jobs.context import JobContext, JobStopped
from luthier.tools.language import _
from luthier.tools.training.plan import Plan
from luthier.tools.training.watchdog.answering import Learner, OutOfTime
from luthier.tools.training.watchdog.findings import HALF, Course, findings
from luthier.tools.training.watchdog.look import Look, Rival
from luthier.tools.training.watchdog.questions import Questions
from luthier.tools.training.watchdog.record import Record, read_record
from luthier.tools.training.watchdog.rival import find_rival
from luthier.tools.training.watchdog.schedule import Schedule

log = logging.getLogger(__name__)

RECORD = "looks.json"
SHARE = 0.05
"""Of the whole training's time, what all looks together may take."""
MOST_UNENDED = 2
"""Looks that may not come to an end before no more are tried: each may have ended the process."""


@dataclass
class AnswerWatch:
    """Looks at answers while one training goes on, and tells what they show.

    Args:
        context: the job, which hears the findings.
        plan: what is trained.
        bench: the validation and training rows and how answers are scored; its model is not used.
        learner: the model in training.
        fingerprint: of the training; looks of another one are forgotten.
        share: of the training's time, what all looks together may take.
    """

    context: JobContext
    plan: Plan
    bench: Bench
    learner: Learner
    fingerprint: str
    share: float = SHARE
    _off: bool = False
    _considered: float = 0.0
    _record: Record = field(init=False)

    def __post_init__(self) -> None:
        self._record = read_record(self._path, self.fingerprint)
        self._considered = self.looks[-1].epoch if self.looks else 0.0
        if self._record.unended >= MOST_UNENDED:
            self._give_up(_("it did not come to an end in earlier attempts"))

    @property
    def looks(self) -> Sequence[Look]:
        """What was seen so far, in order."""
        return self._record.looks

    def in_short(self) -> list[dict[str, float]]:
        """When there was a look and what it found, for the result of the training."""
        return [{"epoch": look.epoch, "score": round(look.score, 4)} for look in self.looks]

    def seconds_left(self, epoch: float) -> float:
        """What the looks still to come will take about, by those there were."""
        if self._off or not self.looks:
            return 0.0
        return self._schedule.ahead(epoch) * self._record.seconds / len(self.looks)

    def due(self, epoch: float) -> bool:
        """Whether the next look is due at a check after ``epoch`` passes."""
        return not self._off and self._schedule.is_due(epoch, self._considered)

    def look(self, step: int, epoch: float, seconds: float, seconds_left: float) -> Look | None:
        """Ask, judge and tell.

        Args:
            step: how many steps are done.
            epoch: how many times the data was seen.
            seconds: what the whole training takes, about.
            seconds_left: what is left of it.

        Returns:
            What was seen; None where there was nothing to ask, no time, or the user asked to stop.
        """
        if not self.context.stop_request:
            self._considered = epoch
        if not self._has_time(epoch, seconds):
            return None
        began = time.monotonic()
        try:
            self._record.unended += 1
            self._record.save(self._path)
            look = self._ask(step, epoch, seconds)
            if look is not None:
                self._tell(look, seconds_left)
                self._record.looks.append(look)
            self._end(began)
            return look
        except (OutOfTime, JobStopped):
            if self.context.stop_request or self.looks:
                self._end(began)
            else:
                self._give_up(
                    _("that would take more than {share:.0%} of the training", share=self.share)
                )
        except LuthierError as error:
            self._give_up(error.what.rstrip("."))
        except Exception as error:  # whatever it is, the training is worth more
            log.warning("A look at answers failed.", exc_info=True)
            self._give_up(str(error).split("\n", 1)[0] or type(error).__name__)
        return None

    def _end(self, began: float) -> None:
        self._record.seconds += time.monotonic() - began
        self._record.unended = 0
        self._record.save(self._path)

    def _has_time(self, epoch: float, seconds: float) -> bool:
        """Whether the time so far leaves room for another look, so that they spread over the whole."""
        if not self.looks:
            return True
        each = self._record.seconds / len(self.looks)
        by_now = min(1.0, (epoch + self._schedule.unit) / self.plan.train.epochs)
        return self._record.seconds + each <= self.share * seconds * by_now

    def _ask(self, step: int, epoch: float, seconds: float) -> Look | None:
        rows = self._questions.held_out
        if not rows:
            self._off = True
            return None
        began = time.monotonic()
        end = began + self.share * seconds - self._record.seconds
        replies = self._answers(rows, end)
        took, tokens = time.monotonic() - began, sum(one.completion_tokens for one in replies)
        free = end - min(self._schedule.ahead(epoch), 1) * took  # one more look has to fit

        def affordable(more_tokens: int) -> bool:
            return free - time.monotonic() >= took * more_tokens / max(tokens, 1)

        more: dict[str, Any] = {}
        try:
            if self._wants("training", epoch) and affordable(tokens):
                more |= self._ask_training_rows(free)
            if self._wants("abilities", epoch) and affordable(2 * len(ASKED) * ANSWER_TOKENS):
                more["abilities"] = self._ask_abilities(free)
        except (OutOfTime, JobStopped):
            pass  # what was asked so far stands; the evaluation asks the rest
        return Look(
            step=step,
            epoch=epoch,
            held_out=self._questions.scores(rows, replies),
            stopped=sum(reply.stopped for reply in replies) / len(replies),
            **more,
        )

    def _ask_training_rows(self, end: float) -> dict[str, Any]:
        rows = self._questions.trained
        replies = self._answers(rows, end)
        private = [
            row
            for row, reply in zip(rows, replies, strict=True)
            if any(one in reply.text for one in private_in(row))
        ]
        return {"training": self._questions.scores(rows, replies), "private_out": len(private)}

    def _ask_abilities(self, end: float) -> tuple[AbilityGroup, ...]:
        prompts = judged_prompts()
        now = self._answers_to(prompts, end, ANSWER_TOKENS)
        if self.learner.has_base:
            before = self._answers_to(prompts, end, ANSWER_TOKENS, untuned=True)
        else:
            before = self._ask_second_copy(prompts)
        return judged_groups([one.text for one in before], [one.text for one in now])

    def _ask_second_copy(self, prompts: Sequence[Any]) -> list[Reply]:
        """The untuned model's answers, from a copy of it that goes at once."""
        try:
            return self.bench.ask(prompts, max_new_tokens=ANSWER_TOKENS)
        finally:
            self.bench.release()

    def _answers(self, rows: Sequence[Row], end: float) -> list[Reply]:
        most = self.plan.evaluation.max_new_tokens
        return self._answers_to([as_asked(row) for row in rows], end, most)

    def _answers_to(
        self, prompts: Sequence[Any], end: float, most: int, *, untuned: bool = False
    ) -> list[Reply]:
        left = end - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return self.learner.answer(prompts, max_new_tokens=most, seconds=left, untuned=untuned)

    def _tell(self, look: Look, seconds_left: float) -> None:
        course = Course(
            metric=self.plan.evaluation.metric,
            epochs=self.plan.train.epochs,
            seconds_left=seconds_left,
            looks=len(self.looks) + 1 + self._schedule.ahead(look.epoch),
        )
        for finding in findings(look, self.looks, self._rival, course):
            if finding.code in self._record.told:
                continue
            if finding.code != "score":
                self._record.told.append(finding.code)
            self.context.notice(finding.text, finding.tone)

    def _give_up(self, reason: str) -> None:
        self._off = True
        self.context.notice(
            _(
                "Answers are no longer looked at while it trains ({reason}); the evaluation "
                "afterwards looks at them all.",
                reason=reason,
            )
            if self.looks
            else _(
                "Answers are not looked at while it trains ({reason}); the evaluation afterwards looks "
                "at them all.",
                reason=reason,
            )
        )

    @property
    def _schedule(self) -> Schedule:
        return Schedule(self.plan.train.epochs, self.plan.train.evaluations_per_epoch)

    def _wants(self, what: str, epoch: float) -> bool:
        """Whether more is to be asked: once, from half way on, unless the plan leaves it out."""
        late = epoch >= HALF * self.plan.train.epochs
        asked = any(getattr(look, what) for look in self.looks)
        return late and self.plan.evaluation.losses and not asked

    @cached_property
    def _rival(self) -> Rival | None:
        rows = [row.id for row in self._questions.held_out]
        return find_rival(self.context.workspace, self.plan, rows)

    @cached_property
    def _questions(self) -> Questions:
        return Questions(self.bench, self.plan.data.train_rows)

    @property
    def _path(self) -> Path:
        return self.context.output / RECORD
