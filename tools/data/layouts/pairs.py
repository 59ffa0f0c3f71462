"""A question and its answer in two columns, by their names."""

from __future__ import annotations

from luthier.tools.data.layouts.base import Columns, Layout, Sample, named
from luthier.tools.data.model import Mapping
from luthier.tools.data.vocabulary import COMPLETION_NAMES, PROMPT_NAMES
from luthier.tools.language import _, mark


def _propose(columns: Columns, sample: Sample) -> Mapping | None:
    prompt = named(columns, "prompt", *PROMPT_NAMES)
    rest = [column for column in columns if column != prompt]
    answer = named(rest, "completion", *COMPLETION_NAMES)
    if not prompt or not answer:
        return None
    return Mapping(
        prompt=(prompt,),
        completion=answer,
        layout="pairs",
        reason=_("Prompt and completion: “{prompt}” is the question, “{answer}” the answer.",
                 prompt=prompt, answer=answer),
    )  # fmt: skip


LAYOUT = Layout(
    "pairs",
    "prompt and completion",
    mark("a column for the question and one for the answer, named so"),
    _propose,
    synonyms=("prompt/completion", "prompt completion", "question/answer", "question answer", "qa",
              "table"),
)  # fmt: skip
