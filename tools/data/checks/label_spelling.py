"""One label in several spellings: one for people, two for a model.

Labels that are equal but for case, blanks and punctuation are the same. A rare label that differs by a
letter or two from a frequent one is taken for a slip; figures are never taken for one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from luthier.tools.data.checks.base import MOST_PLACES
from luthier.tools.data.model import Lineage, Problem, Row, Task
from luthier.tools.data.near_copies import level
from luthier.tools.data.places import located, place_key
from luthier.tools.language import _

_MOST_LABELS = 2000
_SLIP = 90  # likeness of 100 (rapidfuzz's ratio, an indel distance) from which it is a slip
_SHORTEST = 5  # letters; shorter labels differ by one letter on purpose
_RARE = 0.1  # of the frequent label's rows


class LabelSpelling:
    """Counts answers by spelling, with the first places of each."""

    def __init__(self) -> None:
        self._sources: dict[str, list[Lineage]] = {}
        self.counts: dict[str, int] = {}

    def see(self, row: Row) -> None:
        """Count the answer while there are few different ones."""
        answer = row.completion
        if answer not in self.counts:
            if len(self.counts) > _MOST_LABELS:
                return
            self.counts[answer], self._sources[answer] = 0, []
        self.counts[answer] += 1
        if len(self._sources[answer]) < MOST_PLACES:
            self._sources[answer].append(row.source)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """For label tasks only: one finding with the rows in the rarer spellings."""
        if task.kind != "labels":
            return
        right = preferred_spellings(self.counts)
        if not right:
            return
        variants: dict[str, list[str]] = defaultdict(list)
        for label, preferred in right.items():
            variants[preferred].append(label)
        pairs = "; ".join(
            " / ".join([preferred, *sorted(labels)]) for preferred, labels in variants.items()
        )
        places = sorted(
            (source for label in right for source in self._sources[label]),
            key=place_key,
        )
        yield Problem(
            code="label_spelling",
            severity="warns",
            message=_("Labels are spelled in several ways ({pairs}).", pairs=pairs[:300]),
            remedy=_(
                "Use one spelling: to the model, and to the score, these are different answers."
            ),
            count=sum(self.counts[label] for label in right),
            example=pairs[:120],
            **located(places[:MOST_PLACES]),
        )


def preferred_spellings(counts: Mapping[str, int]) -> dict[str, str]:
    """For each label in a rarer spelling, the one to use instead: the most frequent of its kind."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for label in counts:
        kinds[level(label)].append(label)
    right: dict[str, str] = {}
    heads: dict[str, tuple[str, int]] = {}
    for kind, labels in kinds.items():
        ordered = sorted(labels, key=lambda label: (-counts[label], label))
        heads[kind] = (ordered[0], sum(counts[label] for label in labels))
        right |= dict.fromkeys(ordered[1:], ordered[0])
    for kind, meant in _slips(heads).items():
        right |= dict.fromkeys(kinds[kind], heads[meant][0])
    return right


def _slips(heads: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    """Rare kinds that are a slip of the pen for a frequent one."""
    from rapidfuzz import fuzz

    found: dict[str, str] = {}
    frequent = sorted(heads, key=lambda kind: (-heads[kind][1], kind))
    for kind, (_label, count) in heads.items():
        if len(kind) < _SHORTEST or any(char.isdigit() for char in kind):
            continue
        for other in frequent:
            if heads[other][1] * _RARE < count:
                break
            if other != kind and fuzz.ratio(kind, other) >= _SLIP:
                found[kind] = other
                break
    return found
