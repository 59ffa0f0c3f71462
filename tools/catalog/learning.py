"""Shared by the tools that need token counts: the renderer of the chosen model and the report."""

from __future__ import annotations

from luthier.tools.catalog.base import ToolContext
from luthier.tools.data.model import SPLIT_LABELS, DatasetInfo, SplitName
from luthier.tools.data.store import load_rows, load_unwanted
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.choose import propose_evaluation
from luthier.tools.language import _
from luthier.tools.models.learning import LearningReport, learning_report
from luthier.tools.models.reference import ModelReference, resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.methods.base import Method
from luthier.tools.training.methods.registry import METHODS, method_of
from luthier.tools.training.plan import EvaluationPlan
from luthier.tools.training.preference_rows import worse_half

_HELD_OUT: tuple[SplitName, ...] = ("validation", "test")
_SPLITS: tuple[SplitName, ...] = ("train", *_HELD_OUT)


def reference_for(context: ToolContext) -> ModelReference:
    """The chosen base model, ready on disk."""
    return resolve_model(context.workspace, context.facts.model_id, download=False)


def renderer_for(context: ToolContext) -> Renderer:
    """The chosen model's tokenizer and chat template."""
    return Renderer(reference_for(context).folder)


def evaluation_plan(context: ToolContext) -> EvaluationPlan:
    """How to measure: what suits the data, and the alternatives and instructions the user wished."""
    facts = context.facts
    assert facts.dataset is not None
    plan = propose_evaluation(facts.dataset, measure_tokens(context), facts.brief.criterion)
    wished = {"arms": facts.alternatives, "prompt": facts.own_prompt, **facts.measuring}
    return EvaluationPlan.model_validate({**plan.model_dump(), **wished})


def training_length(context: ToolContext) -> int:
    """Tokens a row may have: the plan's length, or the model's context before there is a plan."""
    plan = context.facts.plan
    return plan.train.max_length if plan else reference_for(context).context_length


def untrainable_rows(context: ToolContext, dataset: DatasetInfo) -> tuple[str, ...]:
    """Ids of the rows, on every side of the split, that cannot be trained at the current length."""
    renderer, length = renderer_for(context), training_length(context)
    found: list[str] = []
    for split in _SPLITS:
        rows = load_rows(context.workspace, dataset.id, split)
        report = learning_report(renderer, rows, length, context.progress)
        found += [rows[index].id for index in report.blocked_rows]
    return tuple(found)


def unanswerable_rows(context: ToolContext, dataset: DatasetInfo) -> tuple[str, ...]:
    """In plain sentences: rows held out of the training whose answer could never be given."""
    renderer, length = renderer_for(context), training_length(context)
    found: list[str] = []
    for split in _HELD_OUT:
        rows = load_rows(context.workspace, dataset.id, split)
        report = learning_report(renderer, rows, length, context.progress)
        found += [
            _(
                "Among the {split} rows: {problem}",
                split=_(SPLIT_LABELS[split]),
                problem=f"{problem.message} {problem.remedy}".strip(),
            )
            for problem in report.blockers
        ]
    return tuple(found)


def measure_tokens(
    context: ToolContext, max_length: int | None = None, method: Method | None = None
) -> LearningReport:
    """Lengths and blockers of the training split at ``max_length`` (plan's, else context).

    A method that learns from unwanted answers too (the plan's unless given) counts them as well.
    """
    facts = context.facts
    if facts.dataset is None:
        raise LuthierError(
            _("The data has not been prepared yet."),
            remedy=_("Finish the data step first."),
            code="data.not_prepared",
        )
    reference = reference_for(context)
    length = max_length or (facts.plan.train.max_length if facts.plan else reference.context_length)
    rows = load_rows(context.workspace, facts.dataset.id, "train")
    method = method or (method_of(facts.plan) if facts.plan else METHODS["lora"])
    units = 0
    if method.reads == "pairs":
        rows = [row for row in rows if row.rejected]
        units = len(rows)
        rows = [*rows, *map(worse_half, rows)]
    elif method.reads == "judged":
        unwanted = load_unwanted(context.workspace, facts.dataset.id, "train")
        rows = [*rows, *(worse_half(row) for row in rows if row.rejected), *unwanted]
    report = learning_report(Renderer(reference.folder), rows, length, context.progress)
    return report.model_copy(update={"examples": units})
