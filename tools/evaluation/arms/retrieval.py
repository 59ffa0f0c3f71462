"""The retrieval arms: passages that fit the request stand before it, for the base and the tuned model.

The passages are the training rows themselves, found by shared words (BM25) or by likeness of meaning
(the base model's own hidden states); which of the two and how many is chosen on validation rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from luthier.tools.data.model import Message, Row
from luthier.tools.evaluation.arms.arm import Arm, Bench, Contender
from luthier.tools.evaluation.arms.choice import choose_on_validation, grounds
from luthier.tools.evaluation.arms.examples import ExamplePool, question
from luthier.tools.evaluation.arms.few_shot import PROMPT_TOKENS
from luthier.tools.evaluation.arms.prompted import with_instruction
from luthier.tools.language import _, mark, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEEP = "retrieval.json"
INSTRUCTION = (
    "Answer the last message. These earlier messages and their answers may help; go by them where "
    "they fit."
)


class Lookup(BaseModel):
    """How passages are found, and how many stand before the request."""

    model_config = ConfigDict(frozen=True)

    by: Literal["words", "meaning"]
    number: int

    def in_words(self) -> str:
        """The lookup in one phrase for the user."""
        found = {
            "words": _("by the words they share with the request (BM25)"),
            "meaning": _("by likeness of meaning (the base model's embeddings)"),
        }[self.by]
        number = plural("{n} training row", "{n} training rows", self.number)
        return _("{number} shown above the request, found {found}", number=number, found=found)


CANDIDATES = (
    Lookup(by="words", number=3),
    Lookup(by="meaning", number=3),
    Lookup(by="meaning", number=6),
)


class Librarian:
    """Finds the passages for a request and puts them before it."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._pool = ExamplePool(bench.dataset.task, bench.rows("train"))
        self._rows = bench.rows("train")
        self._room = min(bench.prompt_room, PROMPT_TOKENS)

    def build(self, lookup: Lookup, row: Row) -> list[Message]:
        """The request under its passages, the closest last, as many as there is room for."""
        found = self._find(lookup, row)
        while found:
            prompt = with_instruction(row, _passages(found))
            if len(self._bench.renderer.prompt_ids(prompt)) <= self._room:
                return prompt
            found = found[1:]
        return with_instruction(row, INSTRUCTION)

    def _find(self, lookup: Lookup, row: Row) -> list[Row]:
        if lookup.by == "words":
            return self._pool.similar(row, lookup.number)
        import numpy as np

        vectors, centre = self._vectors
        likeness = vectors @ (self._bench.embed([question(row)])[0] - centre)
        places = np.argsort(likeness, kind="stable")[-lookup.number :]
        return [self._rows[place] for place in places]

    @cached_property
    def _vectors(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The rows' unit vectors around their common centre, and the centre."""
        import numpy as np

        self._bench.say(_("Reading the rows to look things up in"), 0, 1)
        vectors = self._bench.embed([question(row) for row in self._rows])
        centre = vectors.mean(axis=0)
        lengths = np.linalg.norm(vectors - centre, axis=1, keepdims=True)
        return (vectors - centre) / np.maximum(lengths, 1e-9), centre


def _passages(rows: Sequence[Row]) -> str:
    shown = "\n\n".join(f"Message: {question(row)}\nAnswer: {row.completion}" for row in rows)
    return f"{INSTRUCTION}\n\n{shown}"


def _prepare(bench: Bench, *, tuned: bool) -> Contender:
    librarian = Librarian(bench)
    chosen = choose_on_validation(
        bench,
        _("Choosing how to look things up"),
        {one.model_dump_json(): partial(librarian.build, one) for one in CANDIDATES},
        bench.folder / KEEP,
    )
    lookup = Lookup.model_validate_json(chosen.name)
    return Contender(
        label=_("tuned model, looking things up") if tuned else _("looking things up"),
        build=partial(librarian.build, lookup),
        by=bench.tuned_by if tuned else None,
        detail={"prompt": f"{lookup.in_words()}. {grounds(chosen)}", "lookup": chosen.name},
    )


RETRIEVAL = Arm(
    name="retrieval",
    doing=mark("Looking things up before each answer"),
    needs_adapter=False,
    prepare=partial(_prepare, tuned=False),
)
TUNED_RETRIEVAL = Arm(
    name="tuned_retrieval",
    doing=mark("Looking things up for the tuned model"),
    needs_adapter=True,
    prepare=partial(_prepare, tuned=True),
)
