"""The plan: all that is needed to run a fine-tune again, and why each value was chosen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.data.model import Mapping, SplitChoice, Task
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.training.hosted_plan import HostedPlan


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class DataPlan(_Part):
    """Which file, how it is read and how it is split; enough to rebuild the same data set."""

    dataset_id: str
    path: str
    sha256: str
    mapping: Mapping
    leave_out_unusable: bool = True
    exclude: tuple[str, ...] = Field(default=(), description="ids of rows the user set aside")
    fractions: tuple[float, float, float] = (0.8, 0.1, 0.1)
    seed: int = 13
    split: SplitChoice = SplitChoice()
    train_rows: Annotated[
        int, Field(ge=0, description="training rows used, for a learning curve; 0: all")
    ] = 0


class ModelPlan(_Part):
    """The base model: ``starter``, a Hub id, or a local folder."""

    id: str = "starter"
    revision: str = Field(default="", description="hash of the weights or Hub commit, where known")


class LoraPlan(_Part):
    """Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685)."""

    rank: Annotated[int, Field(ge=1, le=512)] = 16
    alpha: Annotated[int, Field(ge=1, le=2048)] = 32
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    layers: Literal["all", "upper_half"] = "all"


MethodName = Literal["lora", "full", "dpo", "orpo", "kto"]
"""What is trained: an adapter or all weights on the answers, or an adapter on preferences."""


class PreferencePlan(_Part):
    """How preferences are learned (DPO, ORPO, KTO); the other methods do not read this.

    ``beta`` is DPO's and KTO's leash to the base model (Rafailov et al. 2023, arXiv:2305.18290;
    Ethayarajh et al. 2024, arXiv:2402.01306) and ORPO's weight of the preference beside the answer
    (lambda in Hong et al. 2024, arXiv:2403.07691). The two weights balance KTO's wanted and unwanted
    answers.
    """

    beta: Annotated[float, Field(gt=0, le=10)] = 0.1
    wanted_weight: Annotated[float, Field(gt=0, le=100)] = 1.0
    unwanted_weight: Annotated[float, Field(gt=0, le=100)] = 1.0


class TrainPlan(_Part):
    """The optimisation: one pass over the training rows is one epoch."""

    epochs: Annotated[float, Field(gt=0, le=100)] = 3
    batch_size: Annotated[int, Field(ge=1, le=1024)] = 8
    gradient_accumulation: Annotated[int, Field(ge=1, le=256)] = 1
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-4
    scheduler: Literal["cosine", "linear", "constant"] = "cosine"
    warmup: Annotated[float, Field(ge=0, lt=1, description="share of the steps")] = 0.05
    max_length: Annotated[int, Field(ge=16, description="tokens per row")] = 512
    gradient_checkpointing: bool = Field(
        default=False, description="recompute activations: less memory, about a third slower"
    )
    evaluations_per_epoch: Annotated[int, Field(ge=1, le=50)] = 2
    patience: Annotated[
        int, Field(ge=0, description="stop after so many evaluations without gain; 0 never")
    ] = 3
    seed: int = 13


class EvaluationPlan(_Part):
    """How the arms are compared on the held-out test split."""

    metric: str = Field(description="name of the deciding metric, such as 'exact_match'")
    criterion: Annotated[float | None, Field(ge=0, le=1)] = None
    max_new_tokens: Annotated[int, Field(ge=1, le=4096)] = 128
    batch_size: Annotated[int, Field(ge=1, le=256)] = 16
    max_rows: Annotated[int, Field(ge=1, description="test rows used at most")] = 200
    prompt: str = Field(default="", description="the user's own instructions, to be measured too")
    losses: bool = Field(
        default=True, description="ask general questions and for training rows word for word, too"
    )
    arms: tuple[str, ...] = Field(default=(), description="arms to measure; empty: the usual ones")
    price_per_hour: Annotated[
        float, Field(ge=0, description="of the machine that answers, in the user's own currency")
    ] = 0.0
    preparation_price: Annotated[
        float, Field(ge=0, description="what preparing the data cost, in the same currency")
    ] = 0.0
    hosting_per_hour: Annotated[
        float, Field(ge=0, description="of a tuned model that stands ready, asked or not")
    ] = 0.0
    measures: tuple[str, ...] = Field(default=(), description="further metrics to show")
    pattern: str = Field(default="", description="regular expression that answers should fit")
    own_metric: str = Field(
        default="", description="Python file with score(prompt, expected, answer) -> 0 to 1"
    )
    json_schema: str = Field(
        default="", description="JSON schema file; empty: taken from the training answers"
    )
    database: str = Field(
        default="", description="SQLite or .sql file on which answers in SQL are executed"
    )
    documents: str = Field(
        default="", description="file or folder to look things up in; empty: the training rows"
    )
    encoder: str = Field(
        default="",
        description="folder of a sentence encoder, for meaning; empty: the base model's own vectors",
    )
    elsewhere: tuple[EndpointModel, ...] = Field(
        default=(), description="models behind an OpenAI-compatible address to measure too"
    )
    models: tuple[str, ...] = Field(
        default=(),
        description="other tuned models to measure: ids of training jobs, or JOB:STEP for a checkpoint",
    )


class Plan(_Part):
    """A launchable, reproducible plan; ``reasons`` maps dotted field names to one sentence each.

    What was ``asked`` for is never changed unasked.
    """

    version: Literal[1] = 1
    name: str
    task: Task
    data: DataPlan
    model: ModelPlan = ModelPlan()
    method: MethodName = "lora"
    lora: LoraPlan = LoraPlan()
    preference: PreferencePlan = PreferencePlan()
    train: TrainPlan = TrainPlan()
    evaluation: EvaluationPlan
    backend: Annotated[
        str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="a name of training.backends")
    ] = "local"
    hosted: HostedPlan = Field(
        default=HostedPlan(), description="settings of the backends that tune elsewhere"
    )
    reasons: dict[str, str] = Field(default_factory=dict)
    asked: tuple[str, ...] = Field(
        default=(), description="dotted names of the values that the user asked for"
    )


class Estimate(BaseModel):
    """Memory, time and disk of a plan on this machine.

    ``measured`` says whether a pre-flight ran (one real step on the longest rows, one evaluation
    step, one save) or only the formulas were used.
    """

    model_config = ConfigDict(frozen=True)

    measured: bool
    memory_bytes: int
    available_bytes: int
    disk_bytes: int
    free_disk_bytes: int
    train_seconds: float
    train_seconds_low: float
    train_seconds_high: float
    evaluate_seconds: float
    tokens_per_second: float = 0.0
    steps: int
    trained_parameters: int = 0
    load_seconds: float = Field(default=0.0, description="measured: libraries and model")
    epoch_seconds: float = Field(default=0.0, description="measured: one pass over the rows")
    check_seconds: float = Field(default=0.0, description="measured: one validation")
    notes: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether memory and disk suffice."""
        return self.memory_bytes <= self.available_bytes and self.disk_bytes <= self.free_disk_bytes
