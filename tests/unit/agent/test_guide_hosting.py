"""The guide at the last stage: what it proposes, and what it understands of exports and servers."""

from __future__ import annotations

from typing import Any

import pytest

from luthier.agent.act import ASK_USER
from luthier.agent.brains.guide.hosting import host_step
from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.reply import Reply
from luthier.agent.brains.guide.situation import Answered, Result, Said, Situation
from luthier.agent.journey import overview
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.evaluation.model import ArmResult, Evaluation, Verdict
from luthier.tools.facts import Facts, apply_changes
from luthier.tools.questions import Answer, Question

READY = {"id": "J-Q8_0", "title": "GGUF Q8_0", "state": "ready", "identical": 0.95}
PROPOSAL = {"kind": "gguf", "formats": ["Q8_0"], "reason": "Small models want 8 bits."}


def measured(decision: str = "ship", **more: Any) -> Facts:
    """Facts of a session whose tuned model was measured."""
    arm = ArmResult(
        arm="tuned",
        label="tuned model",
        metrics={"exact_match": 0.9},
        stop_rate=1,
        prompt_tokens=1,
        completion_tokens=1,
        seconds=1,
        rows=10,
        predictions_file="p",
    )
    evaluation = Evaluation(
        id="e",
        dataset_id="d",
        metric="exact_match",
        test_rows=10,
        arms=(arm,),
        verdict=Verdict(decision=decision, sentence="So it is.", reasons=()),  # type: ignore[arg-type]
    )
    return Facts(
        training={"best_validation_loss": 0.1}, train_job="t", evaluation=evaluation, **more
    )


def said(facts: Facts, text: str) -> Reply:
    return respond(Situation(facts, Said(text)))


def test_after_the_verdict_it_thinks_of_an_export_and_proposes_it_with_the_reason() -> None:
    assert host_step(Facts()) is None
    first = host_step(measured())
    assert first is not None
    assert first.tool == "propose_export"
    question = host_step(measured(host_proposal=PROPOSAL))
    assert question is not None
    assert question.tool == ASK_USER
    assert question.arguments is not None
    assert question.arguments["default"] == "serve"
    assert "Small models want 8 bits." in str(question.arguments["choices"][0])
    assert 3 <= len(question.arguments["choices"]) <= 5


def test_a_model_that_should_not_be_shipped_is_left_by_default() -> None:
    question = host_step(measured("do_not_ship", host_proposal=PROPOSAL))
    assert question is not None
    assert question.arguments is not None
    assert question.arguments["default"] == "later"
    assert "not to ship" in question.arguments["why"]


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("export to gguf", "export_model", {"kind": "gguf"}),
        ("Export it as GGUF, Q8_0 and q4", "export_model", {"formats": ["Q8_0", "Q4_K_M"]}),
        ("quantize it to q4_k_m please", "export_model", {"kind": "gguf", "formats": ["Q4_K_M"]}),
        ("export it as gguf iq4_xs and q5_k_s", "export_model", {"formats": ["IQ4_XS", "Q5_K_S"]}),
        ("merge it", "export_model", {"kind": "merged"}),
        ("give me the adapter", "export_model", {"kind": "adapter"}),
        ("make a stand-alone folder", "export_model", {"kind": "folder"}),
        ("serve q8_0", "serve_export", {"export": "Q8_0"}),
        ("serve the adapter", "serve_export", {"export": "ADAPTER"}),
        ("host the merged model here", "serve_export", {"export": "MERGED"}),
        ("serve q8_0 on port 8080", "serve_export", {"export": "Q8_0", "port": 8080}),
        ("serve 7xy2-q8", "serve_export", {"export": "7XY2-Q8_0"}),
        ("stop the server", "stop_server", {"server": "", "everything": False}),
        ("stop q8_0", "stop_server", {"server": "Q8_0", "everything": False}),
        ("stop the server 8ab2kx", "stop_server", {"server": "8AB2KX"}),
        ("stop all servers", "stop_server", {"everything": True}),
        ("turn off the endpoint", "stop_server", {}),
        ("show me the exports", "list_hosting", {}),
        ("what is hosted?", "list_hosting", {}),
        ("show me the snippets", "show_snippets", {}),
        ("how do I use it from python?", "show_snippets", {}),
        ("check the server", "check_server", {}),
        ("check the server q8_0", "check_server", {"server": "Q8_0"}),
        ("show me the log", "show_server_log", {}),
        ("show the server log", "show_server_log", {}),
        ("how do i serve it with vLLM?", "show_commands", {"program": "vllm"}),
        ("give me the commands for other programs", "show_commands", {}),
        ("delete q4_k_m", "delete_export", {"export": "Q4_K_M"}),
        ("delete the merged model", "delete_export", {"export": "MERGED"}),
        ("delete all exports", "list_hosting", {}),
        ("put it in Ollama as Mail", "create_in_ollama", {"name": "Mail"}),
        ("put q8 into ollama", "create_in_ollama", {"export": "Q8_0"}),
        ("put it on the hub as Anna/Mail", "push_to_hub", {"repository": "Anna/Mail"}),
        ("put the adapter on the hub as Anna/Mail", "push_to_hub", {"export": "ADAPTER"}),
        ("fetch llama.cpp", "get_llama_cpp", {}),
    ],
)
def test_plain_words_reach_the_tool(words: str, tool: str, arguments: dict[str, Any]) -> None:
    reply = said(measured(host_proposal=PROPOSAL), words)
    assert reply.tool == tool
    assert arguments.items() <= (reply.arguments or {}).items()
    TOOLS[tool].arguments.model_validate(reply.arguments)


@pytest.mark.parametrize("words", ["serve it", "host the model on this computer", "start a server"])
def test_serving_makes_the_proposed_export_first_where_none_is_ready(words: str) -> None:
    facts = measured(host_proposal=PROPOSAL)
    assert said(facts, words).tool == "serve_export"
    error = {"what": "Nothing has been exported yet.", "code": "host.nothing_exported"}
    failed = respond(Situation(facts, Result("serve_export", {}, False, "", {"error": error})))
    assert failed.tool == "export_model"
    assert failed.arguments == {"kind": "gguf", "formats": ["Q8_0"]}


@pytest.mark.parametrize("words", ["export to gguf", "serve it", "put it on the hub as a/b"])
def test_without_a_tuned_model_nothing_is_exported(words: str) -> None:
    assert said(Facts(), words).tool == ""
    assert "no tuned model" in said(Facts(), words).text


@pytest.mark.parametrize(("what", "export"), [("it", ""), ("the adapter", "ADAPTER")])
def test_the_hub_needs_a_name_and_takes_it_as_an_answer(what: str, export: str) -> None:
    facts = measured(host_proposal=PROPOSAL, exports=(READY,))
    asked = said(facts, f"put {what} on the hub")
    assert asked.tool == ASK_USER
    assert asked.arguments is not None
    question = Question.model_validate(asked.arguments)
    reply = respond(Situation(facts, Answered(question, Answer(kind="text", text="anna/mail"))))
    assert (reply.tool, reply.arguments) == (
        "push_to_hub",
        {"export": export, "repository": "anna/mail", "public": False},
    )


def test_where_llama_cpp_is_missing_it_is_offered_and_the_export_goes_on_afterwards() -> None:
    error = {"what": "llama.cpp is not here.", "code": "llama_cpp.missing"}
    wish = {"kind": "gguf", "formats": ["Q8_0"]}
    failed = Result("export_model", wish, False, "", {"error": error})
    offer = respond(Situation(measured(), failed))
    assert (offer.tool, offer.arguments) == ("get_llama_cpp", {"then_formats": ["Q8_0"]})
    there = Result("get_llama_cpp", offer.arguments or {}, True, "", {"then_formats": ["Q8_0"]})
    assert respond(Situation(measured(), there)).arguments == wish


def test_a_no_that_says_what_else_is_wanted_leads_there() -> None:
    facts = measured(host_proposal=PROPOSAL, exports=(READY,))
    wish = {"repository": "anna/mail", "public": False}
    no = {"declined": True, "reason": "serve q8_0"}
    reply = respond(Situation(facts, Result("push_to_hub", wish, False, "", no)))
    assert (reply.tool, reply.arguments) == ("serve_export", {"export": "Q8_0"})
    no = {"declined": True, "reason": "my boss is against it"}
    reply = respond(Situation(facts, Result("push_to_hub", wish, False, "", no)))
    assert reply.tool == "", "a plan is not asked about once it is done"


def test_a_failing_tool_of_this_stage_says_why_and_starts_nothing() -> None:
    error = {"what": "No server is running.", "code": "host.none", "remedy": "Start one."}
    reply = respond(Situation(measured(), Result("stop_server", {}, False, "", {"error": error})))
    assert reply.tool == ""
    assert "Start one." in reply.text


def test_an_ended_export_is_told_with_its_share_and_a_failed_one_is_not_called_done() -> None:
    failed = {**READY, "id": "J-Q4_K_M", "title": "GGUF Q4_K_M", "state": "failed"}
    facts = measured(host_proposal=PROPOSAL, exports=(READY, failed))
    taken = Result("take_in_result", {}, True, "", {"kind": "export", "state": "succeeded"})
    reply = respond(Situation(facts, taken))
    assert "GGUF Q8_0: 95%" in reply.text
    assert "Not usable: GGUF Q4_K_M" in reply.text
    assert reply.tool == ASK_USER


def test_a_stopped_server_is_no_failed_evaluation() -> None:
    taken = Result("take_in_result", {}, True, "", {"kind": "serve", "state": "cancelled"})
    assert respond(Situation(measured(host_proposal=PROPOSAL), taken)) == Reply("")
    died = Result(
        "take_in_result", {}, True, "", {"kind": "serve", "state": "failed", "words": "It ended."}
    )
    assert "It ended." in respond(Situation(measured(host_proposal=PROPOSAL), died)).text


def test_the_journey_shows_what_is_exported_and_served() -> None:
    served = {"id": "s", "url": "http://127.0.0.1:8000", "title": "mail"}
    current, stages = overview(measured(exports=(READY,), served=served))
    host = next(stage for stage in stages if stage.name == "host")
    assert host.state == "done"
    assert host.lines == ("GGUF Q8_0", "http://127.0.0.1:8000")
    assert current == "decide"


def test_another_training_drops_the_exports_of_the_old_one() -> None:
    facts = {
        "training": {"a": 1},
        "exports": [READY],
        "host_proposal": PROPOSAL,
        "served": {"id": "s"},
    }
    after = apply_changes(facts, {"training": {"a": 2}})
    assert "exports" not in after
    assert "host_proposal" not in after
    assert after["served"] == {"id": "s"}, "a server runs on until it is stopped"
