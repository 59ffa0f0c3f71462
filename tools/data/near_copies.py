"""Prompts that are near-copies of one another, found by MinHash and locality-sensitive hashing.

A prompt is the set of its runs of five characters, after case, punctuation and blanks are levelled.
Runs that stand in more than a tenth of all prompts (a common template) are left out, so that rows
are compared by what sets them apart. Two prompts are near-copies where the sets' Jaccard similarity
reaches 0.7 (Broder 1997, "On the resemblance and containment of documents"). Bands of 4 values of
128 find a pair at 0.7 with a chance of 99.98 %; found pairs are then checked exactly.
"""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

from luthier.tools.progress import Progress, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Shingles = NDArray[np.uint32]

SIMILARITY = 0.7
MOST_PROMPTS = 200_000
_LENGTH = 5
_PERMUTATIONS = 128
_BANDS, _ROWS = 32, 4
_COMMON = 0.1
_COMMON_FROM = 20  # prompts; in fewer, no share is meaningful
_LONGEST = 4000  # characters of a prompt that are compared
_NOT_WORD = re.compile(r"[\W_]+")


def level(prompt: str) -> str:
    """The prompt without what does not set it apart: case, punctuation, blanks."""
    return _NOT_WORD.sub(" ", prompt[:_LONGEST].casefold()).strip() or prompt.strip()


def group_near_copies(prompts: Sequence[str], progress: Progress = silent) -> list[int]:
    """A group number per prompt; near-copies (also through others) share one.

    Above ``MOST_PROMPTS`` only prompts that are equal once levelled are grouped, which the caller
    has to say.
    """
    levelled = [level(prompt) for prompt in prompts]
    groups = _Groups(len(levelled))
    first: dict[str, int] = {}
    for index, text in enumerate(levelled):
        groups.join(first.setdefault(text, index), index)
    if len(levelled) <= MOST_PROMPTS:
        _join_similar(levelled, sorted(first.values()), groups, progress)
    return [groups.root(index) for index in range(len(levelled))]


class _Groups:
    """Disjoint sets over row numbers; a set is named by its smallest member."""

    def __init__(self, size: int) -> None:
        self._parent = array("q", range(size))

    def root(self, index: int) -> int:
        parent = self._parent
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    def join(self, one: int, other: int) -> None:
        a, b = self.root(one), self.root(other)
        self._parent[max(a, b)] = min(a, b)


def _join_similar(
    texts: Sequence[str], distinct: Sequence[int], groups: _Groups, progress: Progress
) -> None:
    from datasketch import MinHash, MinHashLSH

    sets = _shingle_sets([texts[index] for index in distinct])
    index_of_sets = MinHashLSH(num_perm=_PERMUTATIONS, params=(_BANDS, _ROWS))
    template = MinHash(num_perm=_PERMUTATIONS, hashfunc=int)
    for position, shingles in enumerate(sets):
        if position % 1000 == 0:
            progress("Comparing prompts", position, len(sets))
        mark = template.copy()
        mark.update_batch(shingles.tolist())
        for candidate in index_of_sets.query(mark):
            one, other = distinct[candidate], distinct[position]
            if (
                groups.root(one) != groups.root(other)
                and similarity(sets[candidate], shingles) >= SIMILARITY
            ):
                groups.join(one, other)
        index_of_sets.insert(position, mark, check_duplication=False)
    progress("Comparing prompts", len(sets), len(sets))


def similarity(one: Shingles, other: Shingles) -> float:
    """Jaccard similarity of two sorted sets."""
    import numpy as np

    common = len(np.intersect1d(one, other, assume_unique=True))
    total = len(one) + len(other) - common
    return common / total if total else 1.0


def _shingle_sets(texts: Sequence[str]) -> list[Shingles]:
    """Each text's runs of characters as sorted unique hashes, without those that most share."""
    import numpy as np

    sets = [_shingles(text) for text in texts]
    if len(sets) < _COMMON_FROM:
        return sets
    hashes, counts = np.unique(np.concatenate(sets), return_counts=True)
    common = hashes[counts > _COMMON * len(sets)]
    if not len(common):
        return sets
    kept = [np.setdiff1d(shingles, common, assume_unique=True) for shingles in sets]
    # a prompt made of nothing but common runs keeps them all
    return [few if len(few) >= 3 else all_ for few, all_ in zip(kept, sets, strict=True)]


def _shingles(text: str) -> Shingles:
    """Hashes of every run of five characters, from the bytes in one sweep."""
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
    if len(codes) <= _LENGTH:
        return np.array([zlib.crc32(text.encode("utf-8", "replace"))], dtype=np.uint32)
    runs = np.lib.stride_tricks.sliding_window_view(codes, _LENGTH).astype(np.uint64)
    weights = np.array(
        [0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1], dtype=np.uint64
    )
    mixed = (runs * weights).sum(axis=1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return np.unique((mixed >> np.uint64(32)).astype(np.uint32))
