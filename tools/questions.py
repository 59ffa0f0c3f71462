"""Questions to the user and the answers to them, as both brains and every screen exchange them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Choice(BaseModel):
    """One selectable answer."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="short stable name, such as 'labels'")
    label: str = Field(description="what the user reads on the line to pick")
    detail: str = Field(default="", description="one more sentence in small print")


class Question(BaseModel):
    """One question: selectable answers, and free text is always possible besides."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="stable name, such as 'brief.use_case'")
    text: str = Field(description="the question in plain words, one sentence if possible")
    choices: tuple[Choice, ...] = Field(default=(), description="selectable answers, best first")
    default: str = Field(
        default="", description="id of the choice taken when the user does not know"
    )
    why: str = Field(default="", description="answer to 'why do you ask?'")
    placeholder: str = Field(default="", description="example of free text, such as a path")
    allow_back: bool = Field(default=True, description="whether 'back' makes sense here")
    wants_file: bool = Field(
        default=False, description="the screen may offer a file picker; the answer is a path"
    )


class Answer(BaseModel):
    """What the user said to a question.

    ``choice`` picks ``choice_id``; ``text`` is free text in ``text``; ``unsure`` means "I don't
    know" and stands for the question's default; ``back`` asks for the question before.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["choice", "text", "unsure", "back"]
    choice_id: str = ""
    text: str = ""


class Lasting(BaseModel):
    """What a yes for the rest of the session would cover."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(description="stable name; calls with the same one are not asked again")
    words: str = Field(description="what would no longer be asked, after 'do not ask again for …'")


class Editable(BaseModel):
    """A value that the user may change before saying yes."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="where it stands in the call's arguments, such as changes.epochs")
    label: str = Field(description="what the user reads, such as 'epochs'")
    value: str


NEVER_LASTING = frozenset({"money", "deletes"})
"""Effects that are asked about each time, whatever was allowed before."""


class Approval(BaseModel):
    """A request for an explicit yes before something with an effect happens."""

    model_config = ConfigDict(frozen=True)

    tool: str
    effect: str = Field(
        description="the Effect's name: long_job, network, upload, money, deletes, writes_outside"
    )
    title: str = Field(description="what will happen, in one line")
    details: tuple[tuple[str, str], ...] = Field(
        default=(), description="name and value of what matters: time, memory, price, destination"
    )
    lasting: Lasting | None = Field(
        default=None, description="offered as a yes that lasts; never for money or deletions"
    )
    editable: tuple[Editable, ...] = Field(
        default=(), description="values to change; it is then asked again with the new ones"
    )
    note: str = Field(default="", description="why a value that was given cannot be taken")

    @model_validator(mode="after")
    def _asks_each_time_where_it_must(self) -> Approval:
        if self.lasting is not None and self.effect in NEVER_LASTING:
            raise ValueError(f"a yes to {self.effect} cannot last")
        return self


class Decision(BaseModel):
    """The user's reply to an :class:`Approval`; a no may carry a reason that the brain reads.

    ``changes`` maps names of :class:`Editable` values to new ones. It is no yes yet: the same is asked
    again with what would happen then.
    """

    model_config = ConfigDict(frozen=True)

    approved: bool
    reason: str = ""
    lasting: bool = False
    changes: dict[str, str] = Field(default_factory=dict)
