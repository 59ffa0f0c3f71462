from __future__ import annotations

from fakes.models import FakeModels

from luthier.tools.data.model import Message
from luthier.tui.model_talk import SIDES, ModelTalk


async def heard(talk: ModelTalk, text: str, sides: tuple = SIDES) -> dict[str, str]:
    answers: dict[str, str] = {}
    async for side, delta in talk.ask(text, sides):
        answers[side] = answers.get(side, "") + delta
    return answers


async def test_each_side_sees_its_own_answers() -> None:
    models = FakeModels({"tuned": ['{"a": 1}', "second"], "base": ["I am sorry.", "third"]})
    talk = ModelTalk(models, system="Answer in JSON.")
    assert await heard(talk, "one") == {"tuned": '{"a": 1}', "base": "I am sorry."}
    await heard(talk, "two")
    seen_by_base = models.asked[-1][0]
    assert [(message.role, message.content) for message in seen_by_base] == [
        ("system", "Answer in JSON."),
        ("user", "one"),
        ("assistant", "I am sorry."),
        ("user", "two"),
    ]


async def test_a_side_that_is_hidden_is_not_asked() -> None:
    models = FakeModels({"tuned": ["yes"], "base": ["no"]})
    talk = ModelTalk(models)
    assert await heard(talk, "one", ("tuned",)) == {"tuned": "yes"}
    assert talk.histories["base"] == []


async def test_forgetting_keeps_only_the_system_text() -> None:
    talk = ModelTalk(FakeModels({"tuned": ["yes"], "base": ["no"]}), system="Be brief.")
    await heard(talk, "one")
    talk.forget()
    assert talk.histories["tuned"] == [Message(role="system", content="Be brief.")]
