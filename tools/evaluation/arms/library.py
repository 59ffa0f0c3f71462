"""Finding passages by shared words (BM25) or by likeness of meaning; vectors are kept on the disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luthier.tools.evaluation.arms.examples import words_or_blank
from luthier.tools.evaluation.arms.passages import Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = "lookup"

Embed = Callable[[Sequence[str]], "NDArray[Any]"]


class Library:
    """Passages with both indexes, each made when it is first asked for.

    Args:
        passages: what can be found.
        embed: texts to vectors (texts x size), of about unit length.
        source: names the model behind ``embed``; with the texts it names the file of the vectors.
        folder: where the vectors are kept, so that no text is read by the model twice.
    """

    def __init__(
        self, passages: Sequence[Passage], embed: Embed, source: str, folder: Path
    ) -> None:
        self._passages = passages
        self._embed = embed
        self._source = source
        self._folder = folder / FOLDER

    def by_words(self, text: str, number: int) -> list[Passage]:
        """The passages that share the most telling words with ``text``, the closest last."""
        number = min(number, len(self._passages))
        places, _ = self._words.retrieve([words_or_blank(text)], k=number, show_progress=False)
        return [self._passages[place] for place in reversed(places[0].tolist())]

    def by_meaning(self, text: str, number: int) -> list[Passage]:
        """The passages whose vectors lie closest to that of ``text``, the closest last."""
        import numpy as np

        vectors, centre = self._vectors
        likeness = vectors @ (self._embed([text])[0] - centre)
        return [self._passages[place] for place in np.argsort(likeness, kind="stable")[-number:]]

    @cached_property
    def _words(self) -> Any:
        import bm25s

        index = bm25s.BM25()
        index.index([words_or_blank(one.key) for one in self._passages], show_progress=False)
        return index

    @cached_property
    def _vectors(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The passages' unit vectors around their common centre, and the centre."""
        import numpy as np

        path = self._folder / f"{self._digest()}.npy"
        if path.is_file():
            vectors = np.load(path)
        else:
            vectors = self._embed([one.key for one in self._passages])
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(".part")
            with draft.open("wb") as file:
                np.save(file, vectors)
            os.replace(draft, path)
        centre = vectors.mean(axis=0)
        lengths = np.linalg.norm(vectors - centre, axis=1, keepdims=True)
        return (vectors - centre) / np.maximum(lengths, 1e-9), centre

    def _digest(self) -> str:
        digest = hashlib.blake2b(self._source.encode(), digest_size=16)
        for one in self._passages:
            digest.update(f"\0{one.key}".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()
