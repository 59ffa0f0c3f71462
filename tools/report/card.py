"""The model card: a Markdown file with the front matter that the Hugging Face Hub reads."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from luthier.tools.data.model import DatasetInfo
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.learning_views import learning_table
from luthier.tools.evaluation.losses import losses_tables
from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.views import arms_table
from luthier.tools.hosting.snippets import address_elsewhere, snippets
from luthier.tools.language import _, plural
from luthier.tools.models.reference import ModelReference, resolve_model
from luthier.tools.training.methods.registry import method_of
from luthier.tools.training.plan import Plan
from luthier.tools.training.views import plan_views
from luthier.tools.views import Settings
from luthier.tools.wording import duration
from luthier.tools.workspace import Workspace

STARTER_ON_HUB = "HuggingFaceTB/SmolLM2-135M-Instruct"
_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~])")


def escape_markdown(text: object) -> str:
    """Text that Markdown shows as it is, on one line."""
    flat = " ".join(str(text).split())
    return _SPECIAL.sub(r"\\\1", html.escape(flat, quote=False))


def escape_code(text: object) -> str:
    """Text inside a code span: on one line, without the sign that ends the span."""
    return " ".join(str(text).split()).replace("`", "'").replace("|", "\\|")


def card_facts(
    workspace: Workspace,
    *,
    title: str,
    dataset: DatasetInfo,
    plan: Plan,
    result: dict[str, Any],
    evaluation: Evaluation,
) -> dict[str, Any]:
    """What the card's template shows; nothing of the rows themselves and no local paths."""
    reference = _reference(workspace, plan)
    endpoint = result.get("endpoint")
    base = str(result["base"]["model"]) if result.get("base") else hub_name(plan, reference)
    table = arms_table(evaluation)
    settings = next(view for view in plan_views(plan, None) if isinstance(view, Settings))
    return {
        "title": title,
        "base_model": base,
        "front_matter": _front_matter(
            title, base, None if endpoint else reference, evaluation, dataset, hosted=bool(endpoint)
        ),
        "hosted": bool(endpoint),
        "whole": not method_of(plan).adapter,
        "more_tables": [
            (one.title, (one.columns, *one.rows), one.notes)
            for one in (*learning_table(evaluation), *losses_tables(evaluation))
        ],
        "program": _program(endpoint) if endpoint else "",
        "verdict": evaluation.verdict,
        "evaluation": evaluation,
        "use": _use(dataset),
        "limits": _limits(evaluation),
        "table": (table.columns, *table.rows),
        "table_notes": table.notes,
        "dataset": dataset,
        "file_name": Path(dataset.source_path).name,
        "settings": [one for one in settings.settings if not Path(one.value).is_absolute()],
        "training": _training(result),
        "max_new_tokens": plan.evaluation.max_new_tokens,
    }


def _reference(workspace: Workspace, plan: Plan) -> ModelReference | None:
    try:
        return resolve_model(workspace, plan.model.id, download=False)
    except LuthierError:
        return None


def hub_name(plan: Plan, reference: ModelReference | None) -> str:
    """The base model as the Hub knows it; a local folder's name where it is not from there."""
    if plan.model.id == "starter":
        return STARTER_ON_HUB
    if Path(plan.model.id).is_absolute() or Path(plan.model.id).exists():
        return reference.name if reference else Path(plan.model.id).name
    return plan.model.id


def _front_matter(
    title: str,
    base: str,
    reference: ModelReference | None,
    evaluation: Evaluation,
    dataset: DatasetInfo,
    *,
    hosted: bool,
) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    tuned = evaluation.arm("tuned")
    results = [
        EvalResult(
            task_type="text-generation",
            dataset_type="private",
            dataset_name=dataset.name,
            metric_type=name,
            metric_name=find_metric(name).title,
            metric_value=round(value, 4),
        )
        for name, value in (tuned.metrics.items() if tuned else ())
    ]
    data = ModelCardData(
        base_model=base,
        library_name=None if hosted else "peft",
        pipeline_tag="text-generation",
        license=_licence(base, reference),
        tags=["luthier"] if hosted else ["lora", "sft", "luthier"],
        model_name=title,
        eval_results=results or None,
    )
    return str(data.to_yaml(line_break="\n")).strip()


def _program(endpoint: dict[str, Any]) -> str:
    """A program that asks the tuned model at its provider."""
    return snippets(address_elsewhere(EndpointModel.model_validate(endpoint)))["python"]


def _licence(base: str, reference: ModelReference | None) -> str:
    if base == STARTER_ON_HUB:
        return "apache-2.0"
    return reference.licence.lower() if reference and reference.licence else "unknown"


def _use(dataset: DatasetInfo) -> str:
    task = dataset.task
    if task.kind == "labels":
        return plural(
            "It answers a request with one of {n} label.",
            "It answers a request with one of {n} labels.",
            len(task.labels),
        )
    if task.kind not in ("labels", "structured"):
        return _("It answers requests in free text.")
    if task.fields:
        fields = ", ".join(task.fields)
        return _("It turns a request into JSON with the fields {fields}.", fields=fields)
    return _("It turns a request into JSON.")


def _limits(evaluation: Evaluation) -> list[str]:
    tuned = evaluation.arm("tuned")
    limits = []
    if tuned and tuned.stop_rate < 1:
        limits.append(
            _(
                "{share:.1%} of its answers did not end by themselves and were cut off.",
                share=1 - tuned.stop_rate,
            )
        )
    if tuned and tuned.metrics.get("valid_json", 1) < 1:
        limits.append(
            _(
                "{share:.1%} of its answers were not valid JSON: check every answer before "
                "using it.",
                share=1 - tuned.metrics["valid_json"],
            )
        )
    return limits


def _training(result: dict[str, Any]) -> str:
    time, steps = duration(float(result.get("seconds", 0))), int(result.get("steps") or 0)
    sentences = [_("Trained for {time} in {steps} steps.", time=time, steps=steps)]
    before, after = result.get("base_validation_loss"), result.get("best_validation_loss")
    if before is not None and after is not None:
        sentences.append(
            _(
                "The validation loss went from {before:.3f} to {after:.3f}.",
                before=float(before),
                after=float(after),
            )
        )
    return " ".join(sentences)
