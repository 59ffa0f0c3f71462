"""Plain text for language modelling: the beginning of each text is read, the rest is learned."""

from __future__ import annotations

from luthier.tools.data.cells import WrongType, as_text, lookup
from luthier.tools.data.layouts.base import Columns, Layout, Sample, named
from luthier.tools.data.model import Mapping
from luthier.tools.language import _, mark


def continuation(columns: Columns, sample: Sample) -> Mapping | None:
    """The longest column as texts to be continued; None where no column holds texts."""
    lengths = {column: _mean_length(column, sample) for column in columns}
    column = named(columns, "text", "content", "body") or max(
        lengths, key=lambda name: lengths[name], default=""
    )
    if not column or lengths[column] < 40:
        return None
    return Mapping(
        completion=column,
        continuation=True,
        layout="text",
        confident=False,
        reason=_(
            "Plain text: “{column}” holds texts, not questions with answers. Used as shown, the "
            "beginning of each is read and the rest is learned: the model learns how such texts "
            "go on, not to answer questions about them. For answers, give a template or pairs; if "
            "the model should know what the texts say, retrieval usually serves better.",
            column=column,
        ),
    )


def _mean_length(column: str, sample: Sample) -> float:
    total = 0
    for record in sample[:200]:
        try:
            total += len(as_text(lookup(record.values, column)))
        except WrongType:
            continue
    return total / max(1, len(sample[:200]))


LAYOUT = Layout(
    "text",
    "plain text",
    mark("a column of texts of some length"),
    continuation,
    synonyms=("plain text", "language modelling", "language modeling", "lm", "pretraining"),
)
