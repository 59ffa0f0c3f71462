"""Rows that a language model wrote about passages: question, answer, passage and where it stands."""

from __future__ import annotations

from luthier.tools.data.layouts.base import Columns, Layout, Sample
from luthier.tools.data.model import Mapping
from luthier.tools.language import _, mark

_COLUMNS = frozenset({"question", "answer", "passage", "source_file", "synthetic"})


def _propose(columns: Columns, sample: Sample) -> Mapping | None:
    if not set(columns) >= _COLUMNS:
        return None
    return Mapping(
        prompt=("question",),
        completion="answer",
        synthetic="passage",
        layout="synthetic",
        reason=_(
            "Synthetic questions and answers: each row was written by a language model about the "
            "passage it keeps, and is marked so."
        ),
    )


LAYOUT = Layout(
    "synthetic",
    "synthetic questions",
    mark("question, answer, passage, source_file and synthetic"),
    _propose,
)
