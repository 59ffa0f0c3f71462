"""Following a job at the provider: its events into the live plot, its state into plain words.

Events may come late, twice or in any order; each is taken in once, and a step that arrives late makes
the later ones be reported again, which replaces them. A machine that slept takes in all it missed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

import openai

from luthier.tools.endpoints.failures import explain
from luthier.tools.jobs.context import JobContext
from luthier.tools.jobs.model import MetricsEvent
from luthier.tools.language import _
from luthier.tools.training.hosted.api import Api, RemoteEvent, RemoteJob
from luthier.tools.training.hosted.record import Point, Record
from luthier.tools.training.hosted.site import Site
from luthier.tools.training.hosted.words import FINAL, status_words

SHORTEST, LONGEST = 0.5, 20.0
"""Seconds between two looks: short while something happens, longer while nothing does."""
LOOK_VARIABLE = "LUTHIER_POLL_SECONDS"
"""An environment variable with the longest of these pauses, for whoever wants to look more often."""
LIVE_SECONDS = 120.0
ENOUGH = 300
"""Events that are known already, after which no older page is fetched."""
_TONES = {"warn": "warning", "warning": "warning", "error": "bad"}


class Watch:
    """One job under way; :meth:`until_ended` returns it once nothing more will happen."""

    def __init__(self, context: JobContext, site: Site, api: Api, record: Record) -> None:
        self._context = context
        self._site = site
        self._api = api
        self._record = record
        self._longest = float(os.environ.get(LOOK_VARIABLE) or LONGEST)
        self._pause = self._shortest = min(SHORTEST, self._longest)
        self._away_since = 0.0
        self._seen = set(record.events)

    def until_ended(self) -> RemoteJob:
        """The job in its final state, with all its events taken in.

        Raises:
            LuthierError: the job or the access to it is gone.
            JobStopped: what a requested stop came to; the caller passes it on before.
        """
        while True:
            found = self._look()
            if found is not None and found.status in FINAL:
                return found
            self._sleep()

    def _look(self) -> RemoteJob | None:
        """The job as it is now, or None while the provider cannot be reached."""
        try:
            job = self._api.job(self._record.job_id)
            news = self._take_in(job, self._api.events(self._record.job_id))
        except openai.APIError as error:
            if not self._site.is_passing(error):
                raise explain(error, self._site.endpoint, self._site.secret) from None
            self._note_absence(error)
            return None
        if self._away_since:
            self._away_since = 0.0
            self._context.notice(_("{label} answers again.", label=self._site.label), "good")
        self._pause = self._shortest if news else min(self._pause * 1.5, self._longest)
        return job

    def _note_absence(self, error: openai.APIError) -> None:
        self._pause = min(self._pause * 2, self._longest)
        if self._away_since:
            return
        self._away_since = time.time()
        why = explain(error, self._site.endpoint, self._site.secret).what
        words = _("{why} The training goes on there; Luthier keeps looking.", why=why)
        self._context.notice(words, "warning")

    def _sleep(self) -> None:
        until = time.monotonic() + self._pause
        while (left := until - time.monotonic()) > 0:
            self._context.honour_stop()
            time.sleep(min(left, 0.5))
        self._context.honour_stop()

    def _take_in(self, job: RemoteJob, events: Iterable[RemoteEvent]) -> bool:
        """Report a new state and new events; whether there was any."""
        new = self._new(events)
        changed = job.status != self._record.status
        if changed:
            self._record.status = job.status
            left = (
                job.estimated_finish + self._behind - time.time() if job.estimated_finish else 0.0
            )
            self._context.progress(status_words(job.status), 0, 0, left if left > 0 else None)
            if job.status in ("pausing", "paused"):
                words = _("It was paused at the provider, not here; resume it there.")
                self._context.notice(words, "warning")
        metrics = [one for one in new if _figures(one)]
        for event in new:
            if event not in metrics:
                self._say(event)
        self._report(job, metrics)
        if new or changed:
            self._record.events = sorted(self._seen)
            self._record.save(self._context.output)
        return bool(new or changed)

    def _new(self, events: Iterable[RemoteEvent]) -> list[RemoteEvent]:
        found: dict[str, RemoteEvent] = {}
        known = 0
        for event in events:
            if event.id in self._seen or event.id in found:
                known += 1
                if known >= ENOUGH:
                    break
            else:
                found[event.id] = event
        self._seen |= set(found)
        return sorted(found.values(), key=lambda one: (one.created_at, _step(one.data), one.id))

    def _say(self, event: RemoteEvent) -> None:
        tone: Any = _TONES.get(event.level, "neutral")
        text = _("{label}: {text}", label=self._site.label, text=event.message[:300])
        self._context.notice(text, tone)

    @property
    def _behind(self) -> float:
        """Seconds to add to the provider's clock for ours."""
        return -self._record.clock_ahead

    def _report(self, job: RemoteJob, events: list[RemoteEvent]) -> None:
        """Put figures into the plot, from the earliest new step on."""
        if not events:
            return
        now = time.time()
        for event in events:
            step = _step(event.data)
            at = event.created_at + self._behind
            point = self._record.points.setdefault(step, Point(step=step, at=at))
            if abs(now - at) < LIVE_SECONDS:
                point.at = now
            _fill(point, event.data)
            self._record.total_steps = int(
                event.data.get("total_steps") or self._record.total_steps
            )
        first = min(_step(event.data) for event in events)
        total = max(self._record.total_steps, *self._record.points)
        epochs = job.epochs or 1.0
        for step in sorted(step for step in self._record.points if step >= first):
            self._emit(self._record.points[step], total, epochs)

    def _emit(self, point: Point, total: int, epochs: float) -> None:
        self._context.emit(
            MetricsEvent(
                at=point.at,
                step=point.step,
                total_steps=total,
                epoch=round(point.step / max(total, 1) * epochs, 3),
                total_epochs=epochs,
                loss=point.loss,
                validation_loss=point.validation_loss,
                reward=point.reward,
                validation_reward=point.validation_reward,
            )
        )


def _figures(event: RemoteEvent) -> bool:
    return event.kind == "metrics" and _step(event.data) > 0


def _step(data: Any) -> int:
    try:
        return int(data.get("step") or 0)
    except (TypeError, ValueError):
        return 0


_VALID_REWARDS = (
    *("full_valid_reward_mean", "full_valid_mean_reward"),
    *("valid_reward_mean", "valid_mean_reward"),
)
"""Spelled differently by OpenAI and Azure, and for all validation rows and a sample of them."""


def _fill(point: Point, data: Any) -> None:
    """The provider's names in Luthier's words; the loss on all validation rows goes before a sample."""
    for names, ours in (
        (("train_loss",), "loss"),
        (("full_valid_loss", "valid_loss"), "validation_loss"),
        (("train_mean_token_accuracy",), "accuracy"),
        (("train_reward_mean", "train_mean_reward"), "reward"),
        (_VALID_REWARDS, "validation_reward"),
    ):
        for name in names:
            value = data.get(name)
            if isinstance(value, int | float):
                setattr(point, ours, float(value))
                break
