"""Graders of a training by reinforcement: one that suits the task, and what a provider would refuse.

Their forms are those of OpenAI's API description 2.3.0, which Azure shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from luthier.tools.language import _
from luthier.tools.training.hosted.lines import REFERENCE
from luthier.tools.training.plan import Plan

ANSWER = "{{sample.output_text}}"
WANTED = f"{{{{item.{REFERENCE}}}}}"
NEEDED: Mapping[str, tuple[str, ...]] = {
    "string_check": ("name", "operation", "input", "reference"),
    "text_similarity": ("name", "evaluation_metric", "input", "reference"),
    "python": ("name", "source"),
    "score_model": ("name", "model", "input"),
    "multi": ("name", "graders", "calculate_output"),
}
"""The kinds of graders, and what each cannot do without."""

_SAME_FIELDS = f'''import json

def grade(sample, item):
    """1 for the very same JSON, else the share of its fields that are right."""
    try:
        wanted = json.loads(item["{REFERENCE}"])
        said = json.loads(sample["output_text"])
    except (ValueError, KeyError, TypeError):
        return 0.0
    if said == wanted:
        return 1.0
    if not isinstance(wanted, dict) or not isinstance(said, dict) or not wanted:
        return 0.0
    return 0.9 * sum(said.get(name) == value for name, value in wanted.items()) / len(wanted)
'''


def grader_of(plan: Plan) -> dict[str, Any]:
    """The plan's own grader, or one that rewards what the plan's task asks for."""
    if plan.hosted.grader or plan.hosted.method != "reinforcement":
        return plan.hosted.grader
    texts = {"input": ANSWER, "reference": WANTED}
    if plan.task.kind == "labels":
        return {"type": "string_check", "name": "same label", "operation": "eq", **texts}
    if plan.task.kind == "structured":
        return {"type": "python", "name": "same fields", "source": _SAME_FIELDS}
    likeness = {"evaluation_metric": "fuzzy_match", **texts}
    return {"type": "text_similarity", "name": "like the wanted answer", **likeness}


def grader_words(plan: Plan) -> str:
    """The grader as an approval shows it."""
    grader = grader_of(plan)
    return f"{grader.get('type', '')}: {grader.get('name', '')}"


def fault_in(grader: Mapping[str, Any]) -> str:
    """What a provider would refuse of a grader, in words; empty where nothing is wrong."""
    kind = str(grader.get("type", ""))
    if kind not in NEEDED:
        return _(
            "the grader's type is “{name}”; it may be {names}", name=kind, names=", ".join(NEEDED)
        )
    missing = [name for name in NEEDED[kind] if not grader.get(name)]
    if missing:
        return _("the grader lacks {names}", names=", ".join(missing))
    parts = grader.get("graders")
    for part in parts.values() if isinstance(parts, Mapping) else ():
        fault = fault_in(part) if isinstance(part, Mapping) else ""
        if fault:
            return fault
    return ""
