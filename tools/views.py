"""What a tool hands to the screen: a few typed pictures of facts, drawn by every front end.

The chat, the plain text mode and the HTML report each draw all kinds, so a tool never knows where
it is shown. Texts are plain text, not markup: whatever came out of a file stays harmless.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Tone = Literal["neutral", "good", "warning", "bad"]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Table(_View):
    """Rows under column headings; ``highlight`` is the index of the row to stress, or -1.

    ``whole`` are the columns that people copy from, such as ids: their cells are never broken.
    """

    kind: Literal["table"] = "table"
    title: str = ""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    highlight: int = -1
    whole: tuple[int, ...] = ()


class Bars(_View):
    """A histogram or bar chart: one value per label."""

    kind: Literal["bars"] = "bars"
    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    unit: str = ""
    notes: tuple[str, ...] = ()


class Curve(_View):
    """One named line: x and y of equal length."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


class Plot(_View):
    """Lines over a common x axis, such as loss and validation loss over steps."""

    kind: Literal["plot"] = "plot"
    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]


class TokenSpan(_View):
    """A run of decoded tokens of one status."""

    status: Literal["trained", "ignored", "cut"]
    tokens: tuple[str, ...]


class Tokens(_View):
    """One row exactly as trained, coloured by what the model learns from it."""

    kind: Literal["tokens"] = "tokens"
    title: str
    spans: tuple[TokenSpan, ...]
    notes: tuple[str, ...] = ()


class Setting(_View):
    """One value with the reason beside it."""

    name: str
    value: str
    reason: str = ""


class Settings(_View):
    """A list of values with reasons: a plan, an estimate, a machine."""

    kind: Literal["settings"] = "settings"
    title: str
    settings: tuple[Setting, ...]
    notes: tuple[str, ...] = ()


class Sample(_View):
    """One row answered by several arms: ``answers`` by arm, ``marks`` says which were right."""

    prompt: str
    expected: str
    answers: tuple[tuple[str, str], ...]
    marks: tuple[tuple[str, bool], ...] = ()


class Samples(_View):
    """Answers side by side on real rows."""

    kind: Literal["samples"] = "samples"
    title: str
    samples: tuple[Sample, ...]


class Change(_View):
    """A text before and after; ``note`` says what to make of it, such as "would be left out"."""

    place: str
    before: str
    after: str
    note: str = ""


class Diff(_View):
    """What would change, or has changed, on real rows: the old text above the new one."""

    kind: Literal["diff"] = "diff"
    title: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()


class JobView(_View):
    """A live card of a job; the screen follows the job folder by itself."""

    kind: Literal["job"] = "job"
    job_id: str


class Callout(_View):
    """One sentence that matters (a verdict, a warning) with its grounds below."""

    kind: Literal["callout"] = "callout"
    tone: Tone = "neutral"
    headline: str
    lines: tuple[str, ...] = ()


View = Annotated[
    Table | Bars | Plot | Tokens | Settings | Samples | Diff | JobView | Callout,
    Field(discriminator="kind"),
]
VIEW_ADAPTER: TypeAdapter[View] = TypeAdapter(View)
