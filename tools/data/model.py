"""The words of the data room: source, mapping, problems, rows, task, data set."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from luthier.tools.language import mark

Role = Literal["system", "user", "assistant", "tool"]
SplitName = Literal["train", "validation", "test"]
TaskKind = Literal["labels", "structured", "sql", "command", "text"]
Severity = Literal["note", "warns", "blocks"]
SplitMethod = Literal["random", "stratified", "group", "time"]
Format = Literal[
    "csv", "tsv", "json", "jsonl", "parquet", "arrow", "excel", "sqlite", "text", "markdown", "pdf",
    "docx", "whatsapp", "slack", "folder",
]  # fmt: skip


_OLD_SEVERITIES = {"info": "note", "warning": "warns", "error": "blocks"}


def _of_old(severity: str) -> str:
    """Data sets prepared by earlier versions name the severities differently."""
    return _OLD_SEVERITIES.get(severity, severity)


class ToolCall(BaseModel):
    """A function that the assistant calls: its name and its arguments as an object."""

    model_config = ConfigDict(frozen=True)

    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)


SPLIT_LABELS: dict[SplitName, str] = {
    "train": mark("train"),
    "validation": mark("validation"),
    "test": mark("test"),
}
"""What the parts of a split are called before people."""


class Message(BaseModel):
    """One turn of a conversation. All but role and content is absent in most data."""

    model_config = ConfigDict(frozen=True)

    role: Role
    content: str
    name: str = Field(default="", description="of the function whose result a tool turn holds")
    tool_calls: tuple[ToolCall, ...] = ()
    weight: float = Field(default=1.0, description="0: an assistant's turn that is only read")
    tools: tuple[dict[str, Any], ...] = Field(
        default=(), description="functions offered, as JSON schemas; on the first turn only"
    )


class Lineage(BaseModel):
    """Where a row came from: file name, and the line its record starts on (1-based).

    The line of a PDF is its page, of a sheet or table its row, of a Word file its paragraph.
    """

    model_config = ConfigDict(frozen=True)

    file: str
    line: int
    row: int = Field(
        default=0, description="number of the row in its file, where its line holds several"
    )
    passage: str = Field(default="", description="the text from which a synthetic row was made")


class Row(BaseModel):
    """One training example as canonical chat messages, ending with the assistant's answer."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="stable within its data set: content hash, 16 hex digits")
    messages: tuple[Message, ...]
    source: Lineage
    rejected: str = Field(default="", description="the worse answer of a preference pair")
    label: bool | None = Field(default=None, description="whether the answer was wanted (KTO)")
    synthetic: bool = Field(default=False, description="made by a template or a language model")

    @property
    def prompt(self) -> tuple[Message, ...]:
        """Everything before the last answer."""
        return self.messages[:-1]

    @cached_property
    def completion(self) -> str:
        """The last answer: what a model should say, calls of functions included as text."""
        last = self.messages[-1]
        return spoken(last) if last.tool_calls else last.content

    def __copy__(self) -> Self:
        """A copy that may get other messages: it finds out its completion anew."""
        copied = super().__copy__()
        copied.__dict__.pop("completion", None)
        return copied


def spoken(message: Message) -> str:
    """A turn as text: its content, then each call in the ``<tool_call>`` tags of Hermes and Qwen."""
    if not message.tool_calls:
        return message.content
    calls = [
        f"<tool_call>\n{json.dumps(call.model_dump(), ensure_ascii=False)}\n</tool_call>"
        for call in message.tool_calls
    ]
    return "\n".join(part for part in (message.content, *calls) if part)


class Mapping(BaseModel):
    """Which columns become the prompt and the completion, or which column holds the messages.

    At least one of ``messages`` and ``completion`` is set; with both, the completion is the answer
    to the conversation in ``messages``. Several prompt columns are joined as ``name: value`` lines
    in the given order (``join`` "plain": by blank lines, without names); ``system`` is put before
    every row. ``file_format`` and ``header`` overrule what is detected about the file; ``layout``
    only names how the rows were recognised.
    """

    model_config = ConfigDict(frozen=True)

    prompt: tuple[str, ...] = ()
    completion: str = ""
    messages: str = ""
    system: str = ""
    join: Literal["named", "plain"] = "named"
    only_where: str = Field(
        default="", description="true/false column; rows where it is false are left out"
    )
    rejected: str = Field(default="", description="column of the worse answer of a pair")
    tools: str = Field(default="", description="column of the functions offered to the assistant")
    part: str = Field(default="", description="sheet, table or split to read, where there are many")
    template: str = Field(
        default="", description="question to each row, with columns in braces: What is {heading}?"
    )
    answer_template: str = Field(default="", description="the answer likewise; empty: completion")
    continuation: bool = Field(
        default=False, description="plain text: the beginning is read, the rest is learned"
    )
    assistant: str = Field(default="", description="the speaker of a chat whose turns are learned")
    people: tuple[str, ...] = Field(
        default=(), description="names in a chat that are replaced by Person A, Person B, …"
    )
    synthetic: str = Field(default="", description="column of the passage a row was made from")
    asked: tuple[str, ...] = Field(
        default=(), description="what the user settled about the reading: part, names"
    )
    layout: str = Field(default="", description="name of the row format, such as alpaca")
    file_format: Format | Literal[""] = ""
    header: bool | None = Field(
        default=None, description="whether a delimited file's first line names the columns"
    )
    remedies: tuple[str, ...] = Field(
        default=(), description="remedies applied to the rows as they are read, in order"
    )
    reason: str = Field(default="", description="why this mapping was proposed, in plain words")
    confident: bool = True


class Problem(BaseModel):
    """One finding with its places: up to 20 source ``lines``; ``count`` is the true total.

    ``files`` goes along with ``lines`` where the rows come from more than one file, and ``rows``
    (their numbers in the file) where several stand on one line.
    """

    model_config = ConfigDict(frozen=True)

    code: str = Field(description="stable name, such as 'empty_completion'")
    severity: Annotated[Severity, BeforeValidator(_of_old)]
    message: str = Field(description="what is wrong, in plain words")
    remedy: str = ""
    count: int = 1
    lines: tuple[int, ...] = ()
    files: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    example: str = ""
    why: str = Field(default="", description="why it matters, in one plain sentence")
    remedies: tuple[str, ...] = Field(
        default=(), description="names of the remedies that mend it without the user's hands"
    )
    leaves_out: bool = Field(default=False, description="these rows are not used")
    agreed: bool = Field(default=False, description="left out because the user chose a remedy")


class Task(BaseModel):
    """What the rows ask of a model, guessed from the completions."""

    model_config = ConfigDict(frozen=True)

    kind: TaskKind
    labels: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    reason: str = ""


class SplitChoice(BaseModel):
    """How rows are dealt to the sides: by chance, label by label, or by a column.

    "stratified" is by chance where there are no labels. ``column`` names the group (customer,
    document) or the time; empty, it is looked for.
    """

    model_config = ConfigDict(frozen=True)

    method: SplitMethod = "stratified"
    column: str = ""
    reason: str = Field(default="", description="why, in plain words")


class SampleRow(BaseModel):
    """A source row as it would be used, for showing a mapping."""

    model_config = ConfigDict(frozen=True)

    line: int
    row: int = Field(default=0, description="its number, where its line holds several rows")
    prompt: str
    completion: str


class Inspection(BaseModel):
    """What a file holds, before anything is decided. Nothing is written."""

    model_config = ConfigDict(frozen=True)

    path: str
    sha256: str
    bytes: int
    format: Format
    format_reason: str
    encoding: str
    encoding_reason: str = ""
    columns: tuple[str, ...]
    rows_in: int
    mapping: Mapping
    samples: tuple[SampleRow, ...] = Field(description="three real rows under the mapping")
    problems: tuple[Problem, ...]
    usable: int
    duplicates: int
    task: Task
    split: SplitChoice = Field(
        default=SplitChoice(), description="how the rows would be split, with the reason"
    )
    parts: tuple[str, ...] = Field(
        default=(), description="sheets, tables or splits of which one is read at a time"
    )
    part: str = Field(default="", description="the one that was read")
    speakers: tuple[str, ...] = Field(
        default=(), description="people in a chat export, the one who writes most first"
    )
    licence: str = Field(default="", description="what the source states about its licence")
    looked_closely: int = Field(
        default=0, description="usable rows at which the expensive checks looked"
    )

    @property
    def left_out(self) -> int:
        """Rows that are not used; duplicates are counted apart."""
        return sum(problem.count for problem in self.problems if problem.leaves_out)

    @property
    def to_agree(self) -> int:
        """Rows that cannot be used and that nobody has agreed to leave out yet."""
        return sum(p.count for p in self.problems if p.leaves_out and not p.agreed)


class DatasetInfo(BaseModel):
    """A prepared data set: frozen splits on disk with the counts and the lineage."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    source_path: str
    source_sha256: str
    mapping: Mapping
    task: Task
    seed: int
    fractions: tuple[float, float, float] = Field(description="train, validation, test")
    split_reason: str = Field(default="", description="why the splits have these sizes")
    split: SplitChoice = Field(
        default=SplitChoice(), description="how the rows were dealt to the sides"
    )
    rows_in: int
    left_out: int
    duplicates: int
    near_duplicates: int = Field(
        default=0, description="rows kept on one side because a near copy is there"
    )
    train: int
    validation: int
    test: int
    exclude: tuple[str, ...] = Field(default=(), description="ids of rows the user set aside")
    unwanted: tuple[int, int, int] = Field(
        default=(0, 0, 0), description="answers marked as not wanted, kept apart: train, ..."
    )
    problems: tuple[Problem, ...] = ()
    created_at: str = ""
