"""What each tool of the catalog declares of itself, which decides whether the user is asked first."""

from __future__ import annotations

from collections import defaultdict

from luthier.tools.catalog.registry import TOOLS
from luthier.tools.effects import Effect

ASKED = {
    Effect.WRITES_OUTSIDE: {"export_data", "keep_session", "write_autotrain_files"},
    Effect.LONG_JOB: {
        "control_job",
        "launch_training",
        "learning_curve",
        "search_settings",
        "serve_export",
        "use_own_metric",
    },
    Effect.NETWORK: {
        "ask_harness",
        "choose_model",
        "count_tokens",
        "create_in_ollama",
        "fetch_data",
        "get_llama_cpp",
        "get_starter",
        "install_autotrain",
    },
    Effect.UPLOAD: {"push_to_hub"},
    Effect.MONEY: {
        "compare_alternatives",
        "compare_elsewhere",
        "deploy_base",
        "deploy_tuned",
        "judge_answers",
        "run_baselines",
        "run_evaluation",
        "write_questions",
    },
    Effect.DELETES: {"delete_deployment", "delete_export", "delete_hosted", "delete_session"},
}
"""The strongest that a tool can do; one that does less for what it is asked says so then."""


def test_what_each_tool_may_do_is_declared_and_all_but_reading_and_the_home_is_asked_about() -> (
    None
):
    declared: dict[Effect, set[str]] = defaultdict(set)
    for name, tool in TOOLS.items():
        declared[tool.effect].add(name)
    assert {effect: names for effect, names in declared.items() if effect.needs_approval} == ASKED
    assert set(declared) - set(ASKED) == {Effect.READS, Effect.WRITES_HOME}
