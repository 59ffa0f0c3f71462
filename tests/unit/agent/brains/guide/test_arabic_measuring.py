"""What is measured, by what, and where it is trained, said in Arabic."""

from __future__ import annotations

from typing import Any

import pytest

from luthier.agent.brains.guide.understand import read_intent


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ("افحص الإجابات بالمخطط ~/schema.json", {"json_schema": "~/schema.json"}),
        (
            "تحقّق من الإجابات وفق مخطط JSON ~/بيانات/مخطط.json",
            {"json_schema": "~/بيانات/مخطط.json"},
        ),
        ("يجب أن تطابق الإجابات المخطط ~/schema.json", {"json_schema": "~/schema.json"}),
        ("مخططي في الملف ~/schema.json.", {"json_schema": "~/schema.json"}),
        ("نفّذ الاستعلامات على قاعدة البيانات ~/shop.sqlite", {"database": "~/shop.sqlite"}),
        ("قاعدة البيانات هي ~/متجر.db", {"database": "~/متجر.db"}),
        ("شغّل الاستعلامات على ./shop.sql", {"database": "./shop.sql"}),
        ("يجب أن تطابق الإجابات النمط ^(نعم|لا)$", {"pattern": "^(نعم|لا)$"}),
        ("الإجابات يجب أن تطابق ^\\d{4}$", {"pattern": "^\\d{4}$"}),
        ("استخدم التعبير النمطي ^[A-Z]+$", {"pattern": "^[A-Z]+$"}),
        ("قارن مع الاسترجاع من ~/وثائق", {"documents": "~/وثائق"}),
        ("أضف مقياس ROUGE", {"measures": ["rouge_l"]}),
        ("أرني macro-F1 أيضًا", {"measures": ["macro_f1"]}),
        ("أريد أن أقيس تشابه المعنى", {"measures": ["meaning"]}),
        ("أضف التطابق التام", {"measures": ["exact_match"]}),
        ("أضف قواعد الشكل", {"measures": ["format_rules"]}),
        ("تكلّف الاستضافة 0.5 دولار في الساعة", {"hosting_per_hour": 0.5}),
        ("تكلفة الساعة ٠٫٢", {"price_per_hour": 0.2}),
    ],
)
def test_what_to_measure_besides(said: str, arguments: dict[str, Any]) -> None:
    wish = read_intent(said).alternatives
    assert wish is not None
    assert wish.measuring == ("compare_alternatives", arguments)


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        (
            "دع النموذج qwen3:8b على http://localhost:11434/v1 يحكم على الإجابات",
            "judge_answers",
            {"url": "http://localhost:11434/v1", "model": "qwen3:8b", "rubric": ""},
        ),
        (
            "احكم على الإجابات بالنموذج gpt-4o على https://api.openai.com/v1، وفق المعيار: الأقصر أفضل",
            "judge_answers",
            {
                "url": "https://api.openai.com/v1",
                "model": "gpt-4o",
                "rubric": "الأقصر أفضل",
            },
        ),
        ("قيّم الإجابات", "rate_answers", {}),
        ("أريد أن أحكم على الإجابات بنفسي", "rate_answers", {}),
        ("قِس الإجابات بمقياسي في ~/مقياس.py", "use_own_metric", {"path": "~/مقياس.py"}),
        (
            "احسم بمقياسي ~/score.py",
            "use_own_metric",
            {"path": "~/score.py", "decides": True},
        ),
    ],
)
def test_who_judges_the_answers(said: str, tool: str, arguments: dict[str, Any]) -> None:
    wish = read_intent(said).alternatives
    assert wish is not None
    assert wish.measuring == (tool, arguments)


@pytest.mark.parametrize(
    "said",
    [
        "استخدم نمط الكتابة الرسمي",
        "يجب أن تكون الإجابات رسمية",
        "ما هو المخطط؟",
        "ما هي قاعدة البيانات؟",
        "ما معنى التطابق التام؟",
    ],
)
def test_what_only_sounds_like_a_measure(said: str) -> None:
    assert read_intent(said).alternatives is None


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("درّبه على Azure", "choose_backend", {"backend": "azure"}),
        (
            "استخدم النموذج gpt-4o-mini عند المزوّد",
            "choose_backend",
            {"backend": "same", "model": "gpt-4o-mini"},
        ),
        ("اعرض ملفاتي عند OpenAI", "list_hosted", {"what": "files"}),
        ("أرني نماذجي عند nebius", "list_hosted", {"what": "models"}),
        ("أرني مهامي عند OpenAI", "list_hosted", {"what": "jobs"}),
        ("درّبه على هذا الحاسوب", "choose_backend", {"backend": "local"}),
    ],
)
def test_where_to_train(said: str, tool: str, arguments: dict[str, Any]) -> None:
    wish = read_intent(said).where
    assert wish is not None
    assert (wish.tool, wish.arguments) == (tool, arguments)


@pytest.mark.parametrize(
    ("said", "tool", "folder"),
    [
        ("ثبّت AutoTrain", "install_autotrain", ""),
        ("اكتب مجلد AutoTrain في ~/autotrain-run", "write_autotrain_files", "~/autotrain-run"),
        ("اكتب مجلد AutoTrain", "write_autotrain_files", ""),
    ],
)
def test_autotrain(said: str, tool: str, folder: str) -> None:
    intent = read_intent(said)
    assert (intent.kind, intent.topic, intent.path) == ("autotrain", tool, folder)
