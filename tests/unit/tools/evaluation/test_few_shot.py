"""Examples in the prompt: which rows, shown how, how many fit, and chosen without the test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from luthier.tools.data.model import DatasetInfo, Lineage, Message, Row, Task
from luthier.tools.data.store import load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms import ARMS, arms_of
from luthier.tools.evaluation.arms.arm import Bench
from luthier.tools.evaluation.arms.examples import ExamplePool, Recipe, question, with_examples
from luthier.tools.evaluation.arms.few_shot import CANDIDATES, PromptBuilder, choose
from luthier.tools.evaluation.sample import sample_rows
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.plan import EvaluationPlan
from luthier.tools.workspace import Workspace


def row(number: int, prompt: str, completion: str, system: str = "") -> Row:
    head = (Message(role="system", content=system),) if system else ()
    return Row(
        id=f"{number:016x}",
        messages=(
            *head,
            Message(role="user", content=prompt),
            Message(role="assistant", content=completion),
        ),
        source=Lineage(file="rows.csv", line=number + 2),
    )


def make_bench(
    workspace: Workspace, dataset: DatasetInfo, model: Path, folder: Path, tokens: int = 8
) -> Bench:
    reference = resolve_model(workspace, str(model))
    return Bench(
        workspace=workspace,
        dataset=dataset,
        reference=reference,
        renderer=Renderer(Path(reference.folder)),
        plan=EvaluationPlan(metric="exact_match", max_new_tokens=tokens),
        folder=folder,
    )


def test_every_arm_is_registered_once_and_baselines_need_no_training() -> None:
    names = [arm.name for arm in ARMS]
    assert len(set(names)) == len(names) == 6
    assert [arm.name for arm in arms_of((), tuned=False)] == ["base", "prompted", "few_shot"]
    assert [arm.name for arm in arms_of(names, tuned=False)] == names[:4]
    assert [arm.name for arm in arms_of(("few_shot",), tuned=True)] == [
        "base",
        "few_shot",
        "tuned",
    ]
    with pytest.raises(LuthierError) as failure:
        arms_of(("oracle",), tuned=False)
    assert failure.value.code == "evaluation.unknown_arm"


def test_diverse_examples_cover_the_labels_before_any_comes_twice() -> None:
    rows = [row(n, f"text {n}", "ham" if n % 10 else "spam") for n in range(40)]
    rows += [row(100, "rare", "maybe")]
    chosen = ExamplePool(Task(kind="labels"), rows).diverse(4)
    assert [one.completion for one in chosen][:3] == ["ham", "spam", "maybe"]
    assert len({one.id for one in chosen}) == 4


def test_diverse_examples_cover_the_shapes_of_json() -> None:
    shapes = ['{"a": 1}', '{"b": 2}', '{"a": 1, "b": 2}']
    rows = [row(n, f"text {n}", shapes[n % 3]) for n in range(30)]
    chosen = ExamplePool(Task(kind="structured"), rows).diverse(3)
    assert {tuple(sorted(json.loads(one.completion))) for one in chosen} == {
        ("a",),
        ("b",),
        ("a", "b"),
    }


def test_diverse_texts_are_far_apart_and_repeatable() -> None:
    topics = ("cats purr and sleep", "stocks fell today", "boil the pasta")
    rows = [row(n, f"{topics[n % 3]} {n}", f"answer {n}") for n in range(30)]
    pool = ExamplePool(Task(kind="text"), rows)
    chosen = pool.diverse(3)
    assert {question(one).split()[0] for one in chosen} == {"cats", "stocks", "boil"}
    assert chosen == ExamplePool(Task(kind="text"), list(reversed(rows))).diverse(3)
    assert len(pool.diverse(99)) == 30


@pytest.mark.parametrize(
    ("asked", "best"),
    [
        ("my sofa is torn", "the sofa has a torn cover"),
        ("أين المصباح الأزرق", "المصباح الأزرق لم يصل"),
    ],
)
def test_similar_examples_share_words_and_the_closest_stands_last(asked: str, best: str) -> None:
    texts = ["the lamp is broken", "the sofa has a torn cover", "sofa", "المصباح الأزرق لم يصل"]
    pool = ExamplePool(Task(kind="text"), [row(n, text, "x") for n, text in enumerate(texts)])
    assert question(pool.similar(row(9, asked, "?"), 2)[-1]) == best
    assert len(pool.similar(row(9, asked, "?"), 50)) == 4
    assert len(pool.similar(row(9, "", "?"), 2)) == 2


def test_examples_are_shown_as_turns_or_in_one_message_under_the_same_system_prompt() -> None:
    asked = row(1, "Is it?", "yes", system="Be brief.")
    examples = [row(2, "Was it?", "no", system="Be brief.")]
    turns = with_examples(asked, examples, "turns")
    assert [message.role for message in turns] == ["system", "user", "assistant", "user"]
    assert turns[-1].content == "Is it?"
    message = with_examples(asked, examples, "message")
    assert [one.role for one in message] == ["system", "user"]
    assert "Request:\nWas it?\nAnswer:\nno" in message[-1].content
    assert message[-1].content.endswith("Request:\nIs it?\nAnswer:")
    assert with_examples(asked, [], "message") == list(asked.prompt)
    assert all("yes" not in one.content for one in (*turns, *message)), "the answer stays hidden"


def test_examples_are_dropped_until_prompt_and_answer_fit_the_context(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, tmp_path: Path
) -> None:
    bench = make_bench(workspace, dataset, tiny_model, tmp_path, tokens=400)
    builder = PromptBuilder(bench)
    asked = load_rows(workspace, dataset.id, "test")[0]
    prompt = builder.build(Recipe(selection="similar", number=8), asked)
    assert 1 < len(prompt) < 17
    assert builder.tokens(prompt) + 400 <= bench.reference.context_length
    assert prompt[-1] == asked.prompt[-1]
    tight = PromptBuilder(make_bench(workspace, dataset, tiny_model, tmp_path, tokens=500))
    assert tight.build(Recipe(selection="diverse", number=6), asked) == list(asked.prompt)


def test_the_choice_follows_validation_and_never_sees_the_test(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, tmp_path: Path
) -> None:
    bench = make_bench(workspace, dataset, tiny_model, tmp_path)
    right = {
        question(one): one.completion for one in load_rows(workspace, dataset.id, "validation")
    }
    asked: list[str] = []

    def answers_when_shown_in_one_message(prompts: Sequence[Sequence[Message]]) -> list[str]:
        texts = [prompt[-1].content for prompt in prompts]
        asked.extend(texts)
        found = [text.split("Request:\n")[-1].removesuffix("\nAnswer:") for text in texts]
        return [
            right[one] if "Request:" in text else "?"
            for one, text in zip(found, texts, strict=True)
        ]

    choice = choose(bench, PromptBuilder(bench), answers_when_shown_in_one_message)
    assert Recipe.model_validate_json(choice.name).layout == "message"
    assert choice.rows == len(right) == 16
    assert len(choice.trials) == 4
    assert list(choice.by_row.values()) == [1.0] * 16
    for one in load_rows(workspace, dataset.id, "test"):
        assert not any(question(one) in text for text in asked)


@pytest.mark.parametrize("number", [recipe.number for recipe in CANDIDATES])
def test_the_number_of_examples_is_the_one_that_helps_on_validation(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, tmp_path: Path, number: int
) -> None:
    bench = make_bench(workspace, dataset, tiny_model, tmp_path)
    right = {
        question(one): one.completion for one in load_rows(workspace, dataset.id, "validation")
    }
    seen: set[int] = set()

    def answers_when_shown_so_many(prompts: Sequence[Sequence[Message]]) -> list[str]:
        answers = []
        for prompt in prompts:
            asked = prompt[-1].content
            turns = sum(message.role == "assistant" for message in prompt)
            shown = turns or asked.count("Request:\n") - 1
            shown = 8 if shown == 7 else shown  # one is dropped where the context would be full
            seen.add(shown)
            asked = asked.split("Request:\n")[-1].removesuffix("\nAnswer:")
            answers.append(right[asked] if shown == number else "?")
        return answers

    choice = choose(bench, PromptBuilder(bench), answers_when_shown_so_many)
    assert seen == {4, 6, 8}
    assert Recipe.model_validate_json(choice.name).number == number


def test_equal_scores_go_to_the_shorter_prompt(
    workspace: Workspace, dataset: DatasetInfo, tiny_model: Path, tmp_path: Path
) -> None:
    bench = make_bench(workspace, dataset, tiny_model, tmp_path)
    choice = choose(bench, PromptBuilder(bench), lambda prompts: ["wrong"] * len(prompts))
    tokens = {trial.name: trial.prompt_tokens for trial in choice.trials}
    assert tokens[choice.name] == min(tokens.values())


def test_too_few_validation_rows_take_a_plain_prompt_without_asking(
    workspace: Workspace, small_dataset: DatasetInfo, tiny_model: Path, tmp_path: Path
) -> None:
    bench = make_bench(workspace, small_dataset, tiny_model, tmp_path)

    def never(_prompts: object) -> list[str]:
        raise AssertionError("nothing is to be asked")

    choice = choose(bench, PromptBuilder(bench), never)
    assert choice.trials == ()
    assert Recipe.model_validate_json(choice.name).selection == "diverse"


def test_a_sample_is_the_same_whatever_the_order_of_the_file() -> None:
    rows = [row(n * 7919 % 1000, f"text {n}", "x") for n in range(50)]
    chosen = sample_rows(rows, 10)
    assert {one.id for one in chosen} == {one.id for one in sample_rows(rows[::-1], 10)}
    assert [one.id for one in chosen] == [one.id for one in rows if one in chosen]
    assert sample_rows(rows, 500) == rows
