"""A session's tools without a session: called one after the other on the same facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fakes.job_folder import place_job

from luthier.tools.catalog.base import Outcome, ToolContext
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.facts import Facts, apply_changes
from luthier.tools.files import write_json
from luthier.tools.jobs.model import JobState
from luthier.tools.workspace import Workspace


class Desk:
    """Tools called one after the other on the same facts, as the graph does it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.settled: dict[str, Any] = {}

    def call(self, name: str, **arguments: Any) -> Outcome:
        tool = TOOLS[name]
        context = ToolContext(self.workspace, "s", self.facts)
        outcome = tool.run(context, tool.arguments.model_validate(arguments))
        self.settled = apply_changes(self.settled, outcome.facts)
        return outcome

    @property
    def facts(self) -> Facts:
        return Facts.model_validate(self.settled)

    @property
    def epochs(self) -> float:
        assert self.facts.plan is not None
        return self.facts.plan.train.epochs

    def measured(self, one_pass: float) -> Outcome:
        """Take in a pre-flight by which one pass over the rows takes so many seconds."""
        assert self.facts.estimate is not None
        job = place_job(self.workspace, kind="preflight", state=JobState.SUCCEEDED)
        self.settled["preflight_job"] = job.id
        estimate = self.facts.estimate.model_copy(
            update={"measured": True, "epoch_seconds": one_pass, "load_seconds": 5.0}
        )
        result = {"estimate": estimate.model_dump(mode="json")}
        write_json(Path(job.folder) / "result.json", result)
        return self.call("take_in_result", job_id=job.id)
