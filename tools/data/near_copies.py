"""Prompts that are near-copies of one another, found by MinHash and locality-sensitive hashing.

A prompt is the set of its runs of five characters, after case, punctuation and blanks are levelled.
Runs that stand in more than a tenth of all prompts (in few prompts: more than half), a common
template, are left out, so that rows are compared by what sets them apart. Two prompts are
near-copies where the Jaccard similarity of their sets, estimated by MinHash (Broder 1997, "On the
resemblance and containment of documents"), reaches ``SIMILARITY``. Bands of 4 of 128 values make a
candidate of a pair at 0.6 with a chance of 98.8 %, and at 0.7 of 99.98 %.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from luthier.tools.language import _
from luthier.tools.progress import Progress, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint32]

SIMILARITY = 0.6
MOST_PROMPTS = 200_000
_RUN = 5
_BANDS, _ROWS = 32, 4
_COMMON, _COMMON_IN_FEW = 0.1, 0.5
_COMMON_FROM = 15  # prompts; in larger sets, a run that fewer share is a copy, not a template
_COMMON_SAMPLE = 20_000
_TABLE_BITS = 20
_END = 600  # characters compared at each end of a long prompt
_NEIGHBOURS = 16  # candidates compared to each member of a crowded bucket
_NOT_WORD = re.compile(r"[\W_]+")
_ASCII_LEVEL = bytes(
    ord(chr(code).lower()) if chr(code).isalnum() and code < 128 else ord(" ")
    for code in range(256)
)


def level(prompt: str) -> str:
    """The prompt without what does not set it apart: case, punctuation, blanks."""
    if prompt.isascii():  # the same in a third of the time
        return _level_ascii(prompt).decode() or prompt.strip()
    return _NOT_WORD.sub(" ", prompt.casefold()).strip() or prompt.strip()


def _level_ascii(prompt: str) -> bytes:
    return b" ".join(ascii_words(prompt))


def ascii_words(prompt: str) -> list[bytes]:
    """The words of a levelled prompt of ASCII letters."""
    return prompt.encode().translate(_ASCII_LEVEL).split()


class PromptIndex:
    """Collects prompts and groups near-copies.

    Memory stays bounded: a hash and at most 1,200 characters per prompt, and beyond
    ``MOST_PROMPTS`` the hash alone, so that then only prompts that are equal once levelled are
    grouped (which the caller has to say).
    """

    def __init__(self) -> None:
        self._keys = array("q")
        self._texts: list[str] = []

    def add(self, prompt: str) -> None:
        """Take note of the next prompt."""
        plain = _level_ascii(prompt) if prompt.isascii() else b""
        levelled = plain or level(prompt).encode("utf-8", "replace")
        self._keys.append(hash(levelled))
        if len(self._keys) > MOST_PROMPTS:
            self._texts.clear()
            return
        text = plain.decode() or level(prompt)
        long = len(text) > 2 * _END
        self._texts.append(f"{text[:_END]} {text[-_END:]}" if long else text)

    @property
    def is_complete(self) -> bool:
        """Whether near-copies are looked for, not only equal prompts."""
        return len(self._keys) <= MOST_PROMPTS

    def groups(self, progress: Progress = silent) -> NDArray[np.int64]:
        """The first row of each prompt's group; near-copies, also through others, share one."""
        import numpy as np

        keys = np.frombuffer(self._keys, dtype=np.int64)
        _distinct, first, of_row = np.unique(keys, return_index=True, return_inverse=True)
        if not self.is_complete or not len(keys):
            return first[of_row]
        order = np.argsort(first)  # distinct prompts by first appearance
        distinct = first[order]
        groups = _Groups(len(distinct))
        texts = [self._texts[index] for index in distinct.tolist()]
        for one, other in _similar_pairs(texts, progress):
            groups.join(one, other)
        roots = np.array([groups.root(place) for place in range(len(distinct))])
        place_of = np.empty(len(order), dtype=np.int64)
        place_of[order] = np.arange(len(order))
        rows: NDArray[np.int64] = distinct[roots][place_of[of_row]]
        return rows


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


def _similar_pairs(texts: Sequence[str], progress: Progress) -> Iterator[tuple[int, int]]:
    """Pairs of positions whose texts are near-copies (enough of them to connect each group)."""
    import numpy as np

    signatures, owners = _signatures(texts, progress)
    for band in range(_BANDS):
        progress(_("Grouping near-copies"), band, _BANDS)
        rows = np.ascontiguousarray(signatures[:, band * _ROWS : (band + 1) * _ROWS])
        keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * _ROWS))).ravel()
        _keys, bucket, sizes = np.unique(keys, return_inverse=True, return_counts=True)
        order = np.argsort(bucket, kind="stable")
        ends = np.cumsum(sizes)
        for shared in np.flatnonzero(sizes > 1):
            members = order[ends[shared] - sizes[shared] : ends[shared]]
            for place in range(1, len(members)):
                others = _neighbours(members, place)
                alike = (signatures[others] == signatures[members[place]]).mean(axis=1)
                for other in others[alike >= SIMILARITY]:
                    yield owners[other], owners[members[place]]
    progress(_("Grouping near-copies"), _BANDS, _BANDS)


def _neighbours(members: NDArray[np.int64], place: int) -> NDArray[np.int64]:
    """Earlier members of the bucket: all in a small one, the first and the last in a crowded one."""
    import numpy as np

    if place <= _NEIGHBOURS:
        return members[:place]
    half = _NEIGHBOURS // 2
    return np.concatenate([members[:half], members[place - half : place]])


def _signatures(texts: Sequence[str], progress: Progress) -> tuple[NDArray[np.uint32], list[int]]:
    """One MinHash signature (128 values) per text that has anything distinctive, and whose it is."""
    import numpy as np
    from datasketch import MinHash

    common = _common_runs(texts)
    blank = MinHash(num_perm=_BANDS * _ROWS, hashfunc=int)
    signatures = np.empty((len(texts), _BANDS * _ROWS), dtype=np.uint32)
    owners: list[int] = []
    for position, text in enumerate(texts):
        if position % 1000 == 0:
            progress(_("Comparing questions"), position, len(texts))
        runs = _runs(text)
        distinctive = runs[~common[runs >> (32 - _TABLE_BITS)]]
        if not len(distinctive):
            continue
        mark = blank.copy()
        mark.update_batch(distinctive.tolist())
        signatures[len(owners)] = mark.digest()
        owners.append(position)
    progress(_("Comparing questions"), len(texts), len(texts))
    return signatures[: len(owners)], owners


def _common_runs(texts: Sequence[str]) -> NDArray[np.bool_]:
    """For each value of the hash's upper bits, whether too many texts hold such a run."""
    import numpy as np

    counts = np.zeros(1 << _TABLE_BITS, dtype=np.int64)
    sample = texts[:: max(1, len(texts) // _COMMON_SAMPLE)]
    for text in sample:
        counts[np.unique(_runs(text) >> (32 - _TABLE_BITS))] += 1
    limit = min(max(_COMMON * len(sample), _COMMON_FROM), max(_COMMON_IN_FEW * len(sample), 2))
    return counts > limit


def _runs(text: str) -> Hashes:
    """Distinct hashes of every run of five characters, mixed in one sweep."""
    import numpy as np

    padded = text if len(text) >= _RUN else text.ljust(_RUN)
    codes = np.frombuffer(padded.encode("utf-32-le", "replace"), dtype=np.uint32)
    windows = np.lib.stride_tricks.sliding_window_view(codes, _RUN).astype(np.uint64)
    powers = np.array([pow(1_000_003, power, 1 << 64) for power in range(_RUN)], dtype=np.uint64)
    mixed = (windows * powers).sum(axis=1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return np.unique((mixed >> np.uint64(32)).astype(np.uint32))
