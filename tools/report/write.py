"""The report: a folder with one HTML file, a model card, the plan, and a note on how to go on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from luthier.tools.advice.model import Advice, Brief
from luthier.tools.data.model import DatasetInfo
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.views import verdict_callout
from luthier.tools.evaluation.words import test_rows
from luthier.tools.files import write_atomic
from luthier.tools.jobs.model import Job
from luthier.tools.language import _, current_language, mark, plural
from luthier.tools.report.card import card_facts, escape_code, escape_markdown
from luthier.tools.report.figures import arms_figure, bars_figure, curves_figure
from luthier.tools.report.sections import (
    Section,
    data_section,
    decision_section,
    plan_section,
    results_section,
    training_section,
)
from luthier.tools.training.backends import backend_of
from luthier.tools.training.plan import Estimate, Plan
from luthier.tools.training.plan_file import plan_text, save_plan
from luthier.tools.views import Bars, Plot, View
from luthier.tools.workspace import Workspace

_TEMPLATES = Path(__file__).parent
_WORDS = {"_": _, "plural": plural}
"""What the templates say is translated as everything else."""


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where the parts of a report are."""

    folder: Path
    html: Path
    card: Path
    plan: Path


def write_report(
    workspace: Workspace,
    *,
    session_title: str,
    brief: Brief,
    advice: Advice | None,
    dataset: DatasetInfo,
    plan: Plan,
    estimate: Estimate | None,
    job: Job,
    training_result: dict[str, Any],
    evaluation: Evaluation,
) -> ReportFiles:
    """Write the report of one evaluation; writing it again replaces the files.

    Raises:
        LuthierError: the reports folder is full or not writable (``report.not_written``).
    """
    title = " ".join(session_title.split()) or _("Fine-tune")
    sections = [
        results_section(evaluation),
        training_section(job, training_result),
        data_section(workspace, dataset, plan),
        plan_section(plan, estimate),
        decision_section(brief, advice),
    ]
    card = card_facts(
        workspace,
        title=title,
        dataset=dataset,
        plan=plan,
        result=training_result,
        evaluation=evaluation,
    )
    common = {"version": version("luthier"), "title": title}
    page = _page(evaluation, [part for part in sections if part], plan, card["base_model"], common)
    endpoint = training_result.get("endpoint")
    adapter = Path(job.folder) / str(training_result.get("adapter", "output/adapter"))
    place = EndpointModel.model_validate(endpoint).words if endpoint else str(adapter)
    folder = workspace.reports / f"{_slug(title)}-{evaluation.id}"
    files = ReportFiles(
        folder=folder,
        html=folder / "report.html",
        card=folder / "MODEL_CARD.md",
        plan=folder / "plan.yaml",
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(files.html, page)
        write_atomic(files.card, _text("model_card.md.j2", **card, **_without_title(common)))
        readme = _text("readme.txt.j2", place=place, hosted=bool(endpoint), **common)
        write_atomic(folder / "README.txt", readme)
    except OSError as error:
        raise LuthierError(
            _("The report could not be written."),
            why=_("The system says: {reason}.", reason=error.strerror or error),
            remedy=_("Free some space or check the permissions, then ask for the report again."),
            place=str(folder),
            code="report.not_written",
        ) from error
    save_plan(plan, files.plan)
    return files


def card_text(
    workspace: Workspace,
    *,
    title: str,
    dataset: DatasetInfo,
    plan: Plan,
    result: dict[str, Any],
    evaluation: Evaluation,
) -> str:
    """The model card by itself, for publishing beside an export."""
    card = card_facts(
        workspace, title=title, dataset=dataset, plan=plan, result=result, evaluation=evaluation
    )
    return _text("model_card.md.j2", **card, version=version("luthier"))


def _without_title(common: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in common.items() if name != "title"}


HERE = mark("{base_model}, tuned with LoRA, measured on {rows}")
ELSEWHERE = mark("{base_model}, tuned at a provider, measured on {rows}")


def _page(
    evaluation: Evaluation,
    sections: list[Section],
    plan: Plan,
    base_model: str,
    common: dict[str, str],
) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= _WORDS
    style = (_TEMPLATES / "style.css.j2").read_text(encoding="utf-8")
    rows = test_rows(evaluation.test_rows)
    subtitle = ELSEWHERE if backend_of(plan.backend).remote else HERE
    return environment.get_template("report.html.j2").render(
        subtitle=_(subtitle, base_model=base_model, rows=rows),
        verdict=verdict_callout(evaluation.verdict) if evaluation.verdict else None,
        sections=sections,
        figures=_figure,
        arms_figure=arms_figure(evaluation),
        plan_text=plan_text(plan),
        style=Markup(style),
        language=current_language(),
        written_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        **common,
    )


def _figure(view: View) -> Markup:
    if isinstance(view, Plot):
        return curves_figure(view)
    if isinstance(view, Bars):
        return bars_figure(view)
    return Markup()


def _text(template: str, **facts: Any) -> str:
    """A Markdown or plain text file; Markdown templates escape by the filters md and code."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= _WORDS
    environment.filters |= {"md": escape_markdown, "code": escape_code}
    return environment.get_template(template).render(**facts).strip() + "\n"


def _slug(title: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return plain[:40].strip("-") or "report"
