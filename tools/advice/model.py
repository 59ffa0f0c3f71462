"""What the interview learned and what follows from it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.language import mark

UseCase = Literal["labels", "structured", "style", "new_facts", "other"]
Tried = Literal["nothing", "prompting", "few_shot", "retrieval", "another_tune"]
Recommendation = Literal["tune", "try_first", "do_not_tune"]


USE_CASE_TITLES: dict[UseCase, str] = {
    "labels": mark("sorting texts under labels"),
    "structured": mark("structured output such as JSON"),
    "style": mark("a manner of speaking"),
    "new_facts": mark("new facts"),
    "other": mark("something else"),
}
TRIED_TITLES: dict[Tried, str] = {
    "nothing": mark("nothing"),
    "prompting": mark("prompting"),
    "few_shot": mark("examples in the prompt"),
    "retrieval": mark("retrieval"),
    "another_tune": mark("an earlier tune"),
}


class Brief(BaseModel):
    """The four heads of the decision: use case, alternatives tried, costs, benefits.

    Every field is None until settled; ``assumed`` names those settled by a default.
    """

    model_config = ConfigDict(frozen=True)

    use_case: UseCase | None = None
    use_case_words: str = ""
    tried: tuple[Tried, ...] | None = None
    tried_words: str = ""
    minutes: int | None = Field(default=None, description="training time the user would spend")
    criterion: float | None = Field(
        default=None, description="share of right answers (0..1) that is good enough"
    )
    benefit_words: str = ""
    assumed: tuple[str, ...] = ()


class Advice(BaseModel):
    """Tune, try something else first, or do not; with reasons taken from the answers."""

    model_config = ConfigDict(frozen=True)

    recommendation: Recommendation
    headline: str
    reasons: tuple[str, ...]
    alternatives: tuple[str, ...] = ()
    overruled: bool = Field(default=False, description="the user went on regardless")
