"""What a plan says of Azure: the resource, its API, and how the tuned model is to be deployed there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

Sku = Literal["standard", "globalstandard", "datazonestandard", "developertier"]

TRAINING_VERSION = "2025-04-01-preview"
"""The dated API that takes ``trainingType``; the surface without dates is named ``v1``."""
CHAT_VERSION = "2024-10-21"
MANAGEMENT = "https://management.azure.com"
MANAGEMENT_VARIABLE = "AZURE_MANAGEMENT_ENDPOINT"
LONGEST_SUFFIX = 18
"""Characters. The guide says 40 in one place and 18 without dots in another; the smaller one is safe."""

ENDPOINT = "AZURE_OPENAI_ENDPOINT"
SUBSCRIPTION = "AZURE_SUBSCRIPTION_ID"
GROUP = "AZURE_RESOURCE_GROUP"
_VARIABLES = {"endpoint": ENDPOINT, "subscription": SUBSCRIPTION, "resource_group": GROUP}


class AzurePlan(BaseModel):
    """The resource and its deployment; what is empty is taken from the environment."""

    model_config = ConfigDict(extra="forbid")

    endpoint: str = Field(default="", description="such as https://NAME.openai.azure.com")
    api_version: str = Field(default=TRAINING_VERSION, description="a date, or 'v1'")
    subscription: str = Field(default="", description="id of the subscription")
    resource_group: str = ""
    account: str = Field(default="", description="the resource's name; empty: from the endpoint")
    region: str = Field(default="", description="of the resource, to check what can be tuned there")
    deployment: str = Field(default="", description="name for the tuned model's deployment")
    base_deployment: str = Field(
        default="", description="an existing deployment of the untuned model, to compare with"
    )
    sku: Sku = Field(default="standard", description="how the tuned model is deployed")
    capacity: Annotated[int, Field(ge=1, le=1000, description="thousands of tokens a minute")] = 1
    management_url: str = Field(default=MANAGEMENT, description="other clouds have another one")

    @property
    def account_name(self) -> str:
        """The resource's name as the control plane knows it."""
        host = urlsplit(self.endpoint).hostname or ""
        return self.account or host.partition(".")[0]

    @property
    def jobs_url(self) -> str:
        """The base URL for files and jobs."""
        surface = "/openai/v1" if self.api_version == "v1" else "/openai"
        return self.endpoint.rstrip("/") + surface

    @property
    def jobs_version(self) -> str:
        """The version that requests carry; empty on the surface without dates."""
        return "" if self.api_version == "v1" else self.api_version

    def chat_url(self, deployment: str) -> str:
        """The base URL for questions to a deployment."""
        if self.api_version == "v1":
            return self.jobs_url
        return f"{self.endpoint.rstrip('/')}/openai/deployments/{deployment}"

    @property
    def chat_version(self) -> str:
        """The version that questions carry."""
        return "" if self.api_version == "v1" else CHAT_VERSION


def filled(plan: AzurePlan, environment: Mapping[str, str] | None = None) -> AzurePlan:
    """The plan with what the environment knows in place of what is empty."""
    found = os.environ if environment is None else environment
    update = {
        name: found.get(variable, "").strip()
        for name, variable in _VARIABLES.items()
        if not getattr(plan, name)
    }
    if plan.management_url == MANAGEMENT:
        update["management_url"] = found.get(MANAGEMENT_VARIABLE, "").strip()
    return plan.model_copy(update={name: value for name, value in update.items() if value})


def needs_account(plan: AzurePlan) -> LuthierError | None:
    """What is missing to deploy, in plain words; None where nothing is."""
    missing = [variable for name, variable in _VARIABLES.items() if not getattr(plan, name)]
    if not missing:
        return None
    return LuthierError(
        _(
            "Azure does not know yet where to deploy: {names} are not set.",
            names=", ".join(missing),
        ),
        why=_(
            "A deployment is made by Azure's control plane, which wants the subscription, the resource "
            "group and the resource."
        ),
        remedy=_(
            "Set them in the environment (the Azure portal shows them at your resource), then open "
            "Luthier again."
        ),
        code="azure.no_account",
    )


def deployment_name(wanted: str, name: str, train_job: str) -> str:
    """A name for the tuned model's deployment: the wanted one, or the plan's and the job's."""
    if wanted:
        return wanted
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or "tuned"
    return f"{plain[:40]}-{train_job[-6:].lower()}"


def checkpoint_name(deployment: str, step: int) -> str:
    """The name of a checkpoint's deployment, beside that of the tuned model."""
    return f"{deployment[:50]}-step-{step}"
