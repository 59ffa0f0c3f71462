"""What AutoTrain's output says, line by line: losses, steps, stages, and why it failed.

It prints each logged step as a Python dictionary through loguru, tqdm bars that overwrite themselves,
and, where training raises, "train has failed due to an exception" with a traceback.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

_LOG = re.compile(
    r"(?:DEBUG|INFO|WARNING|ERROR) +\| [\d-]+ [\d:]+ \| [\w.]+:\w+:\d+ - (?P<text>.*)$"
)
_BAR = re.compile(r"\|\s*(?P<done>\d+)/(?P<total>\d+) \[[^\]]*\]")
_FAILED = "has failed due to"
_ERROR = re.compile(r"^(?P<name>[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)): ?(?P<text>.*)$")
STAGES = {
    "Starting local training": "prepare",
    "loading model...": "load",
    "Starting to train": "train",
    "Finished training, saving model": "save",
}
"""The beginnings of lines that mark a new stage."""


@dataclass(frozen=True, slots=True)
class Step:
    """One logged step; numbers that AutoTrain did not print are None."""

    epoch: float
    loss: float | None = None
    learning_rate: float | None = None
    gradient_norm: float | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A progress bar; that of the training counts steps."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A new stage of the work: prepare, load, train or save."""

    name: str


Said = Step | Bar | Stage


def read_line(line: str) -> Said | None:
    """What one line says; None where it says nothing that matters.

    >>> read_line(" 12%|#2   | 3/24 [00:11<01:20,  3.8s/it]")
    Bar(done=3, total=24)
    """
    logged = _LOG.search(line)  # a bar that was not ended may stand before it
    if logged:
        text = logged["text"].strip()
        if text.startswith("{"):
            return _step(text)
        return next((Stage(name) for start, name in STAGES.items() if text.startswith(start)), None)
    bar = _BAR.search(line)
    return Bar(int(bar["done"]), int(bar["total"])) if bar else None


def _step(text: str) -> Step | None:
    """The dictionary of a logged step; ``nan`` and ``inf`` are numbers, too."""
    try:
        found = ast.literal_eval(re.sub(r"(?<=[:\s])(-?(?:nan|inf))(?=[,}\s])", r'"\1"', text))
        values = {str(name): float(value) for name, value in dict(found).items()}
    except (ValueError, SyntaxError, TypeError):
        return None
    if "epoch" not in values or "train_runtime" in values:
        return None
    return Step(
        epoch=values["epoch"],
        loss=values.get("loss"),
        learning_rate=values.get("learning_rate"),
        gradient_norm=values.get("grad_norm"),
    )


@dataclass
class Failure:
    """Listens for a failure, because AutoTrain ends with exit code 0 even then.

    ``reason`` is the last line of the traceback that followed the first "has failed due to".
    """

    reason: str = ""
    _failed: bool = field(default=False, repr=False)

    @property
    def failed(self) -> bool:
        """Whether a failure was announced."""
        return self._failed

    def hear(self, line: str) -> None:
        """Take in one more line."""
        if _FAILED in line:
            self._failed = True
        error = _ERROR.match(line.strip())
        if error and (self._failed or not self.reason):
            self.reason = f"{error['name']}: {error['text']}".strip(": ")
