"""The words of the evaluation room: arms, their scores, the comparison and the verdict."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.evaluation.breakdown import Confusion, Fields
from luthier.tools.evaluation.judging.model import Judged, Preferred
from luthier.tools.evaluation.paired import PairedTest

ArmName = str
"""An arm of the registry (``base``, ``few_shot``, ``tuned`` ...), or ``model:ID`` for another model."""


class Prediction(BaseModel):
    """One arm's answer to one test row with its scores (metric name to value in [0, 1])."""

    model_config = ConfigDict(frozen=True)

    row_id: str
    answer: str
    scores: dict[str, float]
    stopped: bool = Field(description="ended by itself before the token limit")
    prompt_tokens: int
    completion_tokens: int
    seconds: float = Field(default=0.0, description="this row's share of its batch's wall time")


class Interval(BaseModel):
    """A point estimate with its 95 % interval."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float


class ArmResult(BaseModel):
    """One way to solve the task, measured on the test split."""

    model_config = ConfigDict(frozen=True)

    arm: ArmName
    label: str = Field(description="what the user reads, such as 'few-shot, 4 examples'")
    metrics: dict[str, float] = Field(description="aggregate per metric, in [0, 1]")
    stop_rate: float
    prompt_tokens: float = Field(description="mean per request")
    completion_tokens: float = Field(description="mean per request")
    seconds: float = Field(description="wall time for all rows")
    rows: int
    predictions_file: str = Field(description="JSONL of Prediction, one per test row, in order")
    detail: dict[str, str] = Field(default_factory=dict, description="such as the few-shot choice")
    interval: Interval | None = Field(default=None, description="of the deciding metric")
    price_per_request: float | None = Field(
        default=None, description="of an endpoint, from its dated price list; None: own machine"
    )
    on_validation: dict[str, float] = Field(
        default_factory=dict,
        description="the deciding metric by id of the validation rows that the arm was chosen on",
    )

    @property
    def is_tuned(self) -> bool:
        """Whether the model of this tuning answered, with or without something in its prompt."""
        return self.arm.startswith("tuned")


class Against(BaseModel):
    """The tuned model against one alternative on the deciding metric."""

    model_config = ConfigDict(frozen=True)

    arm: ArmName
    difference: Interval
    wins: int
    losses: int
    p_value: float
    p_adjusted: float = Field(description="after Holm, for all alternatives looked at")


class Comparison(BaseModel):
    """Tuned minus the best alternative on the deciding metric, by paired bootstrap."""

    model_config = ConfigDict(frozen=True)

    metric: str
    best_alternative: ArmName
    difference: Interval
    wins: int
    losses: int
    ties: int
    test: PairedTest = "mcnemar"
    p_value: float | None = Field(default=None, description="adjusted for all alternatives (Holm)")
    rows_to_decide: int | None = Field(
        default=None, description="test rows in all that would settle a difference like this one"
    )
    against: tuple[Against, ...] = Field(default=(), description="every alternative, in order")


class LearningPoint(BaseModel):
    """What the model scores that was tuned on a part of the rows, with its 95 % interval."""

    model_config = ConfigDict(frozen=True)

    rows: int = Field(description="training rows it was tuned on")
    value: float = Field(description="the deciding metric on the same test rows, in [0, 1]")
    low: float
    high: float


Decision = Literal["ship", "ship_with_care", "do_not_ship", "more_data", "undecided"]


class Verdict(BaseModel):
    """What the evidence says, in one sentence, with its grounds."""

    model_config = ConfigDict(frozen=True)

    decision: Decision
    sentence: str
    reasons: tuple[str, ...]


class Duel(BaseModel):
    """One real test row with every arm's answer and its score under the deciding metric."""

    model_config = ConfigDict(frozen=True)

    row_id: str
    outcome: Literal["win", "loss", "example"] = Field(
        description="tuned against the best alternative; 'example' before there is a tuned model"
    )
    prompt: str
    expected: str
    answers: tuple[tuple[ArmName, str], ...]
    scores: tuple[tuple[ArmName, float], ...]


class AbilityGroup(BaseModel):
    """One kind of general ability, asked of the base and of the tuned model alike."""

    model_config = ConfigDict(frozen=True)

    name: Literal["instructions", "knowledge", "refusals"]
    items: int
    base: float = Field(description="share passed, in [0, 1]")
    tuned: float
    difference: Interval = Field(description="tuned minus base, paired")
    failed: tuple[str, ...] = Field(
        default=(), description="questions that only the base model passed"
    )

    @property
    def lost(self) -> bool:
        """Whether the tuned model is worse by more than chance."""
        return self.difference.high < 0


class Abilities(BaseModel):
    """What the model could do in general before tuning, and can after."""

    model_config = ConfigDict(frozen=True)

    groups: tuple[AbilityGroup, ...]

    @property
    def lost(self) -> tuple[AbilityGroup, ...]:
        """What was lost, beyond chance."""
        return tuple(group for group in self.groups if group.lost)


class HarnessScore(BaseModel):
    """One figure of one task of lm-eval, of the base and of the tuned model on the same rows."""

    model_config = ConfigDict(frozen=True)

    task: str
    metric: str
    items: int
    base: float
    tuned: float
    base_error: float | None = Field(default=None, description="lm-eval's standard error")
    tuned_error: float | None = None
    difference: Interval | None = Field(
        default=None, description="tuned minus base, 95 %; None where nothing gives it"
    )
    paired: bool = Field(default=False, description="row by row, not from the standard errors")
    base_range: Interval | None = Field(
        default=None, description="95 %, where every row's score lies between 0 and 1"
    )
    tuned_range: Interval | None = None
    higher_is_better: bool = True

    @property
    def lost(self) -> bool:
        """Whether the tuned model is worse by more than chance."""
        if self.difference is None:
            return False
        return self.difference.high < 0 if self.higher_is_better else self.difference.low > 0


class Memorised(BaseModel):
    """How many answers come out word for word: of the training rows, and of rows never seen."""

    model_config = ConfigDict(frozen=True)

    training: Interval
    held_out: Interval
    base: Interval = Field(description="the base model on the training rows")
    difference: Interval = Field(description="training minus held-out")
    training_rows: int
    held_out_rows: int
    private_rows: int = Field(default=0, description="of the training rows: with personal data")
    private_out: int = Field(default=0, description="of these: it came out, unasked")

    @property
    def more_than_chance(self) -> bool:
        """Whether training rows come out more often than rows never seen, and than before."""
        return self.difference.low > 0 and self.training.value > self.base.value


class Preferences(BaseModel):
    """How often the wanted answer is the likelier one: before and after tuning."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["pairs", "judged"]
    items: int = Field(description="pairs, or judged answers")
    base: Interval
    tuned: Interval
    difference: Interval = Field(description="tuned minus base, paired")


class Evaluation(BaseModel):
    """All arms on one test split; ``comparison`` and ``verdict`` only once a tuned arm is there."""

    model_config = ConfigDict(frozen=True)

    id: str
    dataset_id: str
    metric: str = Field(description="the deciding metric")
    criterion: float | None = None
    test_rows: int
    arms: tuple[ArmResult, ...]
    comparison: Comparison | None = None
    verdict: Verdict | None = None
    duels: tuple[Duel, ...] = Field(default=(), description="a few rows worth looking at")
    model_id: str = ""
    model_revision: str = ""
    split_rows: int = Field(default=0, description="rows of the whole test split")
    created_at: str = ""
    training_seconds: float = 0.0
    trained_elsewhere: bool = False
    training_price: float | None = Field(
        default=None, description="what a provider took for it; None: own machine, or not known"
    )
    price_per_hour: float = Field(default=0.0, description="of the machine, in the user's currency")
    preparation_price: float = Field(
        default=0.0, description="what preparing the data cost, in the user's currency"
    )
    hosting_per_hour: float = Field(
        default=0.0, description="of a tuned model that stands ready, asked or not"
    )
    confusions: tuple[Confusion, ...] = Field(default=(), description="where the task is labels")
    fields: tuple[Fields, ...] = Field(default=(), description="where answers are JSON, per arm")
    judged: Judged | None = Field(default=None, description="pairs judged by a language model")
    rated: tuple[Preferred, ...] = Field(default=(), description="pairs rated blind by the user")
    metric_notes: dict[str, str] = Field(
        default_factory=dict, description="what a metric goes by here, by its name"
    )
    learning: tuple[LearningPoint, ...] = Field(
        default=(), description="tuned on parts of the rows, fewest first, the last on all of them"
    )
    abilities: Abilities | None = None
    harness: tuple[HarnessScore, ...] = Field(default=(), description="tasks of lm-eval")
    memorised: Memorised | None = None
    preferences: Preferences | None = None

    def arm(self, name: ArmName) -> ArmResult | None:
        """The result of one arm, or None where it was not measured."""
        return next((result for result in self.arms if result.arm == name), None)
