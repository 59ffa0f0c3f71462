"""Which training rows serve as examples in a prompt, and how they are shown."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from statistics import median
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from luthier.tools.data.model import Message, Row, Task
from luthier.tools.evaluation.metrics.text import words
from luthier.tools.language import _, mark

SEED = 13
_BLANK = "·"  # stands for a request without words; bm25s cannot look the empty word up


_IN_WORDS = {
    ("diverse", "turns"): mark(
        "the same {number} varied training rows before every request, as earlier turns of the "
        "conversation"
    ),
    ("diverse", "message"): mark(
        "the same {number} varied training rows before every request, in one message with the "
        "request"
    ),
    ("similar", "turns"): mark(
        "the {number} training rows most like the request (BM25) before it, as earlier turns of "
        "the conversation"
    ),
    ("similar", "message"): mark(
        "the {number} training rows most like the request (BM25) before it, in one message with "
        "the request"
    ),
}


class Recipe(BaseModel):
    """A few-shot prompt: how many examples, chosen and shown how."""

    model_config = ConfigDict(frozen=True)

    selection: Literal["diverse", "similar"]
    number: int
    layout: Literal["turns", "message"] = "turns"

    def in_words(self) -> str:
        """The prompt in one phrase for the user."""
        return _(_IN_WORDS[self.selection, self.layout], number=self.number)


class ExamplePool:
    """The training rows as a source of examples."""

    def __init__(self, task: Task, rows: Sequence[Row]) -> None:
        self._task = task
        self._rows = sorted(rows, key=lambda row: row.id)

    def __len__(self) -> int:
        return len(self._rows)

    def diverse(self, number: int) -> list[Row]:
        """Rows that cover the labels or shapes of answers, the commonest first."""
        if self._task.kind not in ("labels", "structured"):
            return self._spread(number)
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in self._rows:
            groups[self._kind_of_answer(row)].append(row)
        ordered = sorted(groups.values(), key=lambda rows: (-len(rows), rows[0].id))
        queues = [_typical_first(rows) for rows in ordered]
        chosen: list[Row] = []
        for turn in range(max(map(len, queues), default=0)):
            chosen += [queue[turn] for queue in queues if turn < len(queue)]
        return chosen[:number]

    def _spread(self, number: int) -> list[Row]:
        """Requests far apart in their words (k-means++ seeding over TF-IDF)."""
        from sklearn.cluster import kmeans_plusplus
        from sklearn.feature_extraction.text import TfidfVectorizer

        if number >= len(self._rows):
            return list(self._rows)
        texts = [question(row) for row in self._rows]
        matrix = TfidfVectorizer(analyzer=words_or_blank).fit_transform(texts)
        _, places = kmeans_plusplus(matrix, number, random_state=SEED)
        return [self._rows[place] for place in dict.fromkeys(places.tolist())]

    def _kind_of_answer(self, row: Row) -> str:
        if self._task.kind == "labels":
            return row.completion.strip()
        try:
            value = json.loads(row.completion)
        except ValueError:
            return "text"
        return ",".join(sorted(value)) if isinstance(value, dict) else type(value).__name__

    def similar(self, row: Row, number: int) -> list[Row]:
        """The rows whose requests share the most telling words, the closest last."""
        number = min(number, len(self._rows))
        places, _ = self._index.retrieve(
            [words_or_blank(question(row))], k=number, show_progress=False
        )
        return [self._rows[place] for place in reversed(places[0].tolist())]

    @cached_property
    def _index(self) -> Any:
        import bm25s

        index = bm25s.BM25()
        index.index([words_or_blank(question(row)) for row in self._rows], show_progress=False)
        return index


def words_or_blank(text: str) -> list[str]:
    """Words to look up by; a stand-in where there are none, which bm25s could not look up."""
    return words(text) or [_BLANK]


def _typical_first(rows: list[Row]) -> list[Row]:
    middle = median(len(row.completion) for row in rows)
    return sorted(rows, key=lambda row: (abs(len(row.completion) - middle), row.id))


def question(row: Row) -> str:
    """Everything that was said before the answer, without the system prompt."""
    return "\n".join(message.content for message in row.prompt if message.role != "system")


def with_examples(row: Row, examples: Sequence[Row], layout: str) -> list[Message]:
    """The request with examples before it, under the row's own system prompt."""
    system = [message for message in row.prompt if message.role == "system"]
    asked = [message for message in row.prompt if message.role != "system"]
    if not examples:
        return system + asked
    if layout == "turns":
        turns = [
            turn
            for example in examples
            for turn in (
                Message(role="user", content=question(example)),
                Message(role="assistant", content=example.completion),
            )
        ]
        return system + turns + asked
    shown = "\n\n".join(
        f"Request:\n{question(example)}\nAnswer:\n{example.completion}" for example in examples
    )
    text = (
        "Answer the last request exactly as in the examples.\n\n"
        f"{shown}\n\nRequest:\n{asked[-1].content}\nAnswer:"
    )
    return [*system, *asked[:-1], Message(role="user", content=text)]
