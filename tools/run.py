"""A whole plan without a chat: data, baselines, training, evaluation, report.

The same rooms do the same work as in the chat, so that one plan gives the same splits, the same
rendered text and the same figures within noise. Every long step is a job: interrupting the run
leaves the job running, and running the plan again goes on from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from luthier.tools.advice.model import Brief
from luthier.tools.data.model import DatasetInfo
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import load_rows
from luthier.tools.endpoints.keys import variables_for
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.other_model import asked_by
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.files import write_json
from luthier.tools.jobs import store, supervisor
from luthier.tools.jobs.history import JobHistory
from luthier.tools.jobs.model import STATE_WORDS, Job, JobEvent, JobKind, JobState, NoticeEvent
from luthier.tools.jobs.wait import wait_for
from luthier.tools.language import _, mark
from luthier.tools.models.learning import learning_report
from luthier.tools.models.reference import ModelReference, resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.starter import STARTER_ID, is_ready
from luthier.tools.report.write import ReportFiles, write_report
from luthier.tools.run_checks import (
    prepared_here,
    refuse_blocked,
    stand_in,
    verify_source,
)
from luthier.tools.training.backends import backend_of
from luthier.tools.training.plan import Plan
from luthier.tools.workspace import Workspace

Stage = Literal["data", "model", "deploy", "baseline", "train", "evaluate", "report"]

TITLES: dict[Stage, str] = {
    "data": mark("Preparing the data"),
    "model": mark("Making the model ready"),
    "deploy": mark("Deploying"),
    "baseline": mark("Measuring the alternatives"),
    "train": mark("Tuning"),
    "evaluate": mark("Measuring the tuned model"),
    "report": mark("Writing the report"),
}
_DECIDES_NOTHING: dict[str, Any] = {
    "reasons": True,
    "asked": True,
    "name": True,
    "task": {"reason"},
    "data": {
        "path": True,
        "dataset_id": True,
        "mapping": {"reason"},
        "split": {"reason"},
    },
}
"""Names, places, who chose a value, and words, which are in the user's language."""
REPORTED = "reported.json"
"""Beside the comparison of a run whose report was written: only then the same plan is a new run."""
RESUMABLE = (JobState.PAUSED, JobState.LOST, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class RunEvent:
    """What a listener hears: a stage begins, moves (``fraction`` 0 to 1, or None), or is done."""

    stage: Stage
    kind: Literal["begin", "progress", "notice", "done"]
    text: str
    fraction: float | None = None
    job_id: str = ""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """Everything a run left behind."""

    run_id: str
    plan: Plan
    dataset: DatasetInfo
    baseline: Evaluation
    training: dict[str, Any]
    evaluation: Evaluation
    report: ReportFiles
    jobs: dict[str, str]


Listen = Callable[[RunEvent], None]


def run_plan(
    workspace: Workspace, plan: Plan, *, listen: Listen = lambda _event: None
) -> RunOutcome:
    """Run ``plan`` from file to report.

    Raises:
        LuthierError: the data has changed or is gone, the rows cannot be trained as planned, or a
            job failed, was paused or was cancelled.
    """
    return _Run(workspace, plan, listen).run()


def prepare_plan(workspace: Workspace, plan: Plan, listen: Listen = lambda _event: None) -> Plan:
    """The plan with its data prepared in this home, and what its backend fills in.

    Raises:
        LuthierError: the data has changed or is gone.
    """
    run = _Run(workspace, plan, listen)
    run.prepare_data()
    return run.plan


class _Run:
    """One run under way; its id makes a repeated run find its own jobs again."""

    def __init__(self, workspace: Workspace, plan: Plan, listen: Listen) -> None:
        self._workspace = workspace
        self._plan = plan.model_copy(deep=True)
        self._backend = backend_of(plan.backend)
        self._listen = listen
        self._absent = ""
        if model := stand_in(plan):
            self._absent, self._plan.model = plan.model.id, model
        self._id = _run_id(workspace, self._plan)
        self._jobs: dict[str, str] = {}

    @property
    def plan(self) -> Plan:
        """The plan as it is run."""
        return self._backend.prepared(self._workspace, self._plan)

    def run(self) -> RunOutcome:
        dataset = self.prepare_data()
        self._plan = self.plan
        refuse_blocked(self._workspace, self._plan)
        self._prepare_model()
        base = self._backend.base(self._plan.hosted)
        plan = self._plan.model_dump(mode="json")
        self._deploy("untuned", None)
        baseline = self._job(
            "baseline",
            "baseline",
            {
                "dataset_id": dataset.id,
                "model_id": self._plan.model.id,
                "evaluation": plan["evaluation"],
                "base": base and base.model_dump(mode="json"),
            },
        )
        training = self._job("train", "train", {"plan": plan})
        self._refuse_unanswered(training)
        measured = {"plan": plan, "train_job_id": self._jobs["train"]}
        with self._costly(self._deploy("tuned", training)):
            evaluation = self._job("evaluate", "evaluate", measured)
        compared = Evaluation.model_validate(evaluation["evaluation"])
        report = self._write_report(dataset, training, compared)
        ended = store.get_job(self._workspace, self._jobs["evaluate"])
        write_json(Path(ended.folder) / REPORTED, {"html": str(report.html)})
        return RunOutcome(
            run_id=self._id,
            plan=self._plan,
            dataset=dataset,
            baseline=Evaluation.model_validate(baseline["evaluation"]),
            training=training,
            evaluation=compared,
            report=report,
            jobs=dict(self._jobs),
        )

    def prepare_data(self) -> DatasetInfo:
        """The plan's data set, made where this home has none."""
        self._begin("data")
        data = self._plan.data
        dataset = prepared_here(self._workspace, self._plan)
        if dataset is None:
            path = Path(data.path)
            verify_source(path, data.sha256)
            dataset = prepare_dataset(
                self._workspace,
                path,
                data.mapping,
                choice=data.split,
                leave_out_unusable=data.leave_out_unusable,
                fractions=data.fractions,
                seed=data.seed,
                exclude=data.exclude,
                name=self._plan.name,
                progress=lambda label, done, total: self._moved("data", label, done, total),
            )
        self._plan.data.dataset_id = dataset.id
        counts = _(
            "{train} training, {validation} validation, {test} test rows",
            train=dataset.train,
            validation=dataset.validation,
            test=dataset.test,
        )
        self._done("data", counts)
        return dataset

    def _prepare_model(self) -> None:
        self._begin("model")
        model = self._plan.model
        if self._absent:
            text = _(
                "There is no model in {place}. Training and comparison are elsewhere, so the starter "
                "model takes its place: here it only counts tokens and finds examples.",
                place=self._absent,
            )
            self._listen(RunEvent("model", "notice", text))
        if model.id == STARTER_ID and not is_ready(self._workspace):
            self._job("model", "starter", {"download": True})
        reference = resolve_model(
            self._workspace,
            model.id,
            progress=lambda label, done, total: self._moved("model", label, done, total),
        )
        if model.revision and model.revision != reference.revision:
            text = _(
                "The base model is not the same as when the plan was made; figures may differ."
            )
            self._listen(RunEvent("model", "notice", text))
        if not self._backend.remote:
            self._refuse_untrainable(reference)
        self._done("model", reference.name)

    def _refuse_untrainable(self, reference: ModelReference) -> None:
        """Raise where the rows cannot be trained on this computer as planned."""
        rows = load_rows(self._workspace, self._plan.data.dataset_id, "train")
        report = learning_report(
            Renderer(reference.folder),
            rows,
            self._plan.train.max_length,
            lambda label, done, total: self._moved("model", label, done, total),
        )
        if report.blockers:
            first = report.blockers[0]
            raise LuthierError(
                _("The run was not started: {problem}", problem=first.message),
                remedy=first.remedy,
                code="run.blocked",
            )

    def _refuse_unanswered(self, training: dict[str, Any]) -> None:
        """Raise where the tuned model answers only once the user has done something elsewhere."""
        # a name that was noted since then stands in the result of the job
        if training.get("awaits_endpoint"):
            raise LuthierError(
                _("The training is done, but the tuned model does not answer yet."),
                why=_(str(training["awaits_endpoint"])),
                remedy=_(
                    "Start it there, note its name with `luthier hosted answers {job} NAME`, then run "
                    "the plan again: it goes on with the comparison.",
                    job=self._jobs["train"],
                ),
                code="run.unanswered",
            )

    def _deploy(self, name: str, training: dict[str, Any] | None) -> dict[str, Any] | None:
        """Make models answer where they do not by themselves; the result of the job that did."""
        deploying = self._backend.deploying
        if deploying is None:
            return None
        job = self._jobs.get("train", "")
        wanted = deploying.wanted(self._workspace, self._plan, self._id, job, training)
        if not wanted:
            return None
        key = f"-{name}-{deploying.times_deleted(self._workspace, wanted[0])}"
        if self._is_done("evaluate" if training else "baseline"):  # nothing has to answer any more
            made = store.find_by_key(self._workspace, f"{self._id}:deploy{key}")
            return store.read_result(self._workspace, made.id) if made else None
        payload = {"deployments": [one.model_dump(mode="json") for one in wanted]}
        return self._job("deploy", "deploy", payload, key, deploying.keys)

    def _is_done(self, kind: JobKind) -> bool:
        """Whether this run's measurement is there."""
        job = store.find_by_key(self._workspace, f"{self._id}:{kind}")
        return job is not None and job.status.state is JobState.SUCCEEDED

    @contextmanager
    def _costly(self, made: dict[str, Any] | None) -> Iterator[None]:
        """End what costs by the hour once it was used; where its use fails, say that it goes on."""
        deploying = self._backend.deploying
        if deploying is None or made is None:
            yield
            return
        try:
            yield
        except BaseException:
            self._listen(RunEvent("deploy", "notice", deploying.reminder(self._workspace)))
            raise
        for words in deploying.take_down(self._workspace, made):
            self._listen(RunEvent("deploy", "notice", words))

    def _job(
        self,
        stage: Stage,
        kind: JobKind,
        payload: dict[str, Any],
        name: str = "",
        keys: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Run one job to its end and return its result; ``name`` tells jobs of one kind apart."""
        if stage != "model":
            self._begin(stage)
        job = supervisor.launch(
            self._workspace,
            kind=kind,
            session_id=self._id,
            title=f"{_(TITLES[stage])}: {self._plan.name}",
            payload=payload,
            idempotency_key=f"{self._id}:{kind}{name}",
            keys=keys or self._keys(),
            remote=kind in ("train", "deploy") and self._backend.remote,
            pausable=kind != "train" or self._backend.pausable,
        )
        if job.status.state in RESUMABLE:
            job = supervisor.resume(self._workspace, job.id)
        self._jobs[kind] = job.id
        history = JobHistory()

        def hear(current: Job, events: list[JobEvent]) -> None:
            history.add(events)
            for event in events:
                if isinstance(event, NoticeEvent):
                    self._listen(RunEvent(stage, "notice", event.text, job_id=current.id))
            self._listen(
                RunEvent(stage, "progress", history.in_words(), history.fraction, current.id)
            )

        ended = wait_for(self._workspace, job.id, hear)
        if ended.status.state is not JobState.SUCCEEDED:
            raise _unfinished(ended)
        result = store.read_result(self._workspace, job.id)
        if stage != "model":
            self._done(stage, "finished")
        return result

    def _keys(self) -> tuple[str, ...]:
        """The variables with the keys of the backend, and of every model elsewhere that is asked."""
        asked = asked_by(self._workspace, self._plan.evaluation)
        others = (name for model in asked for name in variables_for(model))
        return tuple(dict.fromkeys((*self._backend.key_variables(self._plan), *others)))

    def _write_report(
        self, dataset: DatasetInfo, training: dict[str, Any], evaluation: Evaluation
    ) -> ReportFiles:
        self._begin("report")
        files = write_report(
            self._workspace,
            session_title=self._plan.name,
            brief=Brief(criterion=self._plan.evaluation.criterion),
            advice=None,
            dataset=dataset,
            plan=self._plan,
            estimate=None,
            job=store.get_job(self._workspace, self._jobs["train"]),
            training_result=training,
            evaluation=evaluation,
        )
        self._done("report", str(files.html))
        return files

    def _begin(self, stage: Stage) -> None:
        self._listen(RunEvent(stage, "begin", _(TITLES[stage])))

    def _moved(self, stage: Stage, label: str, done: float, total: float) -> None:
        self._listen(RunEvent(stage, "progress", label, done / total if total else None))

    def _done(self, stage: Stage, text: str) -> None:
        self._listen(RunEvent(stage, "done", text, 1.0, self._jobs.get(stage, "")))


def _run_id(workspace: Workspace, plan: Plan) -> str:
    """The newest unfinished run of this very plan, or a new one."""
    text = plan.model_dump_json(exclude=_DECIDES_NOTHING)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    number = 1
    while _is_over(store.list_jobs(workspace, f"run-{digest}-{number}")):
        number += 1
    return f"run-{digest}-{number}"


def _is_over(jobs: list[Job]) -> bool:
    return any(
        job.status.state is JobState.CANCELLED
        or (job.spec.kind == "evaluate" and (Path(job.folder) / REPORTED).exists())
        for job in jobs
    )


def _unfinished(job: Job) -> LuthierError:
    if job.status.error:
        return LuthierError.from_dict(job.status.error)
    paused = job.status.state is JobState.PAUSED
    return LuthierError(
        _("“{title}”: {state}.", title=job.spec.title, state=_(STATE_WORDS[job.status.state])),
        remedy=_("Run the plan again to go on from there.")
        if paused
        else _("Run the plan again to start afresh."),
        place=job.folder,
        code=f"run.{job.status.state.value}",
    )
