"""What is typed in Arabic is understood, and the whole interview can be held in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fakes.driver import Driver

from luthier.agent.brains.guide.understand import (
    read_intent,
    read_minutes,
    read_share,
    read_tried,
    read_use_case,
    read_yes_no,
)
from luthier.agent.session import open_session
from luthier.tools.language import use_language
from luthier.tools.workspace import Workspace


@pytest.fixture
def arabic() -> Iterator[None]:
    use_language("ar")
    yield
    use_language("en")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("نعم", "yes"),
        ("لا، شكرًا", "no"),
        ("لا أعرف", "unsure"),
        ("لماذا تسأل؟", "question"),
        ("ما هو LoRA؟", "question"),
        ("ارجع", "go_back"),
        ("ساعدني", "help"),
        ("أوقف التدريب", "cancel"),
        ("أوقف مؤقتًا", "pause"),
        ("استأنف", "resume"),
        ("ابدأ التدريب", "launch"),
        ("كم بقي من الوقت؟", "status"),
        ("أرني الخطة", "show_plan"),
        ("~/بيانات/رسائل.csv", "path"),
        ("خروج", "quit"),
        ("ابدأ", "launch"),
        ("أبدًا", "no"),
        ("لا تبدأ بعد", "no"),
        ("نعم ابدأ", "yes"),
        ("موافق، ولا تسأل ثانية في هذه الجلسة", "yes"),
        ("اترك الأمر", "no"),
        ("ألغِ القياس", "cancel"),
        ("قيّم النموذج", "once_more"),
        ("لماذا تسألني هذا؟", "question"),
        ("أين وصل التدريب؟", "status"),
        ("أرني جلساتي", "sessions"),
        ("غيّر إجابتي السابقة", "go_back"),
        ("أريد أن أرجع خطوة", "go_back"),
        ("هل يمكنك أن تبدأ التدريب؟", "launch"),
        ("من فضلك أريد أن أوقف التدريب", "cancel"),
        ("أعطني تقريرًا", "report"),
        ("أريد أن أعرف ما هو LoRA", "question"),
        ("ما الفرق بين LoRA والضبط الكامل؟", "question"),
        ("الفرق بين LoRA والضبط الكامل", "question"),
    ],
)
def test_arabic_wishes(said: str, kind: str) -> None:
    assert read_intent(said).kind == kind


@pytest.mark.parametrize(
    ("said", "english"),
    [
        ("أوقف الخادم", "stop the server"),
        ("أوقف الخادم q8_0", "stop the server q8_0"),
        ("أوقف كل الخوادم", "stop all servers"),
        ("شغّل المهايئ", "serve the adapter"),
        ("شغّل النموذج المدموج", "serve the merged model"),
        ("احذف المهايئ", "delete the adapter"),
        ("احذف كل التصديرات", "delete all exports"),
        ("كيف أشغّله باستخدام vLLM؟", "how do I serve it with vLLM?"),
        ("كيف أصدّر النموذج؟", "export it"),
    ],
)
def test_an_arabic_wish_for_an_export_or_a_server_is_read_as_the_english_one(
    said: str, english: str
) -> None:
    found = read_intent(said)
    assert found.hosting is not None
    assert found == read_intent(english)


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ("استخدم 2 دورات", [("epochs", "2")]),
        ("استخدم دورتين", [("epochs", "2")]),
        ("الرتبة ٣٢", [("LoRA rank", "32")]),
        ("اجعل الرتبة 16 والطول 512", [("LoRA rank", "16"), ("length", "512")]),
        ("عمود الإجابة هو الرد", [("completion column", "الرد")]),
        (
            "عمود السؤال هو body، عمود الإجابة هو reply",
            [("prompt column", "body"), ("completion column", "reply")],
        ),
        (
            "عمود السؤال هو النص وعمود الإجابة هو الرد",
            [("prompt column", "النص"), ("completion column", "الرد")],
        ),
        ("ارجع إلى LoRA", [("method", "lora")]),
        ("غيّر عدد الدورات إلى ٣", [("epochs", "3")]),
        ("الطول الأقصى 512 رمزًا", [("length", "512")]),
        ("استخدم 100 صف للاختبار", [("test rows", "100")]),
        ("اسم النموذج: بريدي", [("name", "بريدي")]),
        ("هل يمكن أن أستخدم دورتين؟", [("epochs", "2")]),
        ("أريد أن أرفع معدل التعلّم قليلًا", [("learning rate", "a bit more")]),
        ("ضاعف الرتبة", [("LoRA rank", "double")]),
        ("دفعة أصغر", [("batch size", "less")]),
        ("درّب أطول", [("epochs", "more")]),
        ("درّب بطريقة DPO", [("method", "dpo")]),
        ("درّب كل الطبقات", [("trained layers", "all")]),
        ("غيّر موجه النظام إلى: أجب باختصار", [("system prompt", "أجب باختصار")]),
    ],
)
def test_arabic_changes_keep_the_values_as_they_were_written(
    said: str, changes: list[tuple[str, str]]
) -> None:
    assert [(each.field_words, each.value) for each in read_intent(said).changes] == changes


def test_arabic_answers_of_the_interview() -> None:
    assert (read_share("٩٠٪"), read_share("تسعة من عشرة")) == (0.9, 0.9)
    assert (read_minutes("80% ونصف ساعة"), read_minutes("ساعتين")) == (30, 120)
    assert (read_share("أكثر من 90%"), read_minutes("ساعة على الأكثر")) == (0.9, 60)
    assert read_use_case("تصنيف رسائل الزبائن") == "labels"
    assert read_tried("لم أجرب شيئًا") == ("nothing",)
    assert read_yes_no("بالتأكيد") == "yes"


@pytest.mark.usefixtures("arabic")
async def test_the_interview_is_held_in_arabic_up_to_the_advice(workspace: Workspace) -> None:
    async with Driver(await open_session(workspace)) as driver:
        for said in ("جرّب المثال المدمج", "تحويل النصوص إلى بيانات منظمة", "لا شيء بعد"):
            await driver.say(said)
        await driver.say("٨٠٪ ونصف ساعة")

        brief = driver.session.facts.brief
        assert (brief.use_case, brief.criterion, brief.minutes) == ("structured", 0.8, 30)
        assert driver.session.facts.advice is not None
        latin = [
            line for line in driver.said.splitlines() if re.match(r"[A-Z][a-z]+ [a-z]+ ", line)
        ]
        assert latin == []


async def test_an_open_question_is_put_in_the_language_chosen_since(workspace: Workspace) -> None:
    async with Driver(await open_session(workspace)) as driver:
        assert driver.question.question.text == "What shall we start with?"
        use_language("ar")
        try:
            assert driver.question.question.text == "بماذا نبدأ؟"
            await driver.say("أريد أن أسأل")
            assert "الضبط" in driver.said
        finally:
            use_language("en")
