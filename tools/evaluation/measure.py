"""Measuring one arm: answers written down line by line, so that a killed evaluation goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from luthier.tools.data.model import Row
from luthier.tools.evaluation.arms.arm import Arm, Bench, Contender
from luthier.tools.evaluation.cache import Reply
from luthier.tools.evaluation.compare import arm_interval
from luthier.tools.evaluation.model import ArmResult, Prediction
from luthier.tools.files import write_atomic


@dataclass(frozen=True, slots=True)
class Measured:
    """An arm's result with its predictions, one per test row in order."""

    result: ArmResult
    predictions: tuple[Prediction, ...]


def predictions_path(folder: Path, arm: str) -> Path:
    """Where a job keeps the answers of one arm."""
    name = re.sub(r"[^\w.-]", "-", arm)
    return folder / f"predictions-{name}.jsonl"


def read_predictions(path: Path) -> list[Prediction]:
    """The answers written so far; a line torn by a crash is left out, a missing file is empty."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    predictions = [_read_line(line) for line in text.split("\n")]
    return [prediction for prediction in predictions if prediction is not None]


def _read_line(line: str) -> Prediction | None:
    try:
        return Prediction.model_validate_json(line)
    except ValidationError:
        return None


def measure(bench: Bench, arm: Arm, rows: Sequence[Row], on_row: Callable[[int], None]) -> Measured:
    """Answer ``rows`` with an arm, go on where an earlier attempt was killed, and sum it up.

    ``on_row`` is told how many rows of this arm are answered, after each batch.
    """
    path = predictions_path(bench.folder, arm.name)
    known = {prediction.row_id: prediction for prediction in read_predictions(path)}
    missing = [row for row in rows if row.id not in known]
    on_row(len(rows) - len(missing))
    contender = arm.prepare(bench)
    if missing:
        known |= _answer(
            bench, contender, missing, path, lambda done: on_row(len(rows) - len(missing) + done)
        )
    answers = [known[row.id].answer for row in rows]
    scores = bench.ruler.score(rows, answers)
    predictions = tuple(
        known[row.id].model_copy(update={"scores": by})
        for row, by in zip(rows, scores, strict=True)
    )
    write_atomic(path, "".join(one.model_dump_json() + "\n" for one in predictions))
    return Measured(_sum_up(bench, arm, contender, rows, predictions, path), predictions)


def _answer(
    bench: Bench,
    contender: Contender,
    rows: Sequence[Row],
    path: Path,
    on_row: Callable[[int], None],
) -> dict[str, Prediction]:
    """The answers by row id."""
    writer = _Writer(rows, path, on_row)
    prompts = [contender.build(row) for row in rows]
    if contender.answer:
        contender.answer(prompts, writer.write)
    else:
        bench.ask(prompts, by=contender.by, on_batch=writer.write)
    return writer.written


class _Writer:
    """Appends each batch to the file before the next one starts; scored once all are there."""

    def __init__(self, rows: Sequence[Row], path: Path, on_row: Callable[[int], None]) -> None:
        self.written: dict[str, Prediction] = {}
        self._rows = rows
        self._path = path
        self._on_row = on_row
        _end_torn_line(path)

    def write(self, places: Sequence[int], replies: Sequence[Reply]) -> None:
        batch = [
            self._prediction(self._rows[place], reply)
            for place, reply in zip(places, replies, strict=True)
        ]
        with self._path.open("a", encoding="utf-8") as file:
            file.write("".join(one.model_dump_json() + "\n" for one in batch))
        self.written |= {prediction.row_id: prediction for prediction in batch}
        self._on_row(len(self.written))

    def _prediction(self, row: Row, reply: Reply) -> Prediction:
        return Prediction(
            row_id=row.id,
            answer=reply.text,
            scores={},
            stopped=reply.stopped,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            seconds=reply.seconds,
        )


def _end_torn_line(path: Path) -> None:
    """Give a half-written last line its end, so that the next line does not grow onto it."""
    if path.exists() and not path.read_bytes().endswith(b"\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")


def _sum_up(
    bench: Bench,
    arm: Arm,
    contender: Contender,
    rows: Sequence[Row],
    predictions: Sequence[Prediction],
    path: Path,
) -> ArmResult:
    number = max(len(rows), 1)
    return ArmResult(
        arm=arm.name,
        label=contender.label,
        metrics=bench.ruler.sum_up(
            rows,
            [prediction.answer for prediction in predictions],
            [prediction.scores for prediction in predictions],
        ),
        stop_rate=sum(prediction.stopped for prediction in predictions) / number,
        prompt_tokens=sum(prediction.prompt_tokens for prediction in predictions) / number,
        completion_tokens=sum(prediction.completion_tokens for prediction in predictions) / number,
        seconds=sum(prediction.seconds for prediction in predictions),
        rows=len(rows),
        predictions_file=str(path),
        detail=contender.detail,
        price_per_request=bench.price_per_request(contender, predictions),
        on_validation=contender.on_validation,
        interval=arm_interval(
            bench.dataset.task,
            bench.plan.metric,
            [row.completion for row in rows],
            predictions,
        ),
    )
