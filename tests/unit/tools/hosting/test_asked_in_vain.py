"""What cannot be done is said before anybody is asked to agree, and what is asked is true."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from fakes.tuned import SESSION, TRAIN_JOB, TunedHome

from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.hosting.model import Export, ExportKind, ExportState
from luthier.tools.hosting.store import delete_export, get_export, list_exports, save_export
from luthier.tools.questions import Approval
from luthier.tools.workspace import Workspace

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]


@pytest.fixture
def context(tuned_home: TunedHome) -> ToolContext:
    """A session with the tuned model and none of its exports."""
    for one in list_exports(tuned_home.workspace):
        delete_export(tuned_home.workspace, one.id)
    return ToolContext(tuned_home.workspace, SESSION, Facts(train_job=TRAIN_JOB))


def kept(
    workspace: Workspace,
    kind: ExportKind,
    precision: str = "",
    *,
    state: ExportState = "ready",
    job: str = "A" * 26,
    session_id: str = SESSION,
    path: str = "",
) -> Export:
    """An export as its job leaves it behind, with a file."""
    export_id = f"{job}-{precision or kind}".upper()
    file = workspace.exports / export_id / "mail.gguf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"GGUF" * 10)
    export = Export(
        id=export_id,
        session_id=session_id,
        train_job=TRAIN_JOB,
        kind=kind,
        precision=precision,
        name="mail",
        path=path or ("" if state == "failed" else str(file)),
        bytes=40,
        created_at="2026-01-01T00:00:00Z",
        state=state,
        problems=("It reaches 10%.",) if state == "failed" else (),
    )
    save_export(workspace, export)
    return export


def approval(context: ToolContext, tool: str, **arguments: object) -> Approval:
    """What the user is asked before this runs."""
    found = TOOLS[tool]
    assert found.approval is not None
    return found.approval(context, found.arguments.model_validate(arguments))


def refused(context: ToolContext, tool: str, **arguments: object) -> LuthierError:
    """Why the user is not even asked."""
    with pytest.raises(LuthierError) as caught:
        approval(context, tool, **arguments)
    return caught.value


def test_what_was_deleted_behind_its_back_is_not_offered_to_be_served(context: ToolContext) -> None:
    export = kept(context.workspace, "gguf", "Q8_0")
    Path(export.path).unlink()
    error = refused(context, "serve_export")
    assert error.code == "host.no_files"
    assert error.place == export.path
    assert "Export the model again" in error.remedy


def test_the_memory_of_a_served_adapter_is_that_of_the_model_it_is_put_on(
    context: ToolContext,
) -> None:
    kept(context.workspace, "adapter")
    (memory,) = (
        text for name, text in approval(context, "serve_export").details if name == "Memory"
    )
    assert memory.startswith("about ")
    assert memory.endswith(" MB"), "not twice the 40 bytes of the adapter"


def test_a_port_that_cannot_be_had_is_refused_and_a_free_one_is_named_in_the_question(
    context: ToolContext,
) -> None:
    kept(context.workspace, "adapter")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        for port in (taken, 99_999):
            error = refused(context, "serve_export", port=port)
            assert error.code == "host.port_in_use"
            assert str(port) in error.what
    assert dict(approval(context, "serve_export", port=taken).details)["Port"] == str(taken)


def test_ollama_is_offered_a_gguf_file_and_only_while_it_runs(
    context: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    kept(context.workspace, "merged")
    nothing = refused(context, "create_in_ollama")
    assert nothing.code == "host.nothing_for_program"
    assert "export to gguf" in nothing.remedy
    assert refused(context, "create_in_ollama", export="merged").code == "ollama.needs_gguf"
    kept(context.workspace, "gguf", "Q8_0")
    silent = refused(context, "create_in_ollama")
    assert silent.code == "ollama.not_running"
    assert "ollama.com" in silent.remedy


@pytest.mark.parametrize(
    ("repository", "code"), [("anna/mail", "hub.no_token"), ("anna", "hub.bad_name")]
)
def test_nobody_is_asked_to_publish_what_cannot_be_sent(
    context: ToolContext, monkeypatch: pytest.MonkeyPatch, repository: str, code: str
) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    kept(context.workspace, "adapter")
    error = refused(context, "push_to_hub", repository=repository)
    assert error.code == code
    assert code != "hub.no_token" or "https://huggingface.co/settings/tokens" in error.remedy


def test_deleting_says_what_goes_and_what_stays_where_it_is(context: ToolContext) -> None:
    workspace = context.workspace
    here = kept(workspace, "gguf", "Q8_0")
    assert dict(approval(context, "delete_export", export="q8_0").details)["Files"] == here.path
    kept(workspace, "gguf", "Q2_K", state="failed")
    assert "Frees" not in dict(approval(context, "delete_export", export="q2_k").details)
    kept(workspace, "hub", "HUB", path="anna/mail")
    asked = approval(context, "delete_export", export="hub")
    assert "anna/mail" in asked.title
    assert "published" in dict(asked.details)["Stays"]
    tool = TOOLS["delete_export"]
    said = tool.run(context, tool.arguments.model_validate({"export": "hub"})).summary
    assert "stays on the Hugging Face Hub" in said


def test_of_several_exports_of_one_name_that_of_the_session_and_what_is_ready_is_meant(
    context: ToolContext,
) -> None:
    workspace = context.workspace
    kept(workspace, "gguf", "Q8_0", job="A" * 26, state="failed")
    own = kept(workspace, "gguf", "Q8_0", job="B" * 26)
    other = kept(workspace, "gguf", "Q8_0", job="C" * 26, session_id="another")
    assert get_export(workspace, "q8_0", SESSION) == own
    with pytest.raises(LuthierError) as caught:
        get_export(workspace, "q8_0")
    assert caught.value.code == "export.ambiguous"
    assert own.short_id in caught.value.remedy
    assert get_export(workspace, other.short_id) == other


def test_a_program_is_shown_the_command_for_what_it_takes(context: ToolContext) -> None:
    tool = TOOLS["show_commands"]

    def shown(**arguments: str) -> dict[str, str]:
        outcome = tool.run(context, tool.arguments.model_validate(arguments))
        return dict(outcome.data["commands"])

    assert shown() == {}
    kept(context.workspace, "gguf", "Q8_0")
    with pytest.raises(LuthierError) as caught:
        shown(program="vllm")
    assert caught.value.code == "host.nothing_for_program"
    assert "export the adapter" in caught.value.remedy
    kept(context.workspace, "merged")
    assert list(shown(program="vllm")) == ["vLLM"]
    assert list(shown(program="lm studio")) == ["LM Studio"]
    assert {"llama.cpp", "Ollama", "vLLM", "TGI", "transformers"} <= set(shown())
    with pytest.raises(LuthierError) as caught:
        shown(program="paint")
    assert "vLLM" in caught.value.remedy
