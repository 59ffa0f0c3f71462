"""The interview with the offline guide, in a session over the real graph and real SQLite."""

from __future__ import annotations

from pathlib import Path

from fakes.driver import Driver

from luthier.agent.brains.choose import make_brain
from luthier.agent.session import open_session
from luthier.tools.workspace import Workspace

KEPT = "“go back to the interview”"


async def test_going_back_a_lesson_a_wrong_number_and_another_file(
    workspace: Workspace, tmp_path: Path
) -> None:
    mails = tmp_path / "mails.csv"
    rows = [f"please look at mail {n},{'spam' if n % 3 else 'ham'}" for n in range(60)]
    mails.write_text("\n".join(["text,label", *rows]))

    async with Driver(await open_session(workspace, brain=make_brain(None))) as driver:
        await driver.pick("shop_tickets")
        assert driver.question.question.id == "use_case"
        await driver.back()
        assert driver.question.question.id == "start"
        await driver.say("what is LoRA?")
        assert driver.question.question.id == "start"

        await driver.pick("shop_tickets")
        await driver.say("9")
        assert "from 1 to 5" in driver.said
        assert driver.question.question.id == "use_case"
        await driver.pick("structured")
        assert driver.question.question.id == "tried"

        assert KEPT not in driver.said
        await driver.say(str(mails))
        assert KEPT in driver.said
        assert driver.question.question.id == "tried"
        await driver.say("go back to the interview")
        assert driver.question.question.id == "use_case"
