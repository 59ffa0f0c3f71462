"""Reading what lm-eval wrote, and comparing two models by it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from luthier.tools.evaluation.compare import bootstrap_interval, share_interval
from luthier.tools.evaluation.harness.views import SPREAD
from luthier.tools.evaluation.model import HarnessScore, Interval


def read_scores(base: Path, tuned: Path) -> list[HarnessScore]:
    """Every figure that both models have, with its interval.

    Where each row has a score of its own the change is bootstrapped over the pairs, as elsewhere in
    Luthier; else it comes from the two standard errors, which ignores that the rows are the same and
    so is the wider of the two.
    """
    before, after = _results(base), _results(tuned)
    return [
        _score(task, key, before, after, base, tuned)
        for task, figures in before["results"].items()
        for key in figures
        if _is_metric(key, figures[key], after["results"].get(task, {}).get(key))
    ]


def _is_metric(key: str, *values: object) -> bool:
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in values)
    return "," in key and "_stderr," not in key and numbers


def _score(
    task: str,
    key: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    base: Path,
    tuned: Path,
) -> HarnessScore:
    metric, _comma, filtered = key.partition(",")
    error = f"{metric}_stderr,{filtered}"
    first, second = before["results"][task], after["results"][task]
    errors = [_number(one.get(error)) for one in (first, second)]
    pairs = _pairs(task, metric, filtered, base, tuned)
    if pairs:
        difference: Interval | None = bootstrap_interval([new - old for old, new in pairs])
    else:
        difference = _from_errors(float(second[key]) - float(first[key]), errors)
    counts = before.get("n-samples", {}).get(task, {})
    return HarnessScore(
        task=task,
        metric=metric if filtered == "none" else f"{metric} ({filtered})",
        items=len(pairs) or int(counts.get("effective", 0)),
        base=float(first[key]),
        tuned=float(second[key]),
        base_error=errors[0],
        tuned_error=errors[1],
        difference=difference,
        paired=bool(pairs),
        base_range=_range_of([old for old, _new in pairs]),
        tuned_range=_range_of([new for _old, new in pairs]),
        higher_is_better=bool(before.get("higher_is_better", {}).get(task, {}).get(metric, True)),
    )


def _range_of(scores: list[float]) -> Interval | None:
    """As elsewhere in Luthier, where the scores are shares; a standard error is nought at all or none."""
    if not scores or not all(0 <= score <= 1 for score in scores):
        return None
    return share_interval(scores)


def _from_errors(value: float, errors: list[float | None]) -> Interval | None:
    known = [one for one in errors if one is not None]
    if len(known) < len(errors):
        return None
    spread = SPREAD * math.hypot(*known)
    return Interval(value=value, low=value - spread, high=value + spread)


def _pairs(
    task: str, metric: str, filtered: str, base: Path, tuned: Path
) -> list[tuple[float, float]]:
    """The scores of the rows that both were asked; none where a row has no score of its own."""
    before, after = (_by_row(folder, task, metric, filtered) for folder in (base, tuned))
    if not before or before.keys() != after.keys():
        return []
    return [(before[row], after[row]) for row in before]


def _by_row(folder: Path, task: str, metric: str, filtered: str) -> dict[int, float]:
    found: dict[int, float] = {}
    for path in folder.rglob(f"samples_{task}_2*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row.get("filter", "none") != filtered:
                continue
            value = _number(row.get(metric))
            if value is None:
                return {}
            found[int(row["doc_id"])] = value
    return found


def _number(value: object) -> float | None:
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return float(value)
    return None


def _results(folder: Path) -> dict[str, Any]:
    newest = max(folder.rglob("results_*.json"), key=lambda path: path.name)
    found: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
    return found
