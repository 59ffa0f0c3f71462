"""What a job's events add up to: how far it is, its losses so far, what it had to say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from luthier.tools.jobs.model import JobEvent, MetricsEvent, NoticeEvent, ProgressEvent
from luthier.tools.language import _
from luthier.tools.views import Curve
from luthier.tools.wording import duration, times


@dataclass(slots=True)
class JobHistory:
    """The sum of a job's events; feed it with :meth:`add` as they arrive.

    A worker that was restarted from a checkpoint repeats steps: the repeated ones replace the old,
    so that every curve stays one value per step.
    """

    progress: ProgressEvent | None = None
    metrics: list[MetricsEvent] = field(default_factory=list)
    notices: list[NoticeEvent] = field(default_factory=list)

    def add(self, events: Iterable[JobEvent]) -> JobHistory:
        """Take in more events, in their order; returns itself."""
        for event in events:
            match event:
                case ProgressEvent():
                    self.progress = event
                case MetricsEvent():
                    while self.metrics and self.metrics[-1].step > event.step:
                        self.metrics.pop()
                    self.metrics.append(event)
                case NoticeEvent():
                    self.notices.append(event)
        return self

    @property
    def newest(self) -> MetricsEvent | None:
        """The last logged training step."""
        return self.metrics[-1] if self.metrics else None

    @property
    def fraction(self) -> float | None:
        """How much of the work is done, 0 to 1, or None where nobody can tell."""
        newest = self.newest
        if newest and newest.total_steps > 0 and not self._progress_is_newer:
            return min(1.0, newest.step / newest.total_steps)
        if self.progress and self.progress.total > 0:
            return min(1.0, self.progress.done / self.progress.total)
        return None

    @property
    def seconds_left(self) -> float | None:
        """The worker's newest guess of the time left."""
        newest = self.newest
        if newest and not self._progress_is_newer:
            return newest.seconds_left
        return self.progress.seconds_left if self.progress else None

    @property
    def loss(self) -> float | None:
        """The newest training loss."""
        return next(
            (event.loss for event in reversed(self.metrics) if event.loss is not None), None
        )

    @property
    def validation_loss(self) -> float | None:
        """The newest loss on the validation rows."""
        found = (event.validation_loss for event in reversed(self.metrics))
        return next((value for value in found if value is not None), None)

    @property
    def best_validation_loss(self) -> float | None:
        """The lowest loss on the validation rows so far; its checkpoint is the one kept."""
        found = [
            event.validation_loss for event in self.metrics if event.validation_loss is not None
        ]
        return min(found, default=None)

    @property
    def answers(self) -> float | None:
        """What the newest look at answers to validation rows found, in [0, 1]."""
        found = (event.answers for event in reversed(self.metrics))
        return next((value for value in found if value is not None), None)

    @property
    def tokens_per_second(self) -> float | None:
        """The newest measured speed."""
        found = (event.tokens_per_second for event in reversed(self.metrics))
        return next((value for value in found if value is not None), None)

    def in_words(self) -> str:
        """How far the work is, such as "your data seen 1.4 of 3 times, 4 min left"."""
        newest = self.newest
        if newest and not self._progress_is_newer:
            text = _(
                "your data seen {epoch:.1f} of {times}",
                epoch=newest.epoch,
                times=times(newest.total_epochs),
            )
        elif self.progress and self.progress.total > 0:
            text = _(
                "{label}: {done:g} of {total:g}",
                label=self.progress.label,
                done=self.progress.done,
                total=self.progress.total,
            )
        elif self.progress:
            text = self.progress.label
        else:
            return _("getting ready")
        if not self.seconds_left:
            return text
        left = duration(self.seconds_left)
        if newest and not self._progress_is_newer:
            return _("{text}, about {left} left", text=text, left=left)
        return _("{text}, about {left} left of this step", text=text, left=left)

    def curves(self) -> tuple[Curve, ...]:
        """Loss and reward over steps, in training and validation; only those with a value."""
        named = (
            (_("loss"), [(event.step, event.loss) for event in self.metrics]),
            (_("validation loss"), [(event.step, event.validation_loss) for event in self.metrics]),
            (_("reward"), [(event.step, event.reward) for event in self.metrics]),
            (
                _("validation reward"),
                [(event.step, event.validation_reward) for event in self.metrics],
            ),
        )
        curves = []
        for name, points in named:
            known = {float(step): value for step, value in points if value is not None}
            if known:
                curves.append(Curve(name=name, x=tuple(known), y=tuple(known.values())))
        return tuple(curves)

    @property
    def _progress_is_newer(self) -> bool:
        newest = self.newest
        return bool(newest and self.progress and self.progress.at > newest.at)
