"""AutoTrain in the chat: its environment and its folder, asked for in words and agreed to before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.autotrain import place_stand_in
from fakes.plans import STARTER, dataset, propose

from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.situation import Result, Said, Situation
from luthier.tools.catalog.base import NoArguments, ToolContext
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.training.autotrain import environment
from luthier.tools.training.autotrain.environment import environment_folder
from luthier.tools.workspace import Workspace


def planned() -> Facts:
    """Facts of a session with a plan."""
    return Facts(dataset=dataset(100), plan=propose(100, reference=STARTER))


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("install AutoTrain", "install_autotrain", {}),
        ("please set up the environment for autotrain", "install_autotrain", {}),
        ("get auto train", "install_autotrain", {}),
        ("ثبّت AutoTrain", "install_autotrain", {}),
        (
            "write the AutoTrain folder to ~/run",
            "write_autotrain_files",
            {"folder": "~/run"},
        ),
        (
            "give me the files for AutoTrain in /data/My Run",
            "write_autotrain_files",
            {"folder": "/data/My Run"},
        ),
    ],
)
def test_plain_words_reach_the_tool(words: str, tool: str, arguments: dict[str, Any]) -> None:
    reply = respond(Situation(planned(), Said(words)))
    assert reply.tool == tool
    assert arguments.items() <= (reply.arguments or {}).items()


def test_a_folder_needs_a_plan_and_a_place() -> None:
    assert "no plan yet" in respond(Situation(Facts(), Said("write autotrain files to ~/a"))).text
    assert "Say where" in respond(Situation(planned(), Said("write the AutoTrain files"))).text


def test_a_training_that_lacks_the_environment_leads_to_the_offer_of_it() -> None:
    error = {"what": "AutoTrain is not on this computer yet.", "code": "autotrain.missing"}
    reply = respond(
        Situation(planned(), Result("launch_training", {}, False, "", {"error": error}))
    )
    assert reply.tool == "install_autotrain"
    assert "not on this computer" in reply.text


def test_the_yes_names_the_size_and_nobody_is_asked_for_what_cannot_be(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = TOOLS["install_autotrain"]
    context = ToolContext(workspace, "s", planned())
    monkeypatch.setattr(environment, "find_python", lambda: "/usr/bin/python3.11")
    monkeypatch.setattr("luthier.tools.catalog.autotrain.has_gpu", lambda: False)
    assert tool.asks_first(context, NoArguments())
    assert tool.approval is not None
    details = dict(tool.approval(context, NoArguments()).details)
    assert details["Disk"] == "3.1 GB"
    assert details["Where"] == str(environment_folder(workspace))
    monkeypatch.setattr(environment, "find_python", lambda: "")
    with pytest.raises(LuthierError) as caught:
        tool.approval(context, NoArguments())
    assert caught.value.code == "autotrain.no_python"
    place_stand_in(environment_folder(workspace))
    assert tool.run(context, NoArguments()).summary == "AutoTrain is ready."


def test_the_folder_is_written_where_the_user_agreed_and_says_why_it_may_be_needed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_model: Path
) -> None:
    from luthier.tools.data.prepare import prepare_dataset
    from luthier.tools.training.autotrain import hand_over

    source = tmp_path / "mail.csv"
    source.write_text(
        "message,kind\n" + "".join(f"hello {n},ham\nprize {n},spam\n" for n in range(30))
    )
    info = prepare_dataset(workspace, source, None, leave_out_unusable=True)
    plan = propose(100, reference=STARTER)
    plan.model.id, plan.data.dataset_id = str(tiny_model), info.id
    context = ToolContext(workspace, "s", Facts(dataset=info, plan=plan))
    tool = TOOLS["write_autotrain_files"]
    arguments = tool.arguments.model_validate({"folder": str(tmp_path / "run")})
    assert tool.approval is not None
    approval = tool.approval(context, arguments)
    assert approval.effect == "writes_outside"
    assert dict(approval.details)["Where"] == str(tmp_path / "run")
    monkeypatch.setattr(hand_over, "has_gpu", lambda: False)
    monkeypatch.setattr(environment, "find_python", lambda: "")
    outcome = tool.run(context, arguments)
    assert (tmp_path / "run" / "autotrain.yml").is_file()
    assert "Python 3.11" in outcome.data["why"]
    reply = respond(Situation(context.facts, Result(tool.name, {}, True, "", dict(outcome.data))))
    assert "Python 3.11" in reply.text
    assert str(tmp_path / "run") in reply.text
