"""Which tools a language model is told of at this point of the journey.

Forty tools are more than a small model can choose from, and take thousands of tokens each time. What
needs a plan is not offered before there is one. Nothing is forbidden by this: a tool that is called all
the same runs, and says itself what it needs first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage

NEEDED: dict[str, tuple[str, ...]] = {
    "source": (
        *("check_data", "mend_data", "preview_remedies", "undo_mending", "trace_row"),
        *("choose_split", "prepare_data", "give_advice", "write_questions", "take_decision"),
        *("go_back", "show_allowed", "ask_again"),
    ),
    "hosted": (
        *("deploy_base", "show_deployments", "check_deployment"),
        *("list_hosted", "adopt_job", "delete_hosted"),
    ),
    "dataset": (
        "check_tokens",
        "count_tokens",
        "show_row",
        "export_data",
        "run_baselines",
        "make_plan",
        "get_starter",
        *("compare_alternatives", "compare_elsewhere", "use_own_metric"),
        *("control_job", "take_in_result", "install_autotrain"),
    ),
    "baseline": ("show_results",),
    "plan": (
        "change_plan",
        "show_plan",
        "run_preflight",
        "launch_training",
        "write_autotrain_files",
        "search_settings",
        "take_best_settings",
    ),
    "training": (
        *("run_evaluation", "propose_export", "export_model", "push_to_hub"),
        *("create_in_ollama", "serve_export", "delete_export", "show_snippets", "get_llama_cpp"),
        *("list_hosting", "stop_server", "check_server", "show_commands"),
        "show_server_log",
        *("deploy_tuned", "name_endpoint"),
    ),
    "evaluation": (
        *("write_report", "judge_answers", "rate_answers", "rate_pair"),
        *("learning_curve", "ask_harness"),
    ),
}
"""The fact that must be settled before the tools can do anything."""
_NEEDS = {tool: fact for fact, tools in NEEDED.items() for tool in tools}


def offered(
    tools: Sequence[dict[str, Any]], messages: Sequence[BaseMessage]
) -> list[dict[str, Any]]:
    """The tools that make sense with the facts that the first message carries."""
    facts = messages[0].additional_kwargs.get("facts") if messages else None
    if facts is None:
        return list(tools)
    return [tool for tool in tools if makes_sense(tool["function"]["name"], facts)]


def makes_sense(name: str, facts: dict[str, Any]) -> bool:
    """Whether what a tool needs is settled in ``facts``."""
    needed = _NEEDS.get(name)
    return needed is None or bool(facts.get(needed))
