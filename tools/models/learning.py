"""What a model would learn from the rows at a given length, measured before anything is launched.

Truncation and masking happen silently in most trainers: a row whose question fills the length
teaches nothing, a cut answer teaches to stop mid-word, an untrained end token teaches never to
stop. Here each of these is counted and blocks the launch, with a way out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.data.checks.why import why
from luthier.tools.data.model import Problem, Row, Severity
from luthier.tools.data.places import numbers
from luthier.tools.language import _, mark, plural
from luthier.tools.models.rendering import Rendered, Renderer
from luthier.tools.progress import Progress, silent
from luthier.tools.wording import rows as in_rows

_CHUNK = 500
_SHOWN_LINES = 20
_BARS = 12


class Quantiles(BaseModel):
    """A spread of lengths, in tokens."""

    model_config = ConfigDict(frozen=True)

    low: int
    median: int
    p90: int
    p95: int
    p99: int
    high: int
    mean: float


class LengthBar(BaseModel):
    """How many rows have ``low`` to ``high`` tokens, both included."""

    model_config = ConfigDict(frozen=True)

    low: int
    high: int
    rows: int


class LearningReport(BaseModel):
    """Tokens read and learned per row under ``max_length``, and what stands in the way."""

    model_config = ConfigDict(frozen=True)

    rows: int
    examples: int = Field(
        default=0, description="where it is not each row: pairs, of which each has two rows here"
    )
    max_length: int
    context_length: int = Field(description="the most this model can take in one row")
    lengths: Quantiles = Field(description="whole rows, before any cut")
    answers: Quantiles = Field(description="trained tokens per row before any cut, with the end")
    histogram: tuple[LengthBar, ...]
    total_tokens: int = Field(description="tokens per epoch after the cut, without padding")
    trained_tokens: int = Field(description="of these, tokens with a loss")
    rows_cut: int
    answers_cut: int
    longest: tuple[int, ...] = Field(description="indices of the longest rows, longest first")
    needed_length: int = Field(description="row length at which no answer is cut")
    blockers: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    blocked_rows: tuple[int, ...] = Field(
        default=(), description="indices of the rows that would have to be left out"
    )


def learning_report(
    renderer: Renderer, rows: Sequence[Row], max_length: int, progress: Progress = silent
) -> LearningReport:
    """Render every row as in training and report what is learned, what is cut, what blocks.

    Rows are rendered in chunks; 10,000 short rows take a few seconds.
    """
    tally = _Tally(renderer, max_length)
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        rendered = renderer.render_many([row.messages for row in chunk])
        for row, whole in zip(chunk, rendered, strict=True):
            tally.add(row, whole)
        progress(_("Counting tokens"), min(start + _CHUNK, len(rows)), len(rows))
    return tally.report()


class _Tally:
    """Collects one row after the other."""

    def __init__(self, renderer: Renderer, max_length: int) -> None:
        self._renderer = renderer
        self._max_length = max_length
        self._lengths: list[int] = []
        self._answers: list[int] = []
        self._total = 0
        self._trained = 0
        self._found: dict[str, list[tuple[int, Row, int]]] = {}

    def add(self, row: Row, whole: Rendered) -> None:
        """Count one row, rendered without a cut."""
        index, length = len(self._lengths), whole.length_before_cut
        kept = min(length, self._max_length)
        answer = sum(whole.trained)
        learned = sum(whole.trained[:kept])
        self._lengths.append(length)
        self._answers.append(answer)
        self._total += kept
        self._trained += learned
        for code, is_so in (
            ("cut", length > kept),
            ("nothing_trained", learned == 0),
            ("answer_cut", 0 < learned < answer),
            ("end_not_trained", learned == answer > 0 and not whole.end_trained),
            ("everything_trained", learned == kept > 0),
            ("last_turn_only", whole.last_turn_only and _earlier_answers(row)),
            ("control_tokens", whole.control_tokens > 0),
            ("calls_as_text", _has_calls(row) and not self._renderer.writes_calls),
        ):
            if is_so:
                self._found.setdefault(code, []).append((index, row, length))

    def report(self) -> LearningReport:
        """The sums, the spread and the problems."""
        lengths = np.array(self._lengths or [0])
        blocking = [code for code in _BLOCKERS if code in self._found]
        unfit = [*self._rows("nothing_trained"), *self._rows("answer_cut")]
        needed = max((length for _, _, length in unfit), default=0)
        return LearningReport(
            rows=len(self._lengths),
            max_length=self._max_length,
            context_length=self._renderer.context_length,
            lengths=quantiles(lengths),
            answers=quantiles(np.array(self._answers or [0])),
            histogram=length_histogram(lengths),
            total_tokens=self._total,
            trained_tokens=self._trained,
            rows_cut=len(self._rows("cut")),
            answers_cut=len(self._rows("answer_cut")) + len(self._rows("nothing_trained")),
            longest=tuple(int(index) for index in np.argsort(-lengths, kind="stable")[:32])
            if self._lengths
            else (),
            needed_length=max(needed, min(int(lengths.max()), self._max_length)),
            blockers=tuple(self._problem(code, "blocks") for code in blocking),
            warnings=tuple(
                self._problem(code, "warns") for code in _WARNINGS if code in self._found
            ),
            blocked_rows=tuple(
                sorted({index for code in blocking for index, _, _ in self._found[code]})
            ),
        )

    def _rows(self, code: str) -> list[tuple[int, Row, int]]:
        return self._found.get(code, [])

    def _problem(self, code: str, severity: Severity) -> Problem:
        found = self._found[code]
        message, remedy = (_BLOCKERS | _WARNINGS)[code]
        return Problem(
            code=code,
            severity=severity,
            why=why(code),
            message=_(message, rows=in_rows(len(found)), length=self._max_length),
            remedy=_(remedy)
            or self._length_remedy(max(length for _, _, length in found), len(found)),
            count=len(found),
            lines=tuple(row.source.line for _, row, _ in found[:_SHOWN_LINES]),
            rows=numbers(row.source.row for _, row, _ in found[:_SHOWN_LINES]),
            example=found[0][1].completion[:80],
        )

    def _length_remedy(self, needed: int, count: int) -> str:
        leave = plural("leave out this row", "leave out these {n} rows", count)
        if needed <= self._renderer.context_length:
            return _(
                "Raise the row length to {needed}, shorten the texts, or {leave}.",
                needed=needed,
                leave=leave,
            )
        return _(
            "The longest needs {needed} tokens and this model reads at most {context_length}: "
            "shorten the texts, or {leave}.",
            needed=needed,
            context_length=self._renderer.context_length,
            leave=leave,
        )


_BLOCKERS = {
    "nothing_trained": (
        mark("{rows} would teach nothing: the question alone fills the {length} tokens of a row."),
        "",
    ),
    "answer_cut": (
        mark(
            "The answer of {rows} would be cut at {length} tokens, so that the model learns to "
            "stop mid-word."
        ),
        "",
    ),
    "end_not_trained": (
        mark("There is no end token to learn in {rows}, so the model would never learn to stop."),
        mark(
            "The chat template of this model writes no end token after an answer; choose another "
            "model, such as the starter."
        ),
    ),
    "everything_trained": (
        mark("There is no question in {rows}: the model would learn every token."),
        mark("Map a column to the prompt, or leave these rows out."),
    ),
}
_WARNINGS = {
    "calls_as_text": (
        mark(
            "In {rows} functions are offered or called, which this model's chat template cannot "
            "write; they are written as text in the tags of Hermes and Qwen (<tool_call>)."
        ),
        mark(
            "Nothing needs to be done if you read the model's answers the same way; else choose a "
            "model whose template knows functions."
        ),
    ),
    "last_turn_only": (
        mark(
            "In {rows} only the last answer is learned, because this model's chat template "
            "rewrites earlier turns."
        ),
        mark("Nothing needs to be done; split long conversations into rows to learn every answer."),
    ),
    "control_tokens": (
        mark(
            "Control tokens of the model are spelled out in {rows}; they are read as plain letters."
        ),
        mark("If they were pasted in by mistake, remove them from the texts."),
    ),
}


def _has_calls(row: Row) -> bool:
    return any(message.tool_calls or message.tools for message in row.messages)


def _earlier_answers(row: Row) -> bool:
    return sum(message.role == "assistant" for message in row.messages) > 1


def quantiles(values: np.ndarray) -> Quantiles:
    """The spread of these lengths."""
    low, median, p90, p95, p99, high = (
        int(value) for value in np.quantile(values, [0, 0.5, 0.9, 0.95, 0.99, 1], method="higher")
    )
    return Quantiles(
        low=low, median=median, p90=p90, p95=p95, p99=p99, high=high, mean=float(values.mean())
    )


def length_histogram(lengths: np.ndarray) -> tuple[LengthBar, ...]:
    """Equal bars of a round width (1, 2, 4, 8, ... tokens) from 1 to the longest row."""
    longest = int(lengths.max())
    width = 1
    while width * _BARS < longest:
        width *= 2
    counts = np.bincount((lengths - 1).clip(0) // width, minlength=1)
    return tuple(
        LengthBar(low=index * width + 1, high=(index + 1) * width, rows=int(count))
        for index, count in enumerate(counts)
    )
