from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes import scenes
from fakes.screen import settled, type_text, wait_for, words
from fakes.session import Hold, says
from textual import events
from textual.widgets import DirectoryTree, Input

from luthier.agent.events import ApprovalAsked
from luthier.tools.data.example import example_path
from luthier.tools.questions import Answer, Decision
from luthier.tui import grace
from luthier.tui.screens.file_picker import start_folder
from luthier.tui.widgets.approval_card import ApprovalCard
from luthier.tui.widgets.choice_list import LETTER_SECONDS, ChoiceList
from luthier.tui.widgets.composer import Composer

WELCOME, NEXT = scenes.WELCOME, says("Good.", "m9")
APPROVE = [ApprovalAsked("a1", scenes.LAUNCH)]


async def test_a_number_picks_an_answer(chat: Any) -> None:
    app, fake = chat(WELCOME, NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press("2")
        await wait_for(pilot, lambda: fake.said)
        assert fake.said == [Answer(kind="choice", choice_id="shop_tickets")]
        await settled(pilot, app)
        assert app.chat.prompt_card is None
        assert "What shall we start with?" in words(app, ".asked")


async def test_arrows_and_enter_pick_an_answer(chat: Any) -> None:
    app, fake = chat(scenes.asks(scenes.USE_CASE), NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press("down", "down", "enter")
        await wait_for(pilot, lambda: fake.said)
        assert fake.said == [Answer(kind="choice", choice_id="other")]


async def test_free_text_answers_too_and_may_begin_over_the_choices(chat: Any) -> None:
    app, fake = chat(WELCOME, NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        assert isinstance(app.screen.focused, ChoiceList)
        await pilot.press(*"hello", "space", *"you", "enter")
        await wait_for(pilot, lambda: fake.said)
        assert fake.said == ["hello you"]
        assert app.chat.prompt_card is None


async def test_words_that_arrive_in_one_burst_pick_nothing(chat: Any) -> None:
    app, fake = chat(WELCOME, NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        for character in "is 2 enough":
            app.post_message(events.Key("space" if character == " " else character, character))
        await wait_for(pilot, lambda: app.screen.query_one(Composer).text == "is 2 enough")
        assert fake.said == []


async def test_a_path_pasted_over_the_choices_is_an_answer(chat: Any) -> None:
    app, fake = chat(WELCOME, NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        app.screen.query_one(ChoiceList).post_message(events.Paste("/data/my rows.csv\n"))
        await wait_for(pilot, lambda: app.screen.query_one(Composer).text == "/data/my rows.csv")
        await pilot.press("enter")
        await wait_for(pilot, lambda: fake.said == ["/data/my rows.csv"])


async def test_fast_keys_over_the_choices_are_one_answer_and_pick_nothing(chat: Any) -> None:
    app, fake = chat(WELCOME, NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        choices = app.screen.query_one(ChoiceList)
        for key in ("h", "space", "2", "enter"):
            choices.post_message(events.Key(key, {"space": " ", "enter": None}.get(key, key)))
        await wait_for(pilot, lambda: fake.said == ["h 2"])


async def test_why_is_revealed_in_place(chat: Any) -> None:
    app, fake = chat(WELCOME)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        assert not app.screen.query_one(".why").display
        await pilot.press("f6")
        assert "Tuning starts from examples" in words(app, ".why")
        await type_text(pilot, app, "/why")
        await wait_for(pilot, lambda: not app.screen.query_one(".why").display)
        assert fake.said == []


@pytest.mark.parametrize(
    ("key", "command", "kind"), [("f7", "/skip", "unsure"), ("f8", "/back", "back")]
)
@pytest.mark.parametrize("by_key", [True, False])
async def test_not_knowing_and_going_back_are_answers(
    chat: Any, key: str, command: str, kind: Any, by_key: bool
) -> None:
    app, fake = chat(scenes.asks(scenes.USE_CASE), NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await (pilot.press(key) if by_key else type_text(pilot, app, command))
        await wait_for(pilot, lambda: fake.said)
        assert fake.said == [Answer(kind=kind)]


async def test_back_is_not_offered_where_it_makes_no_sense(chat: Any) -> None:
    app, fake = chat(WELCOME)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        assert not app.screen.query("#back")
        await pilot.press("f8")
        assert app.chat.prompt_card is not None
        assert fake.said == []


async def test_a_file_can_be_picked_from_a_tree(
    chat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    (tmp_path / "picture.png").write_bytes(b"x")
    app, fake = chat(WELCOME, NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press("f9")
        await wait_for(pilot, lambda: app.screen.query(DirectoryTree))
        tree = app.screen.query_one(DirectoryTree)
        await wait_for(pilot, lambda: len(tree.root.children) == 2)
        labels = [str(node.label) for node in tree.root.children]
        assert labels == ["home", "rows.csv"]
        await pilot.press("down", "down", "enter")
        await wait_for(pilot, lambda: fake.said)
        assert fake.said == [str(tmp_path / "rows.csv")]


def test_the_tree_starts_beside_the_last_file_or_where_luthier_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, home, luthiers = (tmp_path / name for name in ("here", "home", "luthiers"))
    for folder in (here, home, luthiers / "data"):
        folder.mkdir(parents=True)
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    assert start_folder(str(home / "mail.csv"), luthiers) == home
    for no_place in (
        *("", str(tmp_path / "gone" / "mail.csv"), str(example_path())),
        str(luthiers / "data" / "fetched.csv"),
    ):
        assert start_folder(no_place, luthiers) == here
    monkeypatch.chdir("/")
    assert start_folder("", luthiers) == home
    monkeypatch.chdir(here)
    here.rmdir()
    assert start_folder("", luthiers) == home


async def test_typed_ahead_keys_cannot_answer(chat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grace, "SECONDS", 3600)
    app, fake = chat(WELCOME, NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press("enter", "2")
        await type_text(pilot, app, "typed for something else")
        assert fake.said == []
        assert app.screen.query_one(Composer).text == "typed for something else"
        monkeypatch.setattr(grace, "SECONDS", 0)
        await pilot.press("enter")
        await wait_for(pilot, lambda: fake.said == ["typed for something else"])


async def test_a_half_written_text_keeps_the_focus_when_a_question_comes(chat: Any) -> None:
    app, fake = chat(says("Hello"), [Hold(), *WELCOME])
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "go")
        app.screen.query_one(Composer).text = "half"
        fake.release()
        await wait_for(pilot, lambda: app.chat.prompt_card)
        assert isinstance(app.screen.focused, Composer)
        assert fake.said == ["go"]


async def test_a_bare_enter_never_approves(chat: Any) -> None:
    app, fake = chat(APPROVE, NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press("enter", "enter")
        assert fake.said == []
        assert "7 min to 9 min" in words(app, ".details")
        await pilot.press("1")
        await wait_for(pilot, lambda: fake.said)
        assert fake.said == [Decision(approved=True)]


@pytest.mark.parametrize("key", ["y", "1"])
async def test_a_yes_needs_the_grace_period_to_be_over(
    chat: Any, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr(grace, "SECONDS", 3600)
    app, fake = chat(APPROVE)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press(key)
        await pilot.pause(1.5 * LETTER_SECONDS)
        assert fake.said == []
        assert app.chat.prompt_card is not None


@pytest.mark.parametrize(
    "typed",
    ["yes, but use 2 epochs", "no, it is too large", "1 epoch is enough", "2 epochs please"],
)
async def test_a_sentence_that_begins_like_an_answer_is_no_answer_by_its_first_letter(
    chat: Any, typed: str
) -> None:
    app, fake = chat(APPROVE, NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        choices = app.screen.query_one(ChoiceList)
        for character in typed:
            key = {" ": "space", ",": "comma"}.get(character, character)
            choices.post_message(events.Key(key, character))
        choices.post_message(events.Key("enter", None))
        await wait_for(pilot, lambda: fake.said == [typed])


async def test_no_is_one_key_and_may_carry_a_reason(chat: Any) -> None:
    app, fake = chat(APPROVE, [ApprovalAsked("a2", scenes.LAUNCH)], NEXT)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press("n")
        await wait_for(pilot, lambda: fake.said == [Decision(approved=False)])
        await settled(pilot, app)
        await pilot.press("3")
        await wait_for(pilot, lambda: isinstance(app.screen.focused, Composer))
        await pilot.press(*"later", "enter")
        await wait_for(pilot, lambda: fake.said[-1] == "later")


async def test_choosing_saved_sessions_opens_the_browser_and_answers_nothing(chat: Any) -> None:
    app, fake = chat(WELCOME)
    async with app.run_test() as pilot:
        await settled(pilot, app)
        await pilot.press("3")
        await wait_for(pilot, lambda: app.screen is not app.chat)
        await pilot.press("escape")
        assert fake.said == []
        assert app.chat.prompt_card is not None


ALL = [ApprovalAsked("a1", scenes.LAUNCH_ALL)]


async def test_a_yes_that_lasts_is_a_choice_of_its_own(chat: Any) -> None:
    app, fake = chat(ALL, NEXT)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot, app)
        assert "do not ask again in this session" in words(app, "ChoiceList")
        assert "starting trainings on this computer" in words(app, "ChoiceList")
        await pilot.press("5")
        await wait_for(pilot, lambda: fake.said)
        assert fake.said == [Decision(approved=True, lasting=True)]


async def test_a_value_is_changed_in_the_approval_itself(chat: Any) -> None:
    app, fake = chat(ALL, [ApprovalAsked("a2", scenes.LAUNCH_ALL)])
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot, app)
        await pilot.press("4")
        await wait_for(pilot, lambda: isinstance(app.screen.focused, Input))
        fields = list(app.screen.query("ValueEditor Input"))
        assert app.screen.focused is fields[0]
        await pilot.press("end", "backspace", "2", "enter")
        await wait_for(pilot, lambda: fake.said)
        assert fake.said == [Decision(approved=False, changes={"changes.epochs": "2"})]


async def test_unchanged_values_lead_back_to_the_answers_and_a_note_is_shown(chat: Any) -> None:
    noted = scenes.LAUNCH_ALL.model_copy(update={"note": "Epochs cannot be many."})
    app, fake = chat([ApprovalAsked("a1", noted)])
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot, app)
        assert "Epochs cannot be many." in words(app, ".approval .effect")
        await pilot.press("4")
        await wait_for(pilot, lambda: isinstance(app.screen.focused, Input))
        await pilot.press("enter")
        await wait_for(pilot, lambda: isinstance(app.screen.focused, ChoiceList))
        assert fake.said == []


async def test_trying_again_is_no_answer_to_what_waits(chat: Any) -> None:
    app, fake = chat([ApprovalAsked("a1", scenes.LAUNCH)])
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await settled(pilot, app)
        await type_text(pilot, app, "/retry")
        await wait_for(pilot, lambda: "Nothing failed." in words(app, "Toast"))
        assert fake.said == ["retry"]
        assert isinstance(app.chat.prompt_card, ApprovalCard)
