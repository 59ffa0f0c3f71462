"""What a report tells, in order: each section is a heading, a few sentences and views."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.tools.advice.model import (
    TRIED_TITLES,
    USE_CASE_TITLES,
    Advice,
    Brief,
    Recommendation,
)
from luthier.tools.data.model import DatasetInfo
from luthier.tools.data.store import load_rows
from luthier.tools.data.views import dataset_views, problem_table
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.views import evaluation_views, verdict_callout
from luthier.tools.evaluation.words import percent
from luthier.tools.jobs.model import Job
from luthier.tools.jobs.views import loss_plot, read_history
from luthier.tools.language import _, plural
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
        Setting(name=_("time"), value=duration(float(result.get("seconds", 0)))),
        Setting(name=_("steps"), value=f"{result.get('steps', 0):,}"),
        Setting(
            name=_("speed"),
            value=_(
                "{speed:,.0f} tokens per second", speed=float(result.get("tokens_per_second", 0))
            ),
        ),
        *_losses(result),
    ]
    checks = Settings(title=_("The run"), settings=tuple(facts), notes=_stopped(result))
    return Section(
        id="training",
        title=_("Training"),
        lead=_(
            "Loss says how surprised the model is by the right answers: lower is better. The "
            "validation loss is measured on rows that it does not learn from; the weights of its "
            "lowest point were kept."
        ),
        views=(*((plot,) if plot else ()), checks),
    )


def _losses(result: dict[str, Any]) -> list[Setting]:
    before, best = result.get("base_validation_loss"), result.get("best_validation_loss")
    settings = []
    if before is not None:
        settings.append(Setting(name=_("validation loss before"), value=f"{float(before):.3f}"))
    if best is not None:
        settings.append(
            Setting(
                name=_("best validation loss"),
                value=f"{float(best):.3f}",
                reason=_("at step {step:,}, kept", step=result.get("best_step", 0)),
            )
        )
    settings += [
        Setting(
            name=_("answers at pass {epoch:g}", epoch=round(look["epoch"], 1)),
            value=f"{look['score']:.0%}",
            reason=_("of the score that decides, on a few validation rows"),
        )
        for look in result.get("looks") or ()
    ]
    return settings


def _stopped(result: dict[str, Any]) -> tuple[str, ...]:
    stopped = str(result.get("stopped_early") or "")
    return (_("Stopped early: {reason}.", reason=stopped),) if stopped else ()


def data_section(workspace: Workspace, dataset: DatasetInfo, plan: Plan) -> Section:
    """Where the rows came from, where each went, and how long they are."""
    source = Settings(
        title=_("Source"),
        settings=(
            Setting(name=_("file"), value=dataset.source_path),
            Setting(
                name=_("SHA-256"),
                value=dataset.source_sha256,
                reason=_("changes with every change of the file"),
            ),
            Setting(
                name=_("read as"),
                value=_mapping_words(dataset),
                reason=dataset.mapping.reason,
            ),
            Setting(
                name=_("split by seed"),
                value=str(dataset.seed),
                reason=_("the same file and seed give the same split again"),
            ),
        ),
    )
    problems = (problem_table(dataset.problems),) if dataset.problems else ()
    return Section(
        id="data",
        title=_("Data"),
        views=(source, *dataset_views(dataset), *problems, *_lengths(workspace, dataset, plan)),
    )


def _mapping_words(dataset: DatasetInfo) -> str:
    mapping = dataset.mapping
    if mapping.messages:
        return _("conversations from the column '{messages}'", messages=mapping.messages)
    asked = ", ".join(f"'{name}'" for name in mapping.prompt) or _("nothing")
    return _(
        "{asked} as the request, '{completion}' as the answer",
        asked=asked,
        completion=mapping.completion,
    )


def _lengths(workspace: Workspace, dataset: DatasetInfo, plan: Plan) -> tuple[View, ...]:
    """Token lengths for the model, where the model is still on this machine."""
    try:
        reference = resolve_model(workspace, plan.model.id, download=False)
        rows = load_rows(workspace, dataset.id, "train")
        renderer = Renderer(Path(reference.folder))
        return learning_views(learning_report(renderer, rows, plan.train.max_length))
    except LuthierError as error:
        return (Callout(headline=_("Token lengths are not shown."), lines=(error.what,)),)


def plan_section(plan: Plan, estimate: Estimate | None) -> Section:
    """Every setting with its reason, and what it was estimated to take."""
    settings, *rest = plan_views(plan, estimate)
    return Section(
        id="plan",
        title=_("Settings and why"),
        views=(settings.model_copy(update={"notes": ()}), *rest),
    )


def decision_section(brief: Brief, advice: Advice | None) -> Section | None:
    """What the user wanted and what was advised; None where neither was recorded."""
    views: list[View] = []
    answers = _answers(brief)
    if answers:
        views.append(Settings(title=_("What you told me"), settings=tuple(answers)))
    if advice:
        notes = (_("You went on regardless."),) if advice.overruled else ()
        views.append(
            Callout(
                tone=_ADVICE_TONES[advice.recommendation],
                headline=advice.headline,
                lines=(*advice.reasons, *advice.alternatives, *notes),
            )
        )
    if not views:
        return None
    return Section(id="decision", title=_("Why tune at all?"), views=tuple(views))


def _answers(brief: Brief) -> list[Setting]:
    minutes = plural("{n} minute", "{n} minutes", brief.minutes) if brief.minutes else ""
    criterion = percent(brief.criterion) if brief.criterion is not None else ""
    tried = brief.tried_words or ", ".join(_(TRIED_TITLES[way]) for way in brief.tried or ())
    use_case = _(USE_CASE_TITLES[brief.use_case]) if brief.use_case else ""
    answers = (
        (_("what it is for"), brief.use_case_words or use_case),
        (_("tried before"), tried),
        (_("time to train"), minutes),
        (_("good enough from"), criterion),
        (_("what it is worth"), brief.benefit_words),
    )
    return [Setting(name=name, value=value) for name, value in answers if value]


def results_section(evaluation: Evaluation) -> Section:
    """The tables of all arms and real rows side by side; the verdict stands at the head."""
    verdict = evaluation.verdict
    at_the_head = verdict_callout(verdict) if verdict else None
    return Section(
        id="results",
        title=_("Results"),
        lead=_("All ways to solve the task answered the same test rows, with the same settings."),
        views=tuple(view for view in evaluation_views(evaluation) if view != at_the_head),
    )
