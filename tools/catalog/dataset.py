"""Tools around the prepared data set: how it is split, how long its rows are, and taking it elsewhere."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.data.exports.registry import EXPORTS, export_for
from luthier.tools.data.exports.views import export_views
from luthier.tools.data.exports.write import export_dataset
from luthier.tools.data.inspect import open_mapped
from luthier.tools.data.model import DatasetInfo, SplitChoice, SplitMethod
from luthier.tools.data.paths import parse_path
from luthier.tools.data.split_choice import sample_records, settle_split
from luthier.tools.data.views import split_name
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark, plural
from luthier.tools.models.counters import counter_for
from luthier.tools.models.hub import is_hub_id
from luthier.tools.models.token_statistics import token_statistics, token_views
from luthier.tools.questions import Approval, Editable


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
            _("No file has been looked at yet."),
            remedy=_("Give the path of your data first."),
            code="data.no_file",
        )
    opened = open_mapped(parse_path(source.path), source.mapping, None, context.progress)
    wish = SplitChoice(method=arguments.method, column=arguments.column)
    choice, _times = settle_split(wish, sample_records(opened), source.mapping)
    return Outcome(
        _(
            "The rows are split {how}: {reason}.",
            how=split_name(choice),
            reason=choice.reason,
        ),
        facts={"split": choice.model_dump(mode="json")},
    )


class CountTokens(BaseModel):
    """Whose tokens shall be counted."""

    model: str = Field(
        default="",
        description="starter, a folder with a tokenizer.json, a Hub id, or an OpenAI model's name; "
        "empty: the chosen base model",
    )


def count_tokens(context: ToolContext, arguments: CountTokens) -> Outcome:
    """Count the tokens of the prepared rows for a model, with a histogram."""
    dataset = _dataset(context)
    model = arguments.model or context.facts.model_id
    counter = counter_for(context.workspace, model, download=True, progress=context.progress)
    found = token_statistics(context.workspace, dataset.id, counter, context.progress)
    train = found.splits[0]
    tokens = f"{train.tokens:,}"
    return Outcome(
        _(
            "{model}: {tokens} tokens in {rows:,} training rows, half of them up to {median}, the "
            "longest {high} ({how}).",
            model=found.model,
            tokens=tokens if found.exact else _("about {amount}", amount=tokens),
            rows=train.rows,
            median=train.lengths.median,
            high=train.lengths.high,
            how=found.how,
        ),
        views=token_views(found),
    )


def approve_tokenizer(_context: ToolContext, arguments: CountTokens) -> Approval:
    """What fetching a tokenizer means."""
    return Approval(
        tool="count_tokens",
        effect=Effect.NETWORK,
        title=_("Fetch the tokenizer of {model} from the Hugging Face Hub", model=arguments.model),
        details=((_("Download"), _("a few megabytes, unless it is here already; no weights")),),
    )


def _needs_no_network(arguments: CountTokens) -> bool:
    model = arguments.model
    return not is_hub_id(model) or Path(model).expanduser().is_dir()


class ExportData(BaseModel):
    """The program to which the prepared rows shall go."""

    format: str = Field(description="one of: " + ", ".join(export.name for export in EXPORTS))
    folder: str = Field(
        default="", description="where to write, as the user typed it; empty: in Luthier's home"
    )


def export_data(context: ToolContext, arguments: ExportData) -> Outcome:
    """Write the prepared rows as another program reads them."""
    dataset = _dataset(context)
    export = export_for(arguments.format)
    own = context.workspace.home / "exports" / f"data-{dataset.id}-{export.name}"
    folder = Path(arguments.folder).expanduser().absolute() if arguments.folder else own
    report = export_dataset(
        context.workspace,
        dataset.id,
        export.name,
        folder,
        overwrite=folder == own,
        progress=context.progress,
    )
    left = plural(
        "{n} row could not be taken along.",
        "{n} rows could not be taken along.",
        sum(report.left_out.values()),
    )
    return Outcome(
        _(
            "The data is in {folder}, as {format} reads it: {rows} rows.",
            folder=report.folder,
            format=report.title,
            rows=report.written,
        )
        + (f" {left}" if report.left_out else ""),
        views=export_views(report),
        data={"folder": report.folder},
    )


def approve_export(context: ToolContext, arguments: ExportData) -> Approval:
    """Where outside Luthier's home the rows would be written."""
    dataset = _dataset(context)
    return Approval(
        tool="export_data",
        effect=Effect.WRITES_OUTSIDE,
        title=_(
            "Write the prepared data to {folder}, as {format} reads it",
            folder=arguments.folder,
            format=export_for(arguments.format).title,
        ),
        details=(
            (_("Where"), str(Path(arguments.folder).expanduser().absolute())),
            (
                _("What"),
                plural("{n} row", "{n} rows", dataset.train + dataset.validation + dataset.test),
            ),
            (_("Files that are there"), _("are kept; nothing is replaced")),
            (_("Price and privacy"), _("free; nothing leaves this computer")),
        ),
        editable=(Editable(name="folder", label=_("folder"), value=arguments.folder),),
    )


def _dataset(context: ToolContext) -> DatasetInfo:
    if context.facts.dataset is None:
        raise LuthierError(
            _("The data has not been prepared yet."),
            remedy=_("Finish the data step first."),
            code="data.not_prepared",
        )
    return context.facts.dataset


TOOLS = (
    Tool(
        name="choose_split",
        description="Choose how rows are dealt to training, validation and test: by chance, label "
        "by label, by a group column such as a customer id, or by time. The data is prepared again.",
        arguments=ChooseSplit,
        run=choose_split,
        effect=Effect.READS,
        label=mark("Choosing how to split"),
    ),
    Tool(
        name="count_tokens",
        description="Count the tokens of the prepared rows for any model (starter, folder, Hub id, "
        "OpenAI name), with a histogram. Says where it is an estimate.",
        arguments=CountTokens,
        run=count_tokens,
        effect=Effect.NETWORK,
        approval=approve_tokenizer,
        harmless=_needs_no_network,
        points_at=lambda arguments: (
            ((arguments.model,) if Path(arguments.model).expanduser().is_dir() else ())
            if arguments.model
            else ()
        ),
        label=mark("Counting tokens"),
    ),
    Tool(
        name="export_data",
        description="Write the prepared data set as another program reads it: OpenAI, TRL, "
        "LLaMA-Factory, axolotl, ShareGPT. Nothing is uploaded.",
        arguments=ExportData,
        run=export_data,
        effect=Effect.WRITES_OUTSIDE,
        approval=approve_export,
        harmless=lambda arguments: not arguments.folder,
        points_at=lambda arguments: (arguments.folder,) if arguments.folder else (),
        label=mark("Exporting the data"),
    ),
)
