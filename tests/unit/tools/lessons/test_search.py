"""A question in plain words finds the lesson that answers it; anything else finds nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.tools.lessons.library import list_lessons, read_lesson
from luthier.tools.lessons.search import search_lessons

QUESTIONS = [
    ("what is fine-tuning?", "fine-tuning"),
    ("what does finetuning mean", "fine-tuning"),
    ("should I fine-tune at all?", "when-to-tune"),
    ("is it worth tuning a model", "when-to-tune"),
    ("what is prompt engineering", "prompting"),
    ("what is few-shot?", "few-shot"),
    ("explain in-context learning", "few-shot"),
    ("what is RAG", "retrieval"),
    ("explain retrieval", "retrieval"),
    ("difference between prompting and fine-tuning", "ways-compared"),
    ("RAG or fine-tuning?", "ways-compared"),
    ("what can I use it for", "use-case"),
    ("does it cost anything?", "costs"),
    ("how much does it cost", "costs"),
    ("what do I gain", "benefits"),
    ("what is a base model?", "base-model"),
    ("can I use another model from the hub", "base-model"),
    ("what is SmolLM2", "starter-model"),
    ("which model does luthier use?", "starter-model"),
    ("what is a chat template", "chat-template"),
    ("what is a token?", "tokens"),
    ("tokenizer", "tokens"),
    ("what is the context window", "context-length"),
    ("my rows are too long", "context-length"),
    ("what is lora?", "lora"),
    ("explain low-rank adaptation", "lora"),
    ("what does rank do", "rank"),
    ("what is alpha", "alpha"),
    ("what is an adapter?", "adapter"),
    ("what is the learning rate", "learning-rate"),
    ("lernin rate", "learning-rate"),
    ("how many epochs do I need?", "epochs"),
    ("what is an epoch", "epochs"),
    ("what is batch size", "batch"),
    ("what is a training step", "step"),
    ("what is loss?", "loss"),
    ("what is a good loss", "loss"),
    ("what is validation loss", "validation-loss"),
    ("explain overfitting", "overfitting"),
    ("overfiting", "overfitting"),
    ("why is the tuned model no better", "underfitting"),
    ("what is early stopping", "early-stopping"),
    ("what is patience", "early-stopping"),
    ("what is a checkpoint?", "checkpoint"),
    ("how is my data divided", "splits"),
    ("what is the test split", "splits"),
    ("why do you keep rows back", "held-out"),
    ("what does held-out mean", "held-out"),
    ("what is leakage", "leakage"),
    ("what are near duplicates", "duplicates"),
    ("what is classification", "labels"),
    ("how do I get valid JSON", "structured-output"),
    ("what is structured output", "structured-output"),
    ("how do you evaluate the model", "evaluation"),
    ("what is exact match", "exact-match"),
    ("what is macro-F1?", "macro-f1"),
    ("what does F1 mean", "macro-f1"),
    ("field accuracy", "field-accuracy"),
    ("what is ROUGE-L", "rouge-chrf"),
    ("explain chrf", "rouge-chrf"),
    ("what is the bootstrap interval", "interval"),
    ("what is a confidence interval", "interval"),
    ("is the difference significant?", "chance"),
    ("could it be luck", "chance"),
    ("what is the verdict", "verdict"),
    ("what are the limits of tuning", "limits"),
    ("does it hallucinate?", "limits"),
    ("can I teach it facts", "facts"),
    ("can it learn new knowledge", "facts"),
    ("how many examples do I need", "how-many-rows"),
    ("how much data do I need?", "how-many-rows"),
    ("what can I do with ten rows", "ten-rows"),
    ("I have only a few examples", "ten-rows"),
    ("is my data sent anywhere", "privacy"),
    ("do you upload my file?", "privacy"),
    ("does anything leave my computer?", "privacy"),
    ("how do I deploy it", "hosting"),
    ("what is hosting", "hosting"),
    ("how do I merge the adapter", "merging"),
    ("what is gguf", "gguf"),
    ("what is quantization", "quantisation"),
    ("how do I use it in ollama", "ollama"),
    ("can I fine-tune gpt-4o at openai", "openai"),
    ("what about azure", "azure"),
    ("do I need a GPU?", "gpu-cpu"),
    ("how much memory do I need", "memory"),
    ("out of memory", "memory"),
    ("why such a small model", "small-models"),
    ("will it forget other things", "forgetting"),
    ("what is catastrophic forgetting", "forgetting"),
    ("what is a completion", "prompt-completion"),
    ("what is a system prompt", "system-prompt"),
    ("why does the model never stop", "end-token"),
    ("what is the end token", "end-token"),
    ("what is a loss mask", "loss-mask"),
    ("which tokens are trained", "loss-mask"),
    ("what do you check in my data", "data-check"),
    ("what is the data doctor", "data-check"),
    ("what is a model card", "model-card"),
    ("what is in the report", "report"),
    ("what is a plan file", "plan-file"),
    ("can I close the chat while it trains", "jobs"),
    ("what happens when I pause?", "jobs"),
    ("why did it stop", "watchdog"),
    ("what is a watchdog", "watchdog"),
    ("what is a session", "session"),
    ("what is the pre-flight", "preflight"),
    ("how long will it take", "time"),
    ("can you make it faster", "time"),
    ("what is a baseline", "baseline"),
    ("what is good enough", "criterion"),
    ("tokens per request", "tokens-per-request"),
    ("what is QLoRA", "other-methods"),
    ("what is DPO?", "preference-tuning"),
    ("what is warm-up", "schedule"),
    ("what is gradient accumulation", "memory-savers"),
    ("what is dropout", "dropout"),
    ("what is a seed", "seed"),
    ("what is the mapping of columns", "mapping"),
    ("which files can you read", "file-formats"),
    ("what is temperature", "greedy"),
    ("what does luthier do", "luthier"),
    ("Explain LoRA like I am five", "lora"),
    ("is 100 rows enough", "how-many-rows"),
    ("do I need internet", "privacy"),
    ("can I use it commercially", "licence"),
    ("what if my classes are imbalanced", "labels"),
    ("can I use synthetic data", "more-rows"),
    ("what is an LLM", "language-model"),
    ("what is a neural network", "language-model"),
    ("can it speak French", "languages"),
    ("what is TRL", "libraries"),
    ("where is my model saved", "adapter"),
    ("difference between validation and test", "splits"),
    ("my laptop is old, is that ok", "gpu-cpu"),
]


@pytest.mark.parametrize(("question", "expected"), QUESTIONS)
def test_question_finds_its_lesson_first(question: str, expected: str) -> None:
    found = search_lessons(question)
    assert found, "nothing found"
    assert found[0].id == expected, [lesson.id for lesson in found]


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?",
        "what is it",
        "what is the capital of France",
        "will it rain on Thursday",
        "what's the catch",
        "who made you",
        "tell me a joke",
        "how do I bake a cake",
        "who won the football cup",
        "asdfghjkl qwertz",
        "مرحبا",
        "🤷",
        "my grandmother's birthday",
    ],
)
def test_unrelated_questions_find_nothing(question: str) -> None:
    assert search_lessons(question) == []


def test_limit_and_order() -> None:
    found = search_lessons("training loss and validation loss", limit=5)
    assert len(found) >= 2
    assert found[-1].score >= 0.25 * found[0].score
    assert [lesson.score for lesson in found] == sorted(
        (lesson.score for lesson in found), reverse=True
    )
    assert search_lessons("loss", limit=1) == search_lessons("loss", limit=3)[:1]
    assert search_lessons("loss", limit=0) == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_any_text_can_be_searched(query: str) -> None:
    for lesson in search_lessons(query):
        assert lesson.score > 0


def test_every_lesson_is_short_titled_and_linked() -> None:
    lessons = list_lessons()
    ids = {lesson.id for lesson in lessons}
    assert len(lessons) >= 45
    for lesson in lessons:
        assert 60 <= len(lesson.text.split()) <= 150, lesson.id
        assert lesson.terms, lesson.id
        assert lesson.related, lesson.id
        assert set(lesson.related) <= ids - {lesson.id}, lesson.id


def test_titles_find_their_own_lesson() -> None:
    for lesson in list_lessons():
        assert search_lessons(lesson.title)[0].id == lesson.id


def test_a_file_without_header_is_refused() -> None:
    with pytest.raises(ValueError, match="no header"):
        read_lesson("broken", "just text")
    with pytest.raises(ValueError, match="no title"):
        read_lesson("broken", "---\nterms: a\n---\ntext")


def test_importing_the_search_loads_no_index() -> None:
    code = (
        "import sys, luthier.tools.lessons.search;"
        "print([name for name in ('bm25s', 'numpy', 'Stemmer', 'rapidfuzz') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
