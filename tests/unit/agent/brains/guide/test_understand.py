"""What a typed message means: commands, questions, changes; and no text makes it fail."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.agent.brains.guide.understand import Change, read_change, read_intent
from luthier.tools.training.plan_fields import field_for


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("use 2 epochs", [("epochs", "2")]),
        ("change the number of epochs to 3", [("epochs", "3")]),
        ("length 512 tokens", [("length", "512")]),
        ("back to LoRA", [("method", "lora")]),
        ("make it 3 epochs", [("epochs", "3")]),
        ("two epochs please", [("epochs", "2")]),
        ("train for five passes", [("epochs", "5")]),
        ("epocs 3", [("epochs", "3")]),
        ("can you use 4 epochs?", [("epochs", "4")]),
        ("I'd like 4 epochs instead of 2", [("epochs", "4")]),
        ("rank 32", [("LoRA rank", "32")]),
        ("how about rank 8", [("LoRA rank", "8")]),
        ("use a rank of 32", [("LoRA rank", "32")]),
        ("increase rank to sixty four", [("LoRA rank", "64")]),
        ("rank to 16 and alpha to 32", [("LoRA rank", "16"), ("LoRA alpha", "32")]),
        ("change the learning rate to 1e-4", [("learning rate", "1e-4")]),
        ("lr=5e-4", [("learning rate", "5e-4")]),
        ("learnign rate 0.001", [("learning rate", "0.001")]),
        ("set batch size 4 and length 256", [("batch size", "4"), ("length", "256")]),
        ("the batch size should be 16", [("batch size", "16")]),
        ("raise the length from 128 to 512", [("length", "512")]),
        ("max length 1,024 please", [("length", "1,024")]),
        ("turn off early stopping", [("patience", "0")]),
        ("no dropout", [("LoRA dropout", "0")]),
        ("dropout 0.1, warmup 10%", [("LoRA dropout", "0.1"), ("warm-up", "10%")]),
        ("enable gradient checkpointing", [("gradient checkpointing", "yes")]),
        ("use the upper half of the layers", [("trained layers", "upper half")]),
        ("constant schedule", [("schedule", "constant")]),
        ("set the goal to 9 out of 10", [("goal", "0.9")]),
        ("criterion 95%", [("goal", "0.95")]),
        ("give it half an hour", [("minutes", "30")]),
        ("you may take an hour", [("minutes", "60")]),
        ("use 2 epochs and 30 minutes", [("epochs", "2"), ("minutes", "30")]),
        ("change the model to Qwen/Qwen2.5-0.5B", [("model", "Qwen/Qwen2.5-0.5B")]),
        ("use model ~/models/my model", [("model", "~/models/my model")]),
        ("use Qwen/Qwen2.5-0.5B-Instruct", [("model", "Qwen/Qwen2.5-0.5B-Instruct")]),
        ("switch to the base model starter", [("model", "starter")]),
        ("use the starter model", []),
        ("model: starter", [("model", "starter")]),
        ("prompt column is question", [("prompt column", "question")]),
        ("use column answer as completion", [("completion column", "answer")]),
        (
            "Use column \"Customer Message\" as prompt and 'Ticket' as the answer",
            [("prompt column", "Customer Message"), ("completion column", "Ticket")],
        ),
        ("the answer is in column reply", [("completion column", "reply")]),
        ("completion = answer", [("completion column", "answer")]),
        (
            "prompt is question and completion is answer",
            [("prompt column", "question"), ("completion column", "answer")],
        ),
        ("prompt columns are title and body", [("prompt column", "title, body")]),
        ("system prompt: You are kind, and brave", [("system prompt", "You are kind, and brave")]),
        ("call it my shop, first try", [("name", "my shop, first try")]),
        ("change X to Y", [("X", "Y")]),
        ("what is rank 32?", []),
        ("why 2 epochs?", []),
        ("I tried 3 epochs before", []),
        ("I have 600 rows", []),
        ("use ~/data/x.csv please", []),
        ("use the base model as is", []),
        ("more epochs", [("epochs", "more")]),
        ("a few more epochs please", [("epochs", "more")]),
        ("one more epoch", [("epochs", "1 more")]),
        ("two fewer epochs", [("epochs", "2 less")]),
        ("twice as many epochs", [("epochs", "double")]),
        ("cut the epochs in half", [("epochs", "half")]),
        ("a bit longer", [("epochs", "a bit more")]),
        ("can you make it quicker?", [("epochs", "less")]),
        ("half the test rows", [("test rows", "half")]),
        ("half the rows", [("rows", "half")]),
        ("lower the learning rate a bit", [("learning rate", "a bit less")]),
        ("the learning rate should be higher", [("learning rate", "more")]),
        ("double the rank and one more epoch", [("LoRA rank", "double"), ("epochs", "1 more")]),
        ("reduce gradient accumulation to 2", [("gradient accumulation", "2")]),
        ("I have more rows", []),
        ("shorter answers", []),
        ("should I use more epochs?", []),
        ("hello", []),
        ("", []),
    ],
)
def test_changes(text: str, expected: list[tuple[str, str]]) -> None:
    assert read_change(text) == [Change(field, value) for field, value in expected]


@pytest.mark.parametrize(
    "text", ["use 2 epochs", "rank 32", "set batch size 4 and length 256", "no dropout", "lr 1e-3"]
)
def test_the_plan_knows_every_setting_that_is_understood(text: str) -> None:
    changes = read_change(text)
    assert changes
    assert all(field_for(change.field_words) for change in changes)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("yes", "yes"),
        ("go on", "yes"),
        ("continue", "yes"),
        ("no thanks", "no"),
        ("not sure", "unsure"),
        ("hi", "greeting"),
        ("Hello there!", "greeting"),
        ("good morning", "greeting"),
        ("thanks a lot", "thanks"),
        ("thank you!", "thanks"),
        ("help", "help"),
        ("/help", "help"),
        ("?", "help"),
        ("what can you do", "help"),
        ("what can I say here?", "help"),
        ("what now?", "help"),
        ("what's next?", "help"),
        ("I'm lost", "help"),
        ("how is it going?", "status"),
        ("how's the training going", "status"),
        ("status", "status"),
        ("how long left?", "status"),
        ("is it done?", "status"),
        ("when will it be finished?", "status"),
        ("are we there yet", "status"),
        ("show me the loss", "status"),
        ("pause", "pause"),
        ("please pause the training", "pause"),
        ("pause the export", "pause"),
        ("cancel the export", "cancel"),
        ("resume", "resume"),
        ("resume the training", "resume"),
        ("continue training", "resume"),
        ("stop the training", "cancel"),
        ("please stop the training now", "cancel"),
        ("cancel", "cancel"),
        ("kill it", "cancel"),
        ("start the training", "launch"),
        ("launch", "launch"),
        ("tune regardless", "launch"),
        ("let me talk to it", "chat_model"),
        ("can I chat with the tuned model?", "chat_model"),
        ("can I try it out?", "chat_model"),
        ("show me the plan", "show_plan"),
        ("show me the results", "show_results"),
        ("what was the verdict?", "show_results"),
        ("/plan", "show_plan"),
        ("what are the settings?", "show_plan"),
        ("show me some rows", "show_data"),
        ("what does my data look like?", "show_data"),
        ("show the split", "show_data"),
        ("make the report", "report"),
        ("where is the report?", "report"),
        ("try the example", "example"),
        ("use the built-in example", "example"),
        ("sessions", "sessions"),
        ("show my sessions", "sessions"),
        ("open a saved session", "sessions"),
        ("start over", "restart"),
        ("new session", "restart"),
        ("bye", "quit"),
        ("exit", "quit"),
        ("asdfgh", "none"),
        ("I like cheese", "none"),
        ("", "none"),
        ("   ", "none"),
    ],
)
def test_commands_and_answers(text: str, kind: str) -> None:
    assert read_intent(text).kind == kind


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("what is LoRA?", "lora"),
        ("What's a token", "token"),
        ("explain overfitting", "overfitting"),
        ("could you explain validation loss?", "validation loss"),
        ("tell me about ollama", "ollama"),
        ("what does rank mean?", "rank"),
        ("what is a plan file?", "plan file"),
        ("what is a checkpoint", "checkpoint"),
        ("why did it stop", "why did it stop"),
        ("is my data sent anywhere?", "is my data sent anywhere"),
        ("how many examples do I need", "how many examples do i need"),
        ("can I teach it facts", "can i teach it facts"),
        ("what happens when I pause?", "happens when i pause"),
        ("how long will it take?", "how long will it take"),
        ("LoRA?", "lora"),
        ("I don't know what LoRA is", "lora"),
        ("why?", ""),
        ("why do you ask?", ""),
        ("what do you mean?", ""),
        ("I don't understand", ""),
        ("huh?", ""),
    ],
)
def test_questions_carry_their_topic(text: str, topic: str) -> None:
    intent = read_intent(text)
    assert (intent.kind, intent.topic) == ("question", topic)


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("back", ""),
        ("go back", ""),
        ("undo", ""),
        ("change my answer", ""),
        ("go back to the data", "data"),
        ("can we go back to the data?", "data"),
        ("redo the split", "data"),
        ("choose another file", "data"),
        ("edit the mapping", "data"),
        ("back to the plan", "plan"),
        ("change the plan", "plan"),
        ("redo the baselines", "baseline"),
        ("go back to the training", "train"),
        ("repeat the evaluation", "evaluate"),
        ("go back to the interview", "decide"),
    ],
)
def test_going_back_names_the_stage(text: str, stage: str) -> None:
    intent = read_intent(text)
    assert (intent.kind, intent.stage) == ("go_back", stage)


def test_paths_win_over_other_readings() -> None:
    assert read_intent("can you use ~/data/my rows.csv please?").path == "~/data/my rows.csv"
    assert read_intent("data.csv").kind == "path"


def test_a_models_folder_is_not_taken_for_data() -> None:
    assert read_intent("use model ~/models/mine.v2").changes == (
        Change("model", "~/models/mine.v2"),
    )
    assert read_intent("use ~/models/rows.csv").kind == "path"


def test_changes_win_over_a_leading_yes() -> None:
    intent = read_intent("yes, but use 2 epochs")
    assert intent.kind == "change"
    assert intent.changes == (Change("epochs", "2"),)


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_a_meaning(text: str) -> None:
    intent = read_intent(text)
    assert intent.kind
    assert (intent.kind == "path") == bool(intent.path)
    assert (intent.kind == "change") == bool(intent.changes)


WORDS = st.lists(
    st.sampled_from(
        """use change the to rank epochs 2 1e-4 go back data stop what is why column answer prompt as
        and , ? ! = : ' " / ~ . .csv yes no set size batch an hour pause show plan my it""".split()  # noqa: SIM905
    ),
    max_size=14,
).map(" ".join)


@settings(max_examples=400, deadline=None)
@given(WORDS)
def test_any_mixture_of_known_words_has_a_meaning(text: str) -> None:
    assert read_intent(text).kind


def test_long_pastes_are_read_quickly() -> None:
    assert read_intent("word " * 20_000).kind == "none"
    assert read_intent("/a b" * 20_000).kind == "none"
