"""Passages of documents: no questions with answers, so the user says how they become rows."""

from __future__ import annotations

from luthier.tools.data.cells import lookup
from luthier.tools.data.layouts.base import Columns, Layout, Sample
from luthier.tools.data.model import Mapping
from luthier.tools.data.readers.passages import PASSAGE_COLUMNS
from luthier.tools.language import _, mark

NO_PAIRS = mark(
    "These are documents, not questions with answers. They become rows by a template of yours (such "
    "as “Q: what does {heading} say? A: {passage}”), by a language model that writes questions "
    "about each passage, or as plain text to be continued, as shown here. If the model should know "
    "what they say, retrieval usually serves better than tuning."
)


def _propose(columns: Columns, sample: Sample) -> Mapping | None:
    if not set(PASSAGE_COLUMNS) <= set(columns):
        return None
    headings = [str(lookup(record.values, "heading") or "") for record in sample]
    asked = sum(1 for heading in headings if heading.rstrip().endswith(("?", "؟")))
    if asked >= 2 and asked * 2 > len(headings):
        return Mapping(
            prompt=("heading",),
            completion="text",
            layout="faq",
            reason=_("Questions and answers: most headings are questions ({asked} of {all}), and "
                     "what stands below each is its answer.", asked=asked, all=len(headings)),
        )  # fmt: skip
    return Mapping(
        completion="text",
        continuation=True,
        layout="documents",
        confident=False,
        reason=_(NO_PAIRS),
    )


LAYOUT = Layout(
    "documents",
    "documents",
    mark("a document or a folder of documents"),
    _propose,
    synonyms=("document", "passages"),
)
