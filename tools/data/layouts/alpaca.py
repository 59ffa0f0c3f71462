"""Alpaca: an instruction, its input where there is one, and the output."""

from __future__ import annotations

from luthier.tools.data.layouts.base import Columns, Layout, Sample, named
from luthier.tools.data.model import Mapping
from luthier.tools.language import _, mark


def _propose(columns: Columns, sample: Sample) -> Mapping | None:
    instruction = named(columns, "instruction", "instructions")
    output = named(columns, "output", "response", "completion", "answer")
    given = named(columns, "input")
    if not instruction or not output or (not given and named(columns, "output") != output):
        return None
    prompt = (instruction, given) if given else (instruction,)
    names = ", ".join(f"“{name}”" for name in (*prompt, output))
    return Mapping(
        prompt=prompt,
        completion=output,
        join="plain" if given else "named",
        layout="alpaca",
        reason=_(
            "Alpaca format: the columns {names} are an instruction, its input where there is one, "
            "and the answer.",
            names=names,
        )
        if given
        else _(
            "Alpaca format: the columns {names} are an instruction and its answer.", names=names
        ),
    )


LAYOUT = Layout(
    "alpaca",
    "Alpaca",
    mark("columns instruction and output, and input where there is one"),
    _propose,
)
