"""Labels that nearly every row bears, and labels that hardly any does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from luthier.tools.data.checks.base import MOST_PLACES
from luthier.tools.data.model import Lineage, Problem, Row, Task
from luthier.tools.data.places import located, place_key
from luthier.tools.language import _, plural

_DOMINANT = 0.7
_FEWEST = 5  # rows of a label, so that each side of the split can have one and training several
_MOST_LABELS = 2000


class LabelBalance:
    """Counts answers while there are few different ones."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, list[Lineage]] = {}

    def see(self, row: Row) -> None:
        """Count the answer."""
        if len(self._counts) <= _MOST_LABELS:
            self._counts[row.completion] += 1
            places = self._first.setdefault(row.completion, [])
            if len(places) < _FEWEST:
                places.append(row.source)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """For label tasks only: the dominant label, and the rare ones by name."""
        if task.kind != "labels" or len(self._counts) < 2:
            return
        label, count = self._counts.most_common(1)[0]
        if count / rows >= _DOMINANT:
            share = f"{count / rows:.0%}"
            yield Problem(
                code="dominant_label",
                severity="note",
                message=_(
                    "{share} of the answers are “{label}”: a model that always says so is right {share} "
                    "of the time.",
                    share=share,
                    label=label,
                ),
                remedy=_(
                    "Judge by macro-F1, which weighs every label alike, and add rows of the other labels "
                    "if you can."
                ),
                count=count,
                example=label,
            )
        rare = sorted(name for name, number in self._counts.items() if number < _FEWEST)
        if rare:
            places = sorted(
                (place for name in rare for place in self._first[name]),
                key=place_key,
            )
            shown = ", ".join((*rare[:5], *(("…",) if len(rare) > 5 else ())))
            yield Problem(
                code="rare_labels",
                severity="warns",
                message=plural(
                    "{n} label has fewer than {fewest} rows ({shown}), too few to learn and to test.",
                    "{n} labels have fewer than {fewest} rows ({shown}), too few to learn and to test.",
                    len(rare),
                    fewest=_FEWEST,
                    shown=shown,
                ),
                remedy=_("Add rows for them, or join them to a label like them."),
                count=sum(self._counts[name] for name in rare),
                example=rare[0],
                **located(places[:MOST_PLACES]),
            )
