"""The doctor in the conversation: plain words understood, four ways offered, clean data let be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes.driver import Driver

from luthier.agent.brains.guide.understand import read_intent
from luthier.agent.brains.guide.understand_mending import read_wish
from luthier.agent.events import ToolFinished
from luthier.agent.session import open_session
from luthier.tools.views import Diff
from luthier.tools.workspace import Workspace


@pytest.mark.parametrize(
    ("words", "kind", "what"),
    [
        ("mend all", "all", ""),
        ("Fix everything, please", "all", ""),
        ("clean up the data", "all", ""),
        ("one by one", "one_by_one", ""),
        ("show me what you would change", "show", ""),
        ("before and after", "show", ""),
        ("undo the mending", "undo", ""),
        ("revert the fixes", "undo", ""),
        ("check my data", "check", ""),
        ("what is wrong with my data?", "check", ""),
        ("check my data against /tmp/eval.jsonl", "check", "/tmp/eval.jsonl"),
        ("find personal data", "check", ""),
        ("leave the data as it is", "leave", ""),
        ("trace row 12", "trace", "12"),
        ("where does training row test:3 come from?", "trace", "test:3"),
        ("pseudonymise", "remedy", "pseudonymise"),
        ("anonymize the emails", "remedy", "pseudonymise"),
        ("drop near copies", "remedy", "drop_near_copies"),
        ("apply the remedy remove html", "remedy", "remove_html"),
    ],
)
def test_what_is_meant_for_the_doctor(words: str, kind: str, what: str) -> None:
    wish = read_wish(words)
    assert wish is not None
    assert (wish.kind, wish.what) == (kind, what)
    assert read_intent(words).kind == "doctor"


@pytest.mark.parametrize(
    "words",
    [
        "show me the data",
        "go back to the data",
        "undo",
        "use 2 epochs",
        "what is overfitting?",
        "data",
    ],
)
def test_what_is_not(words: str) -> None:
    assert read_wish(words) is None


def chat_file(folder: Path, *, faults: bool) -> Path:
    def row(question: str, answer: str, role: str = "user") -> str:
        turns = [{"role": role, "content": question}, {"role": "assistant", "content": answer}]
        return json.dumps({"messages": turns}, ensure_ascii=False)

    lines = [row(f"what is thing {n * 7919}?", f"It is number {n * 31}.") for n in range(130)]
    if faults:
        lines[3] = row("what is R&amp;D?", "Research.")
        lines[5] = row("who?", "Somebody.", role="hummany")
        lines[7] = row("mail?", "Write to anna.berg@firma-nord.de now.")
        lines[9] = lines[9][:40]
    path = folder / "chat.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


async def test_clean_data_is_not_asked_about(workspace: Workspace, tmp_path: Path) -> None:
    async with Driver(await open_session(workspace)) as driver:
        await driver.say(f"'{chat_file(tmp_path, faults=False)}'")
        assert driver.asked == ["start", "use_case"]


async def test_mend_all_after_a_look_and_undo(workspace: Workspace, tmp_path: Path) -> None:
    async with Driver(await open_session(workspace)) as driver:
        await driver.say(f"'{chat_file(tmp_path, faults=True)}'")
        assert driver.question.question.id == "doctor"
        assert [c.id for c in driver.question.question.choices] == [
            "mend", "show", "one_by_one", "leave",
        ]  # fmt: skip
        await driver.pick("show")
        shown = [e for e in driver.events if isinstance(e, ToolFinished)][-1]
        assert any(
            isinstance(view, Diff) and "R&D" in view.changes[0].after for view in shown.views
        )
        await driver.pick("mend")
        source = driver.session.facts.source
        assert source is not None
        assert source.usable == 129
        assert source.mapping.remedies == ("mend_json", "fix_roles", "unescape_entities")
        assert driver.session.facts.has("rows.leave_out")
        assert driver.question.question.id == "use_case"
        await driver.say("undo")
        source = driver.session.facts.source
        assert source is not None
        assert source.mapping.remedies == ()
        assert driver.question.question.id == "use_case"


async def test_one_by_one_asks_for_each_and_remembers_what_was_skipped(
    workspace: Workspace, tmp_path: Path
) -> None:
    async with Driver(await open_session(workspace)) as driver:
        await driver.say(f"'{chat_file(tmp_path, faults=True)}'")
        await driver.pick("one_by_one")
        assert driver.question.question.id == "remedy.fix_roles"
        await driver.say("skip this one")
        assert driver.question.question.id == "remedy.unescape_entities"
        await driver.say("yes")
        assert driver.question.question.id == "remedy.pseudonymise"
        await driver.unsure()
        source = driver.session.facts.source
        assert source is not None
        assert source.mapping.remedies == ("unescape_entities",)
        assert driver.question.question.id == "use_case"


async def test_words_for_the_doctor_at_another_question(
    workspace: Workspace, tmp_path: Path
) -> None:
    async with Driver(await open_session(workspace)) as driver:
        await driver.say(f"'{chat_file(tmp_path, faults=True)}'")
        await driver.pick("leave")
        await driver.say("check my data")
        assert driver.finished_tools[-1] == "check_data"
        assert "pseudonymise" in driver.said
        assert driver.question.question.id == "use_case"
        await driver.say("pseudonymise")
        await driver.say("yes")
        source = driver.session.facts.source
        assert source is not None
        assert source.mapping.remedies == ("pseudonymise",)
        await driver.say("mend all")
        source = driver.session.facts.source
        assert source is not None
        assert source.usable == 129
