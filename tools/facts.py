"""What a session has settled so far, and what a change of it makes stale.

Facts are the common ground of both brains: plain JSON in the graph's state, read and written only
through tools. A later fact rests on earlier ones, so changing an earlier one drops the later ones;
asking a question drops nothing.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from luthier.tools.advice.model import Advice, Brief
from luthier.tools.data.model import DatasetInfo, Inspection, Problem, SplitChoice
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import Estimate, Plan


class Facts(BaseModel):
    """Everything settled in a session; a field is None until its stage has left it behind."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    brief: Brief = Brief()
    advice: Advice | None = None
    source: Inspection | None = None
    split: SplitChoice | None = Field(
        default=None, description="the user's own wish how to split; None takes the proposal"
    )
    model_id: str = "starter"
    backend: str = Field(default="local", description="where the user wants it trained")
    hosted: HostedPlan | None = Field(
        default=None, description="settings of a training elsewhere; None where it is trained here"
    )
    dataset: DatasetInfo | None = None
    checked: Inspection | None = Field(
        default=None, description="a thorough look at rows that are prepared already"
    )
    frozen_test: str = Field(
        default="", description="data set prepared last here; no other file may hold its test rows"
    )
    tokens_checked: bool = False
    token_blockers: tuple[str, ...] = Field(
        default=(), description="plain sentences: why these rows cannot be trained as they are"
    )
    alternatives: tuple[str, ...] = Field(
        default=(), description="arms that the user wished to see measured; empty: the usual ones"
    )
    own_prompt: str = Field(default="", description="the user's own instructions, to be measured")
    measuring: dict[str, Any] = Field(
        default_factory=dict,
        description="values of the evaluation's plan that the user chose for this data set; a yes to "
        "send rows out covers no other rows",
    )
    base_job: str = Field(default="", description="makes the untuned model answer at Azure")
    base_deployed: str = Field(default="", description="the deployment by which it is asked there")
    baseline_job: str = ""
    baseline: Evaluation | None = None
    plan: Plan | None = None
    preflight_job: str = ""
    estimate: Estimate | None = None
    train_job: str = ""
    training: dict[str, Any] | None = Field(
        default=None, description="result of the training job: adapter, losses, checks"
    )
    deploy_job: str = Field(default="", description="makes the tuned model answer at its provider")
    deployed: dict[str, Any] | None = Field(
        default=None, description="the deployment by which the tuned model is asked: name, model"
    )
    checkpoint_job: str = Field(
        default="", description="makes a checkpoint answer, not taken in yet"
    )
    evaluate_job: str = ""
    evaluation: Evaluation | None = None
    judge_job: str = Field(default="", description="a judging whose result was not taken in yet")
    report: str = Field(default="", description="path of the HTML report")
    host_proposal: dict[str, Any] | None = Field(
        default=None, description="the export that suits best: kind, formats, reason"
    )
    export_job: str = Field(default="", description="an export whose result was not taken in yet")
    exports: tuple[dict[str, Any], ...] = Field(
        default=(), description="exports of this tuned model: id, title, state, identical, score"
    )
    served: dict[str, Any] | None = Field(
        default=None, description="the server that was started last: id, url, title"
    )
    search_job: str = ""
    search: dict[str, Any] | None = Field(
        default=None, description="trials of a search for settings, with the winner"
    )
    curve_job: str = Field(default="", description="a learning curve that was not taken in yet")
    harness_job: str = Field(default="", description="tasks of lm-eval, not taken in yet")
    settled: tuple[str, ...] = Field(
        default=(),
        description="decisions taken in the chat, such as 'advice.go_on' or 'rows.leave_out'",
    )
    noticed_jobs: tuple[str, ...] = Field(
        default=(), description="jobs whose end the conversation has taken note of"
    )

    @property
    def is_measured_here(self) -> bool:
        """Whether a pre-flight on this computer tells what the training will take."""
        if self.backend == "local":
            return True
        from luthier.tools.training.backends import backend_of

        return backend_of(self.backend).measures_here

    def has(self, decision: str) -> bool:
        """Whether ``decision`` was taken."""
        return decision in self.settled

    def findings(self) -> tuple[Problem, ...]:
        """What is known to be wrong with the rows, from the first look and the thorough one."""
        looks = (look for look in (self.source, self.checked) if look)
        return tuple(problem for look in looks for problem in look.problems)

    def jobs(self) -> tuple[str, ...]:
        """The jobs that these facts rest on or wait for."""
        every = (
            *(self.base_job, self.baseline_job, self.preflight_job, self.train_job),
            *(self.deploy_job, self.evaluate_job),
        )
        return tuple(job for job in every if job)

    def open_jobs(self) -> tuple[str, ...]:
        """Jobs of this session whose result was not taken in yet."""
        pairs = (
            (self.base_job, self.base_deployed or None),
            (self.baseline_job, self.baseline),
            (
                self.preflight_job,
                self.estimate if self.estimate and self.estimate.measured else None,
            ),
            (self.train_job, self.training),
            (self.deploy_job, self.deployed),
            (self.checkpoint_job, None),
            (self.evaluate_job, self.evaluation),
            (self.judge_job, None),
            (self.export_job, None),
            (self.search_job, self.search),
            (self.curve_job, None),
            (self.harness_job, None),
        )
        return tuple(job for job, result in pairs if job and result is None)


RESTS_ON: dict[str, tuple[str, ...]] = {
    "brief": ("advice",),
    "source": ("dataset", "advice", "checked"),
    "split": ("dataset",),
    "model_id": ("tokens_checked", "token_blockers", "baseline_job", "baseline", "plan", "search"),
    "backend": ("base_job", "base_deployed", "baseline_job", "baseline", "plan"),
    "hosted": ("baseline_job", "baseline", "plan"),
    "dataset": (
        "tokens_checked",
        "token_blockers",
        "baseline_job",
        "baseline",
        "plan",
        "measuring",
        "search",
    ),
    "search": ("search_job",),
    "plan": ("preflight_job", "estimate", "train_job", "training"),
    "train_job": ("training", "deploy_job", "deployed", "evaluate_job", "evaluation"),
    "training": (
        "checkpoint_job",
        "deploy_job",
        "deployed",
        "evaluate_job",
        "evaluation",
        "host_proposal",
        "export_job",
        "exports",
    ),
    "evaluation": ("report", "curve_job", "harness_job"),
    "evaluate_job": ("judge_job",),
}
"""Which facts fall when the named one changes; followed transitively."""

# decisions, or how their names begin, that fall together with a fact
_SETTLED_WITH: dict[str, tuple[str, ...]] = {
    "advice": ("advice.go_on", "advice.stop"),
    "backend": ("baseline.here", "baseline.skipped"),
    "dataset": ("baseline.",),
    "source": ("rows.leave_out", "mapping.ok", "doctor."),
    "plan": ("launch.declined",),
    "training": (
        *("host.later", "curve.settled"),
        *("deploy.declined", "endpoint.", "evaluation.declined"),
    ),
}


def stale_after(changed: set[str]) -> set[str]:
    """The facts that no longer hold once those in ``changed`` have changed."""
    stale: set[str] = set()
    queue = list(changed)
    while queue:
        for dependant in RESTS_ON.get(queue.pop(), ()):
            if dependant not in stale and dependant not in changed:
                stale.add(dependant)
                queue.append(dependant)
    return stale


def apply_changes(facts: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """``facts`` with ``changes`` made and everything dropped that rested on what really changed.

    A value of None takes a fact away. What is given together with a change was made for it, so it
    holds, even where its value is the same as before. Both are plain JSON, as the graph's state
    keeps them.
    """
    changed = {name for name, value in changes.items() if facts.get(name) != value}
    result = {**facts, **changes}
    gone = stale_after(changed) - set(changes)
    for name in gone:
        result.pop(name, None)
    dropped = tuple(start for name in gone | changed for start in _SETTLED_WITH.get(name, ()))
    kept = set(changes.get("settled") or ())
    if result.get("settled"):
        result["settled"] = [d for d in result["settled"] if d in kept or not d.startswith(dropped)]
    return {name: value for name, value in result.items() if value is not None}


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What turned ``before`` into ``after``: ``set`` has new values, ``gone`` the names taken away."""
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    gone = [name for name in before if name not in after]
    return {"set": changed, "gone": gone} if changed or gone else {}


def add_difference(facts: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """``facts`` after a change that :func:`difference` described."""
    kept = {name: value for name, value in facts.items() if name not in change.get("gone", ())}
    return {**kept, **change.get("set", {})}
