"""What a plan says of a provider that tunes: which one, which of its models, and with what settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.azure.plan import AzurePlan

Auto = Literal["auto"]


class WandbPlan(BaseModel):
    """A Weights & Biases project that the provider reports to; its key is kept at the provider."""

    model_config = ConfigDict(extra="forbid")

    project: str
    name: str = ""
    entity: str = ""
    tags: tuple[str, ...] = ()


class HostedPlan(BaseModel):
    """Where and how a provider tunes; read by the backends that leave this computer.

    Empty texts and ``auto`` leave the choice to the provider's profile or to the provider. Ranges are
    those of OpenAI's API description 2.3.0.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    provider: str = Field(default="", description="name of a profile, such as 'together'")
    base_url: str = Field(default="", description="where its API is; empty: the profile's address")
    model: str = Field(default="", description="the base model's name there")
    method: Literal["supervised", "dpo", "reinforcement"] = "supervised"
    epochs: Auto | Annotated[int, Field(ge=1, le=50)] = "auto"
    batch_size: Auto | Annotated[int, Field(ge=1, le=256)] = "auto"
    learning_rate_multiplier: Auto | Annotated[float, Field(gt=0)] = "auto"
    beta: Auto | Annotated[float, Field(gt=0, le=2)] = "auto"
    compute_multiplier: Auto | Annotated[float, Field(gt=0.00001, le=10)] = "auto"
    reasoning_effort: Literal["default", "low", "medium", "high"] = "default"
    eval_interval: Auto | Annotated[int, Field(ge=1)] = "auto"
    eval_samples: Auto | Annotated[int, Field(ge=1)] = "auto"
    grader: dict[str, Any] = Field(
        default_factory=dict,
        description="reinforcement only: the provider's grader, as it takes it; empty: one that suits "
        "the task",
    )
    suffix: Annotated[str, Field(max_length=64)] = ""
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    tier: str = Field(default="", description="kind of training capacity, where there are several")
    wandb: WandbPlan | None = None
    byte_order_mark: bool | None = Field(
        default=None, description="whether the file begins with one; None: as the profile says"
    )
    azure: AzurePlan | None = Field(default=None, description="read where the backend is azure")
    options: dict[str, Any] = Field(
        default_factory=dict, description="further fields of the creation call, sent as they are"
    )
