"""What a report tells, in order: each section is a heading, a few sentences and views."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.tools.advice.model import Advice, Brief, Recommendation
from luthier.tools.data.model import DatasetInfo
from luthier.tools.data.store import load_rows
from luthier.tools.data.views import dataset_views, problem_table
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.views import arms_table, duel_views
from luthier.tools.evaluation.words import percent
from luthier.tools.jobs.model import Job
from luthier.tools.jobs.views import loss_plot, read_history
from luthier.tools.models.learning import learning_report
from luthier.tools.models.learning_views import learning_views
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.training.views import plan_views
from luthier.tools.views import Callout, Setting, Settings, Tone, View
from luthier.tools.wording import duration
from luthier.tools.workspace import Workspace

_ADVICE_TONES: dict[Recommendation, Tone] = {
    "tune": "good",
    "try_first": "warning",
    "do_not_tune": "bad",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report; ``id`` is its anchor."""

    id: str
    title: str
    views: tuple[View, ...]
    lead: str = ""


def training_section(job: Job, result: dict[str, Any]) -> Section:
    """How the training went: the losses as a plot, and what was checked."""
    plot = loss_plot(read_history(job))
    facts = [
        Setting(name="time", value=duration(float(result.get("seconds", 0)))),
        Setting(name="steps", value=f"{result.get('steps', 0):,}"),
        Setting(
            name="speed",
            value=f"{float(result.get('tokens_per_second', 0)):,.0f} tokens per second",
        ),
        *_losses(result),
    ]
    checks = Settings(title="The run", settings=tuple(facts), notes=_stopped(result))
    return Section(
        id="training",
        title="Training",
        lead="Loss says how surprised the model is by the right answers: lower is better. The "
        "validation loss is measured on rows that it does not learn from; the weights of its "
        "lowest point were kept.",
        views=(*((plot,) if plot else ()), checks),
    )


def _losses(result: dict[str, Any]) -> list[Setting]:
    before, best = result.get("base_validation_loss"), result.get("best_validation_loss")
    settings = []
    if before is not None:
        settings.append(Setting(name="validation loss before", value=f"{float(before):.3f}"))
    if best is not None:
        settings.append(
            Setting(
                name="best validation loss",
                value=f"{float(best):.3f}",
                reason=f"at step {result.get('best_step', 0):,}, kept",
            )
        )
    return settings


def _stopped(result: dict[str, Any]) -> tuple[str, ...]:
    stopped = str(result.get("stopped_early") or "")
    return (f"Stopped early: {stopped}",) if stopped else ()


def data_section(workspace: Workspace, dataset: DatasetInfo, plan: Plan) -> Section:
    """Where the rows came from, where each went, and how long they are."""
    source = Settings(
        title="Source",
        settings=(
            Setting(name="file", value=dataset.source_path),
            Setting(
                name="SHA-256",
                value=dataset.source_sha256,
                reason="changes with every change of the file",
            ),
            Setting(
                name="read as",
                value=_mapping_words(dataset),
                reason=dataset.mapping.reason,
            ),
            Setting(
                name="split by seed",
                value=str(dataset.seed),
                reason="the same file and seed give the same split again",
            ),
        ),
    )
    problems = (problem_table(dataset.problems),) if dataset.problems else ()
    return Section(
        id="data",
        title="Data",
        views=(source, *dataset_views(dataset), *problems, *_lengths(workspace, dataset, plan)),
    )


def _mapping_words(dataset: DatasetInfo) -> str:
    mapping = dataset.mapping
    if mapping.messages:
        return f"conversations from the column '{mapping.messages}'"
    asked = ", ".join(f"'{name}'" for name in mapping.prompt) or "nothing"
    return f"{asked} as the request, '{mapping.completion}' as the answer"


def _lengths(workspace: Workspace, dataset: DatasetInfo, plan: Plan) -> tuple[View, ...]:
    """Token lengths for the model, where the model is still on this machine."""
    try:
        reference = resolve_model(workspace, plan.model.id, download=False)
        rows = load_rows(workspace, dataset.id, "train")
        renderer = Renderer(Path(reference.folder))
        return learning_views(learning_report(renderer, rows, plan.train.max_length))
    except LuthierError as error:
        return (Callout(headline="Token lengths are not shown.", lines=(error.what,)),)


def plan_section(plan: Plan, estimate: Estimate | None) -> Section:
    """Every setting with its reason, and what it was estimated to take."""
    settings, *rest = plan_views(plan, estimate)
    return Section(
        id="plan",
        title="Settings and why",
        views=(settings.model_copy(update={"notes": ()}), *rest),
    )


def decision_section(brief: Brief, advice: Advice | None) -> Section | None:
    """What the user wanted and what was advised; None where neither was recorded."""
    views: list[View] = []
    answers = _answers(brief)
    if answers:
        views.append(Settings(title="What you told me", settings=tuple(answers)))
    if advice:
        notes = ("You went on regardless.",) if advice.overruled else ()
        views.append(
            Callout(
                tone=_ADVICE_TONES[advice.recommendation],
                headline=advice.headline,
                lines=(*advice.reasons, *advice.alternatives, *notes),
            )
        )
    if not views:
        return None
    return Section(id="decision", title="Why tune at all?", views=tuple(views))


def _answers(brief: Brief) -> list[Setting]:
    minutes = f"{brief.minutes} minutes" if brief.minutes else ""
    criterion = percent(brief.criterion) if brief.criterion is not None else ""
    tried = brief.tried_words or ", ".join(brief.tried or ()).replace("_", " ")
    answers = (
        ("what it is for", brief.use_case_words or (brief.use_case or "").replace("_", " ")),
        ("tried before", tried),
        ("time to train", minutes),
        ("good enough from", criterion),
        ("what it is worth", brief.benefit_words),
    )
    return [Setting(name=name, value=value) for name, value in answers if value]


def results_section(evaluation: Evaluation) -> Section:
    """The table of all arms and real rows side by side; the verdict stands at the head."""
    return Section(
        id="results",
        title="Results",
        lead="All ways to solve the task answered the same test rows, with the same settings.",
        views=(arms_table(evaluation), *duel_views(evaluation)),
    )
