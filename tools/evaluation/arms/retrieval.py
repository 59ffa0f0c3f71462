"""The retrieval arms: passages that fit the request stand before it, for the base and the tuned model.

They come from the user's documents where some were named, otherwise from the training rows, found by
shared words (BM25) or by likeness of meaning (the base model's own hidden states, or a sentence encoder
of the user's); which of the two and how many is chosen on validation rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from luthier.tools.data.model import Message, Row
from luthier.tools.evaluation.arms.arm import Arm, Bench, Contender
from luthier.tools.evaluation.arms.choice import choose_on_validation, grounds
from luthier.tools.evaluation.arms.examples import question
from luthier.tools.evaluation.arms.few_shot import PROMPT_TOKENS
from luthier.tools.evaluation.arms.library import Library
from luthier.tools.evaluation.arms.passages import (
    Collection,
    Passage,
    documents_as_passages,
    rows_as_passages,
)
from luthier.tools.evaluation.arms.prompted import with_instruction
from luthier.tools.language import _, mark, plural

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEEP = "retrieval.json"
INSTRUCTION = (
    "Answer the last message. These earlier messages and their answers may help; go by them where "
    "they fit."
)
DOCUMENTS_INSTRUCTION = (
    "Answer the last message. These passages may help; go by them where they fit."
)


class Lookup(BaseModel):
    """How passages are found, and how many stand before the request."""

    model_config = ConfigDict(frozen=True)

    by: Literal["words", "meaning"]
    number: int

    def in_words(self, documents: str = "", encoder: str = "") -> str:
        """The lookup in one phrase for the user; ``documents`` is what it was found in, ``encoder``
        the user's own sentence encoder."""
        found = {
            "words": _("by the words they share with the request (BM25)"),
            "meaning": _("by likeness of meaning (the sentence encoder “{name}”)", name=encoder)
            if encoder
            else _("by likeness of meaning (the base model's embeddings)"),
        }[self.by]
        if documents:
            return _(
                "{number} of “{documents}” shown above the request, found {found}",
                number=plural("{n} passage", "{n} passages", self.number),
                documents=documents,
                found=found,
            )
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
        self._documents = bench.plan.documents
        self.collection = _collection(bench)
        self._library = Library(
            self.collection.passages,
            self._embed,
            bench.embedding_source,
            bench.workspace.datasets / bench.dataset.id,
        )
        self._room = min(bench.prompt_room, PROMPT_TOKENS)

    @property
    def documents(self) -> str:
        """The name of the user's documents; empty where training rows are looked up."""
        return Path(self._documents).name if self._documents else ""

    def build(self, lookup: Lookup, row: Row) -> list[Message]:
        """The request under its passages, the closest last, as many as there is room for."""
        find = self._library.by_words if lookup.by == "words" else self._library.by_meaning
        found = find(question(row), lookup.number)
        instruction = DOCUMENTS_INSTRUCTION if self._documents else INSTRUCTION
        while found:
            prompt = with_instruction(row, _above(instruction, found))
            if len(self._bench.renderer.prompt_ids(prompt)) <= self._room:
                return prompt
            found = found[1:]
        return with_instruction(row, instruction)

    def _embed(self, texts: Sequence[str]) -> NDArray[Any]:
        if len(texts) > 1:
            self._bench.say(_("Reading what can be looked up"), 0, 1)
        return self._bench.embed(texts)


def _collection(bench: Bench) -> Collection:
    if not bench.plan.documents:
        return rows_as_passages(bench.rows("train"))
    held_out = [*bench.rows("validation"), *bench.rows("test")]
    return documents_as_passages(Path(bench.plan.documents), held_out)


def _above(instruction: str, passages: Sequence[Passage]) -> str:
    shown = "\n\n".join(one.shown for one in passages)
    return f"{instruction}\n\n{shown}"


def _prepare(bench: Bench, *, tuned: bool) -> Contender:
    librarian = Librarian(bench)
    chosen = choose_on_validation(
        bench,
        _("Choosing how to look things up"),
        {one.model_dump_json(): partial(librarian.build, one) for one in CANDIDATES},
        bench.folder / KEEP,
    )
    lookup = Lookup.model_validate_json(chosen.name)
    words = lookup.in_words(librarian.documents, Path(bench.plan.encoder).name)
    said = f"{words}. {grounds(chosen)}"
    return Contender(
        label=_("tuned model, looking things up") if tuned else _("looking things up"),
        build=partial(librarian.build, lookup),
        by=bench.tuned_by if tuned else None,
        detail={"prompt": f"{said}{_left_out(librarian)}", "lookup": chosen.name},
        on_validation={} if tuned else chosen.by_row,
    )


def _left_out(librarian: Librarian) -> str:
    if not librarian.collection.left_out:
        return ""
    return " " + plural(
        "{n} passage was left out because it holds a held-out row with its answer.",
        "{n} passages were left out because they hold held-out rows with their answers.",
        librarian.collection.left_out,
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
