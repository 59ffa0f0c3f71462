"""Tools of the data stage: look at a file, prepare it, see what a model will learn from it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.doctor import findings_in_words, frozen_test
from luthier.tools.catalog.learning import (
    measure_tokens,
    renderer_for,
    training_length,
    unanswerable_rows,
    untrainable_rows,
)
from luthier.tools.data.example import example_path
from luthier.tools.data.inspect import EVERYBODY, inspect_file, read_as
from luthier.tools.data.model import Inspection, Mapping, Row
from luthier.tools.data.paths import parse_path
from luthier.tools.data.places import place_of
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import load_rows
from luthier.tools.data.templates import split_template
from luthier.tools.data.views import dataset_views, inspection_views
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.models.learning_views import learning_views, row_tokens_view
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.preference_rows import worse_half
from luthier.tools.views import Tokens


class InspectData(BaseModel):
    """A file to look at, with corrections to how it is read."""

    path: str = Field(default="", description="path as typed; empty: the file looked at last")
    example: Literal["", "shop_tickets", "elle"] = Field(
        default="", description="a built-in example instead of a path"
    )
    prompt_columns: tuple[str, ...] = Field(default=(), description="columns the model is given")
    completion_column: str = Field(default="", description="column the model should answer")
    messages_column: str = Field(default="", description="column that holds whole conversations")
    system: str | None = Field(default=None, description="a fixed instruction before every row")
    read_as: str = Field(
        default="",
        description="overrules the detected format: a file format (csv, excel, sqlite, whatsapp) or "
        "a row layout (alpaca, sharegpt, openai, preference, kto, chatgpt, pairs, text)",
    )
    part: str = Field(default="", description="sheet, table or split to read instead")
    template: str = Field(
        default="",
        description="makes rows of passages or columns: 'Q: What does {heading} say? A: {passage}'",
    )
    assistant: str = Field(default="", description="person in a chat export to learn from")
    pseudonyms: bool | None = Field(
        default=None, description="replace names in a chat export by Person A, Person B, …"
    )


def inspect_data(context: ToolContext, arguments: InspectData) -> Outcome:
    """Read a file, detect format, encoding and columns, and show the mapping on three rows."""
    old = context.facts.source
    if arguments.example:
        path = example_path(arguments.example)
    elif arguments.path:
        path = parse_path(arguments.path)
    elif old:
        path = parse_path(old.path)
    else:
        raise LuthierError(
            _("There is no file to look at yet."),
            remedy=_("Type or paste the path of a file or folder."),
            code="data.no_file",
        )
    same = old if old and old.path == str(path) else None
    inspection = inspect_file(
        path,
        mapping=_corrected(arguments, same),
        also=frozen_test(context, path),
        progress=context.progress,
    )
    return Outcome(
        _inspection_words(inspection),
        facts={"source": inspection.model_dump(mode="json")} | ({} if same else {"split": None}),
        views=inspection_views(inspection),
        data={
            "changed_mapping": same is not None and same.mapping != inspection.mapping,
            "another_file": old is not None and same is None,
        },
    )


def _corrected(arguments: InspectData, old: Inspection | None) -> Mapping | None:
    """The mapping with what the user corrected; None where all is to be guessed."""
    base = old.mapping if old else Mapping()
    system = base.system if arguments.system is None else arguments.system
    wishes = _wishes(arguments, base)
    given = arguments.prompt_columns or arguments.completion_column or arguments.messages_column
    if wishes is not None and not given:
        return wishes.model_copy(update={"system": system})
    if not given and arguments.system is None:
        return None
    kept = {
        "part": base.part,
        "file_format": base.file_format,
        "header": base.header,
        "asked": base.asked,
    }
    if arguments.messages_column:
        found = Mapping(messages=arguments.messages_column, system=system, reason=_("as you said"))
        return found.model_copy(update=kept)
    completion = arguments.completion_column or base.completion
    prompt = arguments.prompt_columns or tuple(c for c in base.prompt if c != completion)
    if old and not prompt:
        prompt = tuple(c for c in old.columns if c != completion)[:1]
    if not given:
        return base.model_copy(update={"system": system})
    found = Mapping(prompt=prompt, completion=completion, system=system, reason=_("as you said"))
    return found.model_copy(update=kept)


def _wishes(arguments: InspectData, base: Mapping) -> Mapping | None:
    """What is wished besides columns, on top of what was wished before; None where nothing is."""
    said = (arguments.read_as, arguments.part, arguments.template, arguments.assistant)
    if not any(said) and arguments.pseudonyms is None:
        return None
    question, answer = split_template(arguments.template) if arguments.template else ("", "")
    people = base.people
    if arguments.pseudonyms is not None:
        people = EVERYBODY if arguments.pseudonyms else ()
    wishes = Mapping(
        part=arguments.part or base.part,
        file_format=base.file_format,
        layout="" if arguments.template else base.layout if not arguments.part else "",
        template=question or base.template,
        answer_template=answer if arguments.template else base.answer_template,
        assistant=arguments.assistant or ("" if arguments.part else base.assistant),
        people=people,
        asked=_asked(arguments, base),
    )
    return read_as(arguments.read_as, wishes) if arguments.read_as else wishes


def _asked(arguments: InspectData, base: Mapping) -> tuple[str, ...]:
    fresh = [
        name
        for name, said in (("part", arguments.part), ("names", arguments.pseudonyms is not None))
        if said
    ]
    return tuple(dict.fromkeys((*base.asked, *fresh)))


def _inspection_words(inspection: Inspection) -> str:
    words = _(
        "{path}: {format} ({encoding}), {rows_in} rows, {usable} usable, {left_out} "
        "unusable, {duplicates} exact duplicates. Columns: {columns}. Mapping: {reason}. "
        "Task: {kind} ({task})",
        path=inspection.path,
        format=inspection.format,
        encoding=inspection.encoding,
        rows_in=inspection.rows_in,
        usable=inspection.usable,
        left_out=inspection.left_out,
        duplicates=inspection.duplicates,
        columns=", ".join(inspection.columns[:60]),
        reason=inspection.mapping.reason,
        kind=inspection.task.kind,
        task=inspection.task.reason,
    )
    if inspection.parts:
        shown = ", ".join(inspection.parts[:30])
        words += " " + _("Parts: {parts}; read: {part}.", parts=shown, part=inspection.part)
    if inspection.speakers:
        words += " " + _("Speakers: {people}.", people=", ".join(inspection.speakers[:30]))
    return f"{words} {findings_in_words(inspection)}"


class PrepareData(BaseModel):
    """How to prepare the file looked at last."""

    leave_out_unusable: bool = Field(
        default=False, description="True only after the user agreed to leave unusable rows out"
    )
    set_aside_untrainable: bool = Field(
        default=False,
        description="True only after the user agreed to set aside the rows that the token check "
        "blocks, such as answers longer than the model's context",
    )


def prepare_data(context: ToolContext, arguments: PrepareData) -> Outcome:
    """Clean, de-duplicate and split the file; the test split stays untouched from then on."""
    source = context.facts.source
    if source is None:
        raise LuthierError(
            _("No file has been looked at yet."),
            remedy=_("Give the path of your data first."),
            code="data.no_file",
        )
    old = context.facts.dataset
    exclude = old.exclude if old else ()
    if arguments.set_aside_untrainable and old:
        exclude = (*exclude, *untrainable_rows(context, old))
    consent = arguments.leave_out_unusable or context.facts.has("rows.leave_out")
    info = prepare_dataset(
        context.workspace,
        Path(source.path),
        source.mapping,
        leave_out_unusable=consent or bool(exclude),
        choice=context.facts.split,
        expected_sha256=source.sha256,
        exclude=exclude,
        progress=context.progress,
    )
    return Outcome(
        _(
            "Prepared data set {id}: {train} rows to train on, {validation} to watch progress, "
            "{test} held out for the test.",
            id=info.id,
            train=info.train,
            validation=info.validation,
            test=info.test,
        ),
        facts={"dataset": info.model_dump(mode="json"), "frozen_test": info.id},
        views=dataset_views(info),
    )


def check_tokens(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Measure the rows in the model's tokens and show one row exactly as it will be trained."""
    report = measure_tokens(context)
    facts = context.facts
    assert facts.dataset is not None
    row = load_rows(context.workspace, facts.dataset.id, "train")[0]
    views = _row_views(context, row)
    blockers = tuple(f"{b.message} {b.remedy}".strip() for b in report.blockers)
    if not blockers:
        blockers = unanswerable_rows(context, facts.dataset)
    words = "; ".join(blockers) or _("every row ends with a trained end token")
    return Outcome(
        _("Token check: {words}.", words=words),
        facts={"tokens_checked": True, "token_blockers": list(blockers)},
        views=(*learning_views(report), *views),
    )


class ShowRow(BaseModel):
    """Which training row to show."""

    number: int = Field(default=1, ge=1, description="1 is the first row of the training split")


def show_row(context: ToolContext, arguments: ShowRow) -> Outcome:
    """Show one training row token by token: what is learnt, what is only read."""
    facts = context.facts
    if facts.dataset is None:
        raise LuthierError(
            _("The data has not been prepared yet."),
            remedy=_("Finish the data step first; then any row can be shown."),
            code="data.not_prepared",
        )
    rows = load_rows(context.workspace, facts.dataset.id, "train")
    if arguments.number > len(rows):
        raise LuthierError(
            _("There is no row {number}.", number=arguments.number),
            remedy=_(
                "Choose a number from 1 to {rows}, the rows of the training split.", rows=len(rows)
            ),
            code="data.no_such_row",
        )
    row = rows[arguments.number - 1]
    views = _row_views(context, row)
    return Outcome(
        _(
            "Showed training row {number} (from {place}).",
            number=arguments.number,
            place=place_of(row.source),
        ),
        views=views,
    )


def _row_views(context: ToolContext, row: Row) -> tuple[Tokens, ...]:
    """The row as it is trained; of a pair both answers, where the plan learns from pairs."""
    renderer, length = renderer_for(context), training_length(context)
    view = row_tokens_view(renderer, row, length)
    plan = context.facts.plan
    if not (row.rejected and plan and method_of(plan).reads != "answers"):
        return (view,)
    worse = row_tokens_view(renderer, worse_half(row), length)
    title = _(
        "The worse answer ({place}): it learns to find this less likely",
        place=place_of(row.source),
    )
    return (view, worse.model_copy(update={"title": title}))


TOOLS = (
    Tool(
        name="inspect_data",
        description="Look at a data file (CSV, JSON, JSONL, Parquet, Arrow, Excel, SQLite, "
        "Markdown, text, PDF, Word, chat exports, also zipped), a folder of such files, or a "
        "built-in example: format, columns, problems, and the mapping on three rows. Call it again "
        "with columns, read_as, part, template or assistant to change how it is read. Writes "
        "nothing.",
        arguments=InspectData,
        run=inspect_data,
        effect=Effect.READS,
        points_at=lambda arguments: (arguments.path,) if arguments.path else (),
        label=mark("Looking at your data"),
    ),
    Tool(
        name="prepare_data",
        description="Clean, de-duplicate and split the file looked at last into train, validation "
        "and test. Unusable rows are left out only with the user's consent.",
        arguments=PrepareData,
        run=prepare_data,
        effect=Effect.WRITES_HOME,
        label=mark("Preparing the data and freezing the splits"),
    ),
    Tool(
        name="check_tokens",
        description="Measure row lengths in tokens for the chosen model and show what is trained.",
        arguments=NoArguments,
        run=check_tokens,
        effect=Effect.READS,
        label=mark("Looking at the data through the model's eyes"),
    ),
    Tool(
        name="show_row",
        description="Show one training row token by token as the model will be trained on it.",
        arguments=ShowRow,
        run=show_row,
        effect=Effect.READS,
        label=mark("Showing a row as the model sees it"),
    ),
)
