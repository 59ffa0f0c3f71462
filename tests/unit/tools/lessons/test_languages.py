"""Every lesson exists in every language, and a question finds its lesson whatever language it is in."""

from __future__ import annotations

import re

import pytest

from luthier.tools.language import languages
from luthier.tools.lessons.library import list_lessons
from luthier.tools.lessons.search import search_lessons

ARABIC = re.compile("[\u0620-\u064a]")

QUESTIONS = [
    ("ما هو LoRA؟", "lora"),
    ("كم صفًا أحتاج؟", "how-many-rows"),
    ("كم عدد الأمثلة التي أحتاج إليها؟", "how-many-rows"),
    ("ما هو الضبط الدقيق؟", "fine-tuning"),
    ("هل يستحقّ الضبط العناء؟", "when-to-tune"),
    ("ما الفرق بين RAG والضبط؟", "ways-compared"),
    ("ما معنى الاسترجاع؟", "retrieval"),
    ("ما هي الدورة؟", "epochs"),
    ("كم دورة أحتاج؟", "epochs"),
    ("ما هو معدل التعلم", "learning-rate"),
    ("اشرح فرط الملاءمة", "overfitting"),
    ("ما هو early stopping؟", "early-stopping"),
    ("الإيقاف المبكّر", "early-stopping"),
    ("كم يستغرق التدريب؟", "time"),
    ("كم يكلّف ذلك؟", "costs"),
    ("هل تُرسل بياناتي إلى أي مكان؟", "privacy"),
    ("هل أحتاج إلى بطاقة رسوميات؟", "gpu-cpu"),
    ("نفدت الذاكرة", "memory"),
    ("أين حُفظ نموذجي؟", "adapter"),
    ("لماذا توقّف التدريب؟", "watchdog"),
    ("ما هي نقطة الحفظ؟", "checkpoint"),
    ("الخساره", "loss"),
    ("ما هي خسارة التحقق؟", "validation-loss"),
    ("كيف تُقسم بياناتي؟", "splits"),
    ("هل يمكن أن أعلّمه معلومات جديدة؟", "facts"),
    ("هل يهلوس النموذج؟", "limits"),
    ("هل يتكلم العربية؟", "languages"),
    ("كيف أستعمله في Ollama؟", "ollama"),
    ("هل أستطيع إغلاق المحادثة أثناء التدريب؟", "jobs"),
    ("ماذا أفعل بعشرة صفوف؟", "ten-rows"),
    ("ماذا أفعل ب١٠ أمثلة؟", "ten-rows"),
    ("هل الفرق مجرد حظ؟", "chance"),
    ("صفوفي طويلة جدًا", "context-length"),
    ("ماذا يفعل Luthier؟", "luthier"),
]


def test_every_lesson_exists_in_every_language() -> None:
    english = {lesson.id: lesson for lesson in list_lessons("en")}
    for language in languages()[1:]:
        translated = {lesson.id: lesson for lesson in list_lessons(language.code)}
        assert translated.keys() == english.keys()
        for lesson in translated.values():
            assert lesson.title != english[lesson.id].title, lesson.id
            assert lesson.text != english[lesson.id].text, lesson.id
            assert lesson.related == english[lesson.id].related, lesson.id


def test_arabic_lessons_are_whole_and_keep_what_is_typed() -> None:
    english = {lesson.id: lesson for lesson in list_lessons("en")}
    for lesson in list_lessons("ar"):
        original = english[lesson.id]
        assert ARABIC.search(lesson.title), lesson.id
        assert len(lesson.text.split("\n\n")) >= len(original.text.split("\n\n")), lesson.id
        assert 0.6 <= len(lesson.text.split()) / len(original.text.split()) <= 1.2, lesson.id
        assert lesson.text.count("\n- ") == original.text.count("\n- "), lesson.id
        assert re.findall("`[^`]+`", lesson.text) == re.findall("`[^`]+`", original.text), lesson.id


def test_a_language_without_a_lesson_shows_the_english_one() -> None:
    assert list_lessons("xx") == list_lessons("en")


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize(("question", "expected"), QUESTIONS)
def test_an_arabic_question_finds_its_lesson_first(question: str, expected: str) -> None:
    found = search_lessons(question)

    assert found, "nothing found"
    assert found[0].id == expected, [lesson.id for lesson in found]
    assert ARABIC.search(found[0].text)


@pytest.mark.usefixtures("arabic")
def test_arabic_titles_find_their_own_lesson() -> None:
    for lesson in list_lessons():
        assert search_lessons(lesson.title)[0].id == lesson.id


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize(
    ("question", "expected"),
    [("what is LoRA?", "lora"), ("how many rows do I need", "how-many-rows")],
)
def test_an_english_question_is_answered_in_the_language_in_use(
    question: str, expected: str
) -> None:
    found = search_lessons(question)

    assert found[0].id == expected
    assert ARABIC.search(found[0].text)


def test_an_arabic_question_is_understood_while_english_is_in_use() -> None:
    found = search_lessons("ما هو فرط الملاءمة؟")

    assert (found[0].id, found[0].title) == ("overfitting", "Overfitting")


@pytest.mark.parametrize(
    "question",
    ["مرحبا", "كيف حالك؟", "من صنعك", "ما هي عاصمة فرنسا؟", "هل ستمطر يوم الخميس", "كيف أخبز كعكة"],
)
def test_unrelated_arabic_questions_find_nothing(question: str) -> None:
    assert search_lessons(question) == []
