"""The list of all tools, in the order of the journey."""

from __future__ import annotations

from typing import Any

from luthier.tools.catalog import (
    alternatives,
    autotrain,
    consent,
    data,
    dataset,
    deployments,
    doctor,
    elsewhere,
    exports,
    guidance,
    harness,
    hosted,
    intake,
    interview,
    jobs,
    judging,
    launch,
    plan,
    publishing,
    reporting,
    results,
    servers,
    sessions,
    steering,
    trials,
    where,
)
from luthier.tools.catalog.base import Tool

TOOLS: dict[str, Tool[Any]] = {
    tool.name: tool
    for room in (
        interview,
        where,
        data,
        intake,
        dataset,
        doctor,
        jobs,
        alternatives,
        elsewhere,
        plan,
        autotrain,
        launch,
        trials,
        steering,
        results,
        reporting,
        harness,
        judging,
        exports,
        servers,
        deployments,
        publishing,
        hosted,
        guidance,
        consent,
        sessions,
    )
    for tool in room.TOOLS
}
