"""Progress bars on stderr, for commands outside the chat; plain lines where there is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from luthier.tools.jobs.history import JobHistory
from luthier.tools.jobs.model import Job, JobEvent, NoticeEvent
from luthier.tools.language import _
from luthier.tools.progress import Pace
from luthier.tools.wording import duration
from luthier.tui.untrusted import clean_line

if TYPE_CHECKING:
    from luthier.tools.run import RunEvent


_NEARLY_FULL = 0.999


class Bars:
    """Named bars, one below the other; ``move`` makes a bar at its first call.

    Without a terminal a line is printed when a bar begins and when it is full.
    """

    def __init__(self) -> None:
        self._console = Console(file=sys.stderr, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[words]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, str] = {}

    def __enter__(self) -> Bars:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Leave the bars as they are."""
        self._progress.stop()

    def move(self, name: str, fraction: float | None, words: str = "") -> None:
        """Set a bar to ``fraction`` (None: nobody knows) with ``words`` beside it.

        Only :meth:`finish` fills it, because a bar that was full once stops its clock for good.
        """
        self._set(name, None if fraction is None else min(fraction, _NEARLY_FULL), words)

    def _set(self, name: str, fraction: float | None, words: str) -> None:
        shown = escape(clean_line(words))
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(
                escape(clean_line(name)), total=None, words=shown
            )
            self._line(name, _("begins"))
        total = None if fraction is None else 1.0
        self._progress.update(
            self._tasks[name],
            total=total,
            completed=fraction or 0.0,
            words=shown,
        )

    def listener(self, name: str) -> Callable[[str, float, float], None]:
        """What a tool can be given to tell its progress to: it moves the bar called ``name``."""
        pace = Pace()

        def listen(label: str, done: float, total: float) -> None:
            left = pace.seconds_left(label, done, total)
            words = label
            if left is not None:
                words += ", " + _("about {time} left", time=duration(left))
            self.move(name, done / total if total else None, words)

        return listen

    def finish(self, name: str, words: str) -> None:
        """Fill a bar and say how it went."""
        self._set(name, 1.0, words)
        self._line(name, words)

    def say(self, text: str) -> None:
        """Print a sentence above the bars."""
        self._console.print(clean_line(text), markup=False, soft_wrap=True)

    def _line(self, name: str, words: str) -> None:
        if not self._console.is_terminal and self._told.get(name) != words:
            self._told[name] = words
            self.say(f"{name}: {words}")


class JobBar:
    """One job as a bar; give :meth:`listen` to :func:`luthier.tools.jobs.wait.wait_for`."""

    def __init__(self) -> None:
        self._bars = Bars()
        self._history = JobHistory()

    def __enter__(self) -> JobBar:
        """Begin to draw."""
        self._bars.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bar as it is."""
        self._bars.__exit__(kind, error, trace)

    def listen(self, job: Job, events: list[JobEvent]) -> None:
        """Take in what the job reported."""
        self._history.add(events)
        for event in events:
            if isinstance(event, NoticeEvent):
                self._bars.say(event.text)
        self._bars.move(job.spec.title, self._history.fraction, self._history.in_words())


class RunBars:
    """A headless run as bars, one per stage; give :meth:`listen` to ``run_plan``."""

    def __init__(self) -> None:
        self._bars = Bars()
        self._titles: dict[str, str] = {}

    def __enter__(self) -> RunBars:
        """Begin to draw."""
        self._bars.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bars as they are."""
        self._bars.__exit__(kind, error, trace)

    def listen(self, event: RunEvent) -> None:
        """Take in one event of the run."""
        title = self._titles.get(event.stage, event.text)
        match event.kind:
            case "begin":
                self._titles[event.stage] = event.text
                self._bars.move(event.text, None)
            case "progress":
                self._bars.move(title, event.fraction, event.text)
            case "notice":
                self._bars.say(event.text)
            case "done":
                self._bars.finish(title, event.text)
