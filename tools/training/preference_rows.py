"""Rows of preferences as token ids: pairs of answers to one question, and single judged answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from luthier.tools.data.model import Message, Row
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.rows import IGNORED, TokenRow


@dataclass(frozen=True, slots=True)
class PairRow(TokenRow):
    """A question with its better answer (``ids``, ``labels``) and its worse one.

    ``rejected`` holds the tokens of the worse answer alone, with its end token.
    """

    rejected: list[int]

    @property
    def question(self) -> list[int]:
        """The tokens before the answer."""
        return self.ids[: self.first_trained]

    @property
    def chosen(self) -> list[int]:
        """The tokens of the better answer, with its end token."""
        return self.ids[self.first_trained :]

    @property
    def tokens(self) -> int:
        """Both conversations."""
        return len(self.ids) + self.first_trained + len(self.rejected)


@dataclass(frozen=True, slots=True)
class JudgedRow(TokenRow):
    """A question with one answer that was ``wanted`` or not."""

    wanted: bool

    @property
    def question(self) -> list[int]:
        """The tokens before the answer."""
        return self.ids[: self.first_trained]

    @property
    def answer(self) -> list[int]:
        """The tokens of the answer, with its end token."""
        return self.ids[self.first_trained :]


def worse_half(row: Row) -> Row:
    """A pair as a row that ends with its worse answer."""
    worse = Message(role="assistant", content=row.rejected)
    return row.model_copy(update={"messages": (*row.prompt, worse), "rejected": "", "label": False})


def pair_rows(
    renderer: Renderer, rows: Sequence[Row], max_length: int | None
) -> tuple[PairRow, ...]:
    """The pairs among ``rows`` of which both answers begin within ``max_length``."""
    pairs = [row for row in rows if row.rejected]
    better = _last_answers(renderer, [row.messages for row in pairs], max_length)
    worse = _last_answers(renderer, [worse_half(row).messages for row in pairs], max_length)
    return tuple(
        PairRow(good.ids, good.labels, bad.ids[bad.first_trained :])
        for good, bad in zip(better, worse, strict=True)
        if good is not None and bad is not None
    )


def judged_rows(
    renderer: Renderer, rows: Sequence[Row], unwanted: Sequence[Row], max_length: int | None
) -> tuple[JudgedRow, ...]:
    """Wanted and unwanted answers; a pair gives one of each. Wanted and unwanted alternate.

    KTO's estimate of how far the model has moved compares neighbours, so a batch should hold both.
    """
    wanted = [row.messages for row in rows]
    bad = [row.messages for row in unwanted]
    bad += [worse_half(row).messages for row in rows if row.rejected]
    good = [_judged(row, True) for row in _last_answers(renderer, wanted, max_length) if row]
    poor = [_judged(row, False) for row in _last_answers(renderer, bad, max_length) if row]
    return tuple(_interleaved(good, poor))


def _judged(row: TokenRow, wanted: bool) -> JudgedRow:
    return JudgedRow(row.ids, row.labels, wanted)


def _interleaved(first: Sequence[JudgedRow], second: Sequence[JudgedRow]) -> list[JudgedRow]:
    """Both lists in one, each spread evenly over it."""
    places = [((index + 0.5) / len(part), kind, index)
              for kind, part in enumerate((first, second))
              for index in range(len(part))]  # fmt: skip
    return [(first, second)[kind][index] for _place, kind, index in sorted(places)]


def _last_answers(
    renderer: Renderer, conversations: Sequence[Sequence[Message]], max_length: int | None
) -> list[TokenRow | None]:
    """Each conversation with its last answer alone to be learned; None where that is cut away."""
    questions = renderer.prompts_ids([messages[:-1] for messages in conversations])
    whole = renderer.render_many(conversations, max_length)
    result: list[TokenRow | None] = []
    for question, rendered in zip(questions, whole, strict=True):
        start = len(question)
        labels = [IGNORED] * start + rendered.ids[start:]
        fits = 0 < start < len(rendered.ids) and rendered.ids[:start] == question
        result.append(TokenRow(rendered.ids, labels[: len(rendered.ids)]) if fits else None)
    return result
