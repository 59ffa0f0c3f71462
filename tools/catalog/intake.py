"""Tools that bring data in from outside: from the Hugging Face Hub, and written by a language model."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.data.hub import fetch_dataset, folder_of, is_fetched
from luthier.tools.data.inspect import inspect_file, open_mapped
from luthier.tools.data.model import Inspection
from luthier.tools.data.readers.base import Source
from luthier.tools.data.views import inspection_views
from luthier.tools.data.written_rows import (
    LEAST,
    Passage,
    Written,
    expected_tokens,
    passages_of,
    rows_file,
    spread,
    write_rows,
)
from luthier.tools.effects import Effect
from luthier.tools.errors import LuthierError
from luthier.tools.hub_address import hub_place
from luthier.tools.language import _, mark, plural
from luthier.tools.progress import silent
from luthier.tools.questions import Approval
from luthier.tools.views import Sample, Samples
from luthier.tools.writer import Writer

_PREVIEW = 3


class FetchData(BaseModel):
    """A data set of the Hub."""

    dataset: str = Field(description="id such as owner/name")


def fetch_data(context: ToolContext, arguments: FetchData) -> Outcome:
    """Fetch the files of a Hub data set and look at them."""
    old = context.facts.source
    folder = fetch_dataset(context.workspace, arguments.dataset, context.progress)
    inspection = inspect_file(folder, progress=context.progress)
    words = _("Fetched {dataset} to {folder}.", dataset=arguments.dataset, folder=folder)
    return Outcome(
        f"{words} {inspection.mapping.reason}",
        facts={"source": inspection.model_dump(mode="json"), "split": None},
        views=inspection_views(inspection),
        data={"another_file": old is not None and old.path != inspection.path},
    )


def approve_fetching(context: ToolContext, arguments: FetchData) -> Approval:
    """What fetching a data set means."""
    here = is_fetched(context.workspace, arguments.dataset)
    return Approval(
        tool="fetch_data",
        effect=Effect.NETWORK,
        title=_(
            "Fetch the data set {dataset} from the Hugging Face Hub", dataset=arguments.dataset
        ),
        details=(
            (_("From"), hub_place()),
            (
                _("Download"),
                _("nothing: its files are here already")
                if here
                else _("its files of rows and its card, at most 5 GB"),
            ),
            (_("To"), str(folder_of(context.workspace, arguments.dataset))),
            (_("Code"), _("none that comes with a data set is ever fetched or run")),
            (
                _("Price and privacy"),
                _("free; the data set's name and your Hub token, if any, are sent"),
            ),
        ),
    )


class WriteQuestions(BaseModel):
    """How many questions are written about each passage; a preview comes first."""

    everything: bool = Field(
        default=False, description="True after the user has seen the preview and wants the rest"
    )
    per_passage: int = Field(default=2, ge=1, le=10)


def write_questions(context: ToolContext, arguments: WriteQuestions) -> Outcome:
    """Have the connected model write questions and answers about the passages looked at last."""
    writer, source, passages = _material(context)
    chosen = passages if arguments.everything else spread(passages, _PREVIEW)
    path = rows_file(context.workspace, source, arguments.per_passage, writer.name)
    written = write_rows(chosen, arguments.per_passage, writer, path, context.progress)
    if not written.rows:
        raise LuthierError(
            _("The model wrote nothing that can be used."),
            why=_("None of its answers was a list of questions with answers."),
            remedy=_("Try a larger model, or make rows by a template of yours."),
            code="data.nothing_written",
        )
    if not arguments.everything:
        return _preview(written, passages, arguments.per_passage, writer, path)
    inspection = inspect_file(path, progress=context.progress)
    return Outcome(
        f"{_spent(written, writer)} {inspection.mapping.reason}",
        facts={"source": inspection.model_dump(mode="json"), "split": None},
        views=(_samples(written), *inspection_views(inspection)),
        data={"path": str(path), "passages": len(passages)},
    )


def _preview(
    written: Written, passages: list[Passage], count: int, writer: Writer, path: Path
) -> Outcome:
    rest = _estimate(passages, count, writer)
    words = _("These are the first; all {passages} passages would take {estimate}.",
              passages=len(passages), estimate=rest)  # fmt: skip
    return Outcome(
        f"{_spent(written, writer)} {words}",
        views=(_samples(written),),
        data={"preview": True, "passages": len(passages), "path": str(path), "rows": written.rows},
    )


def _samples(written: Written) -> Samples:
    return Samples(
        title=_("Written about your passages, marked as synthetic"),
        samples=tuple(
            Sample(
                prompt=row["question"],
                expected=row["answer"],
                answers=((_("passage"), row["passage"][:300]),),
            )
            for row in written.rows[: 2 * _PREVIEW]
        ),
    )


def _spent(written: Written, writer: Writer) -> str:
    rows = plural("{n} row was written", "{n} rows were written", len(written.rows))
    tokens = written.input_tokens + written.output_tokens
    words = _("{rows} about {passages} passages with {tokens} tokens.", rows=rows,
              passages=written.passages, tokens=f"{tokens:,}")  # fmt: skip
    dollars = writer.price(written.input_tokens, written.output_tokens)
    if dollars:
        words += " " + _("That cost about ${dollars}.", dollars=f"{dollars:.4f}")
    if written.barren:
        words += " " + plural("{n} passage gave none.", "{n} passages gave none.", written.barren)
    return words


def approve_writing(context: ToolContext, arguments: WriteQuestions) -> Approval:
    """What is sent where, and what it takes.

    Raises:
        LuthierError: no language model is connected, or there are no passages.
    """
    writer, _source, passages = _material(context)
    chosen = passages if arguments.everything else spread(passages, _PREVIEW)
    title = plural(
        "Have {model} write questions about {n} passage",
        "Have {model} write questions about {n} passages",
        len(chosen),
        model=writer.name,
    )
    place = _("this computer; nothing leaves it") if writer.is_local else writer.name
    return Approval(
        tool="write_questions",
        effect=Effect.LONG_JOB if writer.is_local else Effect.MONEY,
        title=title,
        details=(
            (_("Sent to"), place),
            (_("Sent"), _("the text of these passages")),
            (_("Takes"), _estimate(chosen, arguments.per_passage, writer)),
            (_("Kept"), _("every row is marked as synthetic and keeps its passage")),
        ),
    )


def _estimate(passages: list[Passage], count: int, writer: Writer) -> str:
    sent, back = expected_tokens(passages, count)
    words = _("about {tokens} tokens", tokens=f"{sent + back:,}")
    if writer.is_local:
        return words
    dollars = writer.price(sent, back)
    if dollars is None:
        return words + ", " + _("at a price that is not known here")
    return words + ", " + _("about ${dollars}", dollars=f"{dollars:.3f}")


def _material(context: ToolContext) -> tuple[Writer, Source, list[Passage]]:
    if context.writer is None:
        raise LuthierError(
            _("No language model is connected that could write questions."),
            why=_("The offline guide follows rules; it cannot write."),
            remedy=_(
                "Connect one with /model (or `luthier model use`), and say “write questions” again. "
                "Without one: make rows by a template, take plain text to be continued, or use "
                "retrieval."
            ),
            code="data.no_writer",
        )
    inspection = context.facts.source
    if inspection is None:
        raise LuthierError(
            _("There is no document to write about yet."),
            remedy=_("Type or paste the path of a document or a folder of them."),
            code="data.no_file",
        )
    source = open_mapped(Path(inspection.path), inspection.mapping, None, silent)
    passages, short = passages_of(source, _text_column(inspection))
    if not passages:
        raise LuthierError(
            _("There is no passage long enough to ask about."),
            why=plural("{n} text is shorter than {least} characters.",
                       "{n} texts are shorter than {least} characters.", short, least=LEAST),
            remedy=_("Give a longer document."),
            code="data.no_passages",
        )  # fmt: skip
    return context.writer, source, passages


def _text_column(inspection: Inspection) -> str:
    return "text" if "text" in inspection.columns else inspection.mapping.completion


TOOLS = (
    Tool(
        name="fetch_data",
        description="Fetch a data set from the Hugging Face Hub by its id (owner/name) and look at "
        "it. Only files of rows and the card; no code.",
        arguments=FetchData,
        run=fetch_data,
        effect=Effect.NETWORK,
        approval=approve_fetching,
        points_at=lambda arguments: (arguments.dataset,),
        label=mark("Fetching the data set"),
    ),
    Tool(
        name="write_questions",
        description="Have the connected language model write questions and answers about the "
        "passages of the documents looked at last. First without everything: three passages as a "
        "preview. After the user agreed: everything=true. Rows are marked as synthetic and keep "
        "their passage.",
        arguments=WriteQuestions,
        run=write_questions,
        effect=Effect.MONEY,
        approval=approve_writing,
        label=mark("Having questions written"),
    ),
)
