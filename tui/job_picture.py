"""A job as the screen draws it: built from its events alone, without Textual and without a clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from luthier.tools.jobs.model import (
    Job,
    JobEvent,
    JobState,
    MetricsEvent,
    NoticeEvent,
    ProgressEvent,
)
from luthier.tools.language import _, mark
from luthier.tools.wording import duration, times
from luthier.tui.text import number

MAX_POINTS = 240
STATE_WORDS = {
    JobState.QUEUED: mark("waiting to start"),
    JobState.RUNNING: mark("running"),
    JobState.PAUSING: mark("pausing at the next safe point"),
    JobState.PAUSED: mark("paused"),
    JobState.CANCELLING: mark("stopping at the next safe point"),
    JobState.CANCELLED: mark("cancelled"),
    JobState.SUCCEEDED: mark("finished"),
    JobState.FAILED: mark("failed"),
    JobState.LOST: mark("lost: its process vanished"),
}


@dataclass(slots=True)
class JobPicture:
    """What is known of one job so far.

    ``losses`` and ``validation_losses`` are (step, loss) pairs, at most ``MAX_POINTS`` of them; rewards
    stand in for them where a grader judges (``rewarded``).
    """

    job_id: str
    title: str = ""
    kind: str = ""
    state: JobState = JobState.QUEUED
    error: dict[str, str] = field(default_factory=dict)
    label: str = ""
    done: float = 0
    total: float = 0
    seconds_left: float | None = None
    epoch: float = 0
    total_epochs: float = 0
    tokens_per_second: float | None = None
    answers: float | None = None
    losses: list[tuple[float, float]] = field(default_factory=list)
    validation_losses: list[tuple[float, float]] = field(default_factory=list)
    rewarded: bool = False
    notices: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=2))

    def update(self, job: Job, events: Iterable[JobEvent]) -> bool:
        """Take in the newest state and events; says whether anything changed."""
        changed = (self.state, self.title) != (job.status.state, job.spec.title)
        self.title, self.kind = job.spec.title, job.spec.kind
        self.state = job.status.state
        self.error = job.status.error or {}
        for event in events:
            changed = True
            self._take(event)
        return changed

    @property
    def is_under_way(self) -> bool:
        """Whether the job goes on by itself."""
        return bool(self.title) and not self.state.is_final and self.state is not JobState.PAUSED

    @property
    def can_pause(self) -> bool:
        """Whether a pause makes sense now."""
        return self.state is JobState.RUNNING

    @property
    def can_resume(self) -> bool:
        """Whether the job waits to be resumed."""
        return self.state in (JobState.PAUSED, JobState.LOST, JobState.FAILED)

    @property
    def can_cancel(self) -> bool:
        """Whether there is anything left to cancel."""
        return self.state in (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)

    @property
    def share(self) -> float | None:
        """How much is done, 0 to 1, or None where unknown."""
        if self.state is JobState.SUCCEEDED:
            return 1.0
        return min(1.0, self.done / self.total) if self.total else None

    def facts(self) -> list[str]:
        """What matters now, in words, most important first."""
        words = []
        if self.total_epochs:
            seen, wanted = number(round(self.epoch, 1)), times(round(self.total_epochs, 2))
            words.append(_("your data seen {seen} of {times}", seen=seen, times=wanted))
        if self.state is JobState.RUNNING and self.seconds_left is not None:
            left = _roughly(self.seconds_left)
            words.append(
                _("about {time} left", time=left)
                if self.total_epochs
                else _("about {time} left of this step", time=left)
            )
        words += [f"{name} {points[-1][1]:.3f}" for name, points in self.curves() if points]
        if self.answers is not None:
            words.append(_("validation answers {share:.0%}", share=self.answers))
        if self.tokens_per_second:
            words.append(
                _(
                    "{count} tokens/s",
                    count=number(round(self.tokens_per_second)),
                )
            )
        return words

    def curves(self) -> list[tuple[str, list[tuple[float, float]]]]:
        """What is plotted, with its name: the training's figure, then that on validation rows."""
        if self.rewarded:
            return [(_("reward"), self.losses), (_("validation reward"), self.validation_losses)]
        return [(_("loss"), self.losses), (_("validation loss"), self.validation_losses)]

    def _take(self, event: JobEvent) -> None:
        match event:
            case ProgressEvent():
                self.label, self.done, self.total = event.label, event.done, event.total
                self.seconds_left = event.seconds_left
            case MetricsEvent():
                self._take_metrics(event)
            case NoticeEvent():
                self.notices.append((event.tone, event.text))

    def _take_metrics(self, event: MetricsEvent) -> None:
        self.label = _(
            "step {step} of {total_steps}", step=event.step, total_steps=event.total_steps
        )
        self.done, self.total = event.step, event.total_steps
        self.epoch, self.total_epochs = event.epoch, event.total_epochs
        if event.seconds_left is not None:
            self.seconds_left = event.seconds_left
        if event.tokens_per_second is not None:
            self.tokens_per_second = event.tokens_per_second
        if event.answers is not None:
            self.answers = event.answers
        self.rewarded = self.rewarded or event.reward is not None
        figure = event.reward if self.rewarded else event.loss
        held_out = event.validation_reward if self.rewarded else event.validation_loss
        if figure is not None:
            _add_point(self.losses, event.step, figure)
        if held_out is not None:
            _add_point(self.validation_losses, event.step, held_out)


def _roughly(seconds: float) -> str:
    """A time left without digits that would only flicker."""
    if seconds >= 600:
        return duration(round(seconds / 60) * 60)
    return duration(round(seconds, -1) if seconds >= 60 else max(1, seconds))


def _add_point(points: list[tuple[float, float]], step: float, value: float) -> None:
    """Append, going back where a resumed job repeats steps, and thin out when there are many."""
    while points and points[-1][0] >= step:
        points.pop()
    points.append((step, value))
    if len(points) > MAX_POINTS:
        points[1:-1] = points[2:-1:2]
