"""Tools around the prepared data set: how it is split, how long its rows are, and taking it elsewhere."""

from __future__ import annotations

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.data.inspect import open_mapped
from luthier.tools.data.model import SplitChoice, SplitMethod
from luthier.tools.data.paths import parse_path
from luthier.tools.data.split_choice import sample_records, settle_split
from luthier.tools.data.views import split_name
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError


class ChooseSplit(BaseModel):
    """How the rows shall be dealt to training, validation and test."""

    method: SplitMethod = Field(
        description="random: by chance; stratified: label by label; group: all rows of one value of "
        "the column on one side; time: the newest rows are the test"
    )
    column: str = Field(
        default="", description="of the group or the time; empty: look for a fitting one"
    )


def choose_split(context: ToolContext, arguments: ChooseSplit) -> Outcome:
    """Check the wish against the file; the rows are dealt when the data is prepared."""
    source = context.facts.source
    if source is None:
        raise LuthierError(
            "No file has been looked at yet.",
            remedy="Give the path of your data first.",
            code="data.no_file",
        )
    opened = open_mapped(parse_path(source.path), source.mapping, None, context.progress)
    wish = SplitChoice(method=arguments.method, column=arguments.column)
    choice, _ = settle_split(wish, sample_records(opened), source.mapping)
    return Outcome(
        f"The rows are split {split_name(choice)}: {choice.reason}.",
        facts={"split": choice.model_dump(mode="json")},
    )


TOOLS = (
    Tool(
        name="choose_split",
        description="Choose how rows are dealt to training, validation and test: by chance, label "
        "by label, by a group column such as a customer id, or by time. The data is prepared again.",
        arguments=ChooseSplit,
        run=choose_split,
        effect=Effect.READS,
        label="Choosing how to split",
    ),
)
