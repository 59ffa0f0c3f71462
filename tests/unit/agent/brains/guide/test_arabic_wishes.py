"""Exporting, mending, serving and looking after sessions, said in Arabic."""

from __future__ import annotations

from typing import Any

import pytest

from luthier.agent.brains.guide.understand import read_intent


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("صدّر النموذج", "ask_export", {}),
        ("صدّر النموذج إلى GGUF", "export_model", {"kind": "gguf", "formats": []}),
        (
            "صدّر النموذج إلى GGUF بصيغة q4_k_m",
            "export_model",
            {"kind": "gguf", "formats": ["Q4_K_M"]},
        ),
        (
            "صدّره بصيغة q8 و q4",
            "export_model",
            {"kind": "gguf", "formats": ["Q8_0", "Q4_K_M"]},
        ),
        ("ادمج النموذج", "export_model", {"kind": "merged"}),
        ("أريد أن أصدّر النموذج إلى GGUF", "export_model", {"kind": "gguf", "formats": []}),
        ("صدّر المهايئ", "export_model", {"kind": "adapter"}),
        ("صدّره كمجلد", "export_model", {"kind": "folder", "formats": []}),
        ("شغّل النموذج على هذا الجهاز", "serve_export", {"export": ""}),
        ("استضف النموذج", "serve_export", {"export": ""}),
        ("شغّله بصيغة q8_0", "serve_export", {"export": "Q8_0"}),
        ("أوقف الخادم", "stop_server", {}),
        ("أرني التصديرات", "list_hosting", {}),
        ("أرني أمثلة الاستدعاء", "show_snippets", {}),
        ("كيف أستدعيه؟", "show_snippets", {}),
        ("افحص الخادم", "check_server", {}),
        ("احذف التصدير q4_k_m", "delete_export", {"export": "Q4_K_M"}),
        ("ضعه في Ollama باسم My-Mail", "create_in_ollama", {"name": "My-Mail"}),
        ("أضفه إلى ollama", "create_in_ollama", {"name": ""}),
        ("انشره على Hugging Face", "ask_repository", {}),
        (
            "انشر النموذج على Hub باسم Sara/Mail",
            "push_to_hub",
            {"repository": "Sara/Mail", "public": False},
        ),
        (
            "انشره على Hub باسم Sara/Mail علنًا",
            "push_to_hub",
            {"repository": "Sara/Mail", "public": True},
        ),
        ("نزّل llama.cpp", "get_llama_cpp", {}),
    ],
)
def test_what_becomes_of_the_tuned_model(said: str, tool: str, arguments: dict[str, Any]) -> None:
    wish = read_intent(said).hosting
    assert wish is not None
    assert wish.tool == tool
    assert {key: wish.arguments.get(key, value) for key, value in arguments.items()} == arguments


@pytest.mark.parametrize(
    ("said", "kind", "what"),
    [
        ("أصلح البيانات", "all", ""),
        ("أصلح كل شيء، من فضلك", "all", ""),
        ("طبّق كل العلاجات", "all", ""),
        ("واحدًا واحدًا", "one_by_one", ""),
        ("أرني العلاجات", "show", ""),
        ("ماذا ستغيّر؟", "show", ""),
        ("تراجع عن الإصلاح", "undo", ""),
        ("افحص البيانات بدقة", "check", ""),
        ("ما الخطأ في البيانات؟", "check", ""),
        ("افحص البيانات مقابل ~/أسئلة/تقييم.csv", "check", "~/أسئلة/تقييم.csv"),
        ("قارن البيانات بالملف ~/أسئلة/تقييم.csv", "check", "~/أسئلة/تقييم.csv"),
        ("هل يمكنك أن تفحص البيانات؟", "check", ""),
        ("اترك البيانات كما هي", "leave", ""),
        ("أخفِ البيانات الشخصية", "remedy", "pseudonymise"),
        ("احذف النسخ المتقاربة", "remedy", "drop_near_copies"),
        ("احذف الردود الرافضة", "remedy", "drop_refusals"),
        ("احذف الإجابات المقطوعة", "remedy", "drop_cut_answers"),
        ("حلّ التناقضات", "remedy", "keep_frequent_answer"),
        ("احذف المفاتيح وكلمات السر", "remedy", "redact_secrets"),
        ("أزل وسوم HTML", "remedy", "remove_html"),
        ("أصلح الترميز", "remedy", "fix_mojibake"),
        ("وحّد كتابة التصنيفات", "remedy", "one_spelling"),
        ("طبّق fix_mojibake", "remedy", "fix_mojibake"),
        ("تتبّع الصف ١٢", "trace", "12"),
        ("من أين جاء الصف 12؟", "trace", "12"),
    ],
)
def test_what_the_data_doctor_is_to_do(said: str, kind: str, what: str) -> None:
    wish = read_intent(said).wish
    assert wish is not None
    assert (wish.kind, wish.what) == (kind, what)


@pytest.mark.parametrize(
    ("said", "topic", "path"),
    [
        ("صدّر البيانات إلى axolotl", "axolotl", ""),
        ("صدّر البيانات إلى LLaMA-Factory في المجلد ~/بيانات", "llama-factory", "~/بيانات"),
        ("صدّر البيانات", "", ""),
    ],
)
def test_rows_for_another_program(said: str, topic: str, path: str) -> None:
    intent = read_intent(said)
    assert (intent.kind, intent.topic, intent.path) == ("export_data", topic, path)


@pytest.mark.parametrize(
    ("said", "model"), [("عدّ الرموز", ""), ("كم عدد الرموز لنموذج gpt-4o؟", "gpt-4o")]
)
def test_counting_tokens(said: str, model: str) -> None:
    intent = read_intent(said)
    assert (intent.kind, intent.topic) == ("count_tokens", model)


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("سمِّ الجلسة بريد المتجر", "keep_session", {"action": "rename", "title": "بريد المتجر"}),
        ("أعد تسمية الجلسة إلى: إبداع", "keep_session", {"action": "rename", "title": "إبداع"}),
        ("أرشف الجلسة", "keep_session", {"action": "archive"}),
        (
            "اكتب نص الجلسة في ~/نص.md",
            "keep_session",
            {"action": "transcript", "path": "~/نص.md"},
        ),
        ("صدّر الجلسة", "keep_session", {"action": "export"}),
        ("صدّر الجلسة إلى /tmp/a", "keep_session", {"action": "export", "path": "/tmp/a"}),
        ("ابحث في الجلسات عن الفواتير", "find_sessions", {"words": "الفواتير"}),
        ("احذف الجلسة 261127-0a", "delete_session", {"session_id": "261127-0a"}),
    ],
)
def test_looking_after_conversations(said: str, tool: str, arguments: dict[str, str]) -> None:
    wish = read_intent(said).session
    assert wish is not None
    assert (wish.tool, wish.arguments) == (tool, arguments)


def test_alternatives_and_how_a_file_is_read() -> None:
    everything = read_intent("قارن مع كل البدائل").alternatives
    assert everything is not None
    assert len(everything.arms) == 4
    own = read_intent("موجّهي هو: أجب بكلمة واحدة").alternatives
    assert own is not None
    assert own.prompt == "أجب بكلمة واحدة"
    for said, kind, what in (
        ("اقرأه على أنه whatsapp", "as", "whatsapp"),
        ("استخدم الورقة المبيعات", "part", "المبيعات"),
        ("المساعد هو سارة", "assistant", "سارة"),
        ("أبقِ الأسماء", "keep_names", ""),
        ("اكتب أسئلة من هذه الوثائق", "write", ""),
    ):
        reading = read_intent(said).reading
        assert reading is not None, said
        assert (reading.kind, reading.what) == (kind, what)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("قسّم عشوائيًا", "random"),
        ("قسّم تصنيفًا تصنيفًا", "stratified"),
        ("قسّم البيانات حسب الزمن", "time"),
        ("قسّم بحسب العمود customer_id", "group customer_id"),
    ],
)
def test_how_rows_are_dealt(said: str, value: str) -> None:
    assert [(each.field_words, each.value) for each in read_intent(said).changes] == [
        ("split", value)
    ]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("ما هو التصدير؟", "question"),
        ("شغّل التدريب", "launch"),
        ("أوقف التدريب", "cancel"),
        ("جرّب المثال", "example"),
        ("البيانات", "show_data"),
        ("لا تفعل", "no"),
    ],
)
def test_other_words_keep_their_meaning(said: str, kind: str) -> None:
    assert read_intent(said).kind == kind
