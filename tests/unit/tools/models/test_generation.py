"""Answers in batches: the same as one by one, ended rows gone, shared beginnings read once."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from luthier.tools.data.model import Message
from luthier.tools.errors import LuthierError
from luthier.tools.models import generation
from luthier.tools.models.device import choose_device
from luthier.tools.models.generation import Generated, GenerationStopped, generate, stream
from luthier.tools.models.loading import load_base, load_tuned
from luthier.tools.models.packing import packed_weights
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.workspace import Workspace, open_workspace

pytestmark = pytest.mark.training

WORDS = [
    *["order", "lamp", "chair", "refund", "parcel", "Paris", "blue", "music"],
    *["seven", "weather", "table", "urgent", "help", "Rome", "purple", "invoice"],
]


def prompts(count: int, shared: Sequence[Message] = ()) -> list[list[Message]]:
    chance = random.Random(3)
    return [
        [
            *shared,
            Message(role="user", content=" ".join(chance.choices(WORDS, k=chance.randint(1, 25)))),
        ]
        for _ in range(count)
    ]


EXAMPLES = [
    Message(role="user", content="My blue lamp came broken, please help me."),
    Message(role="assistant", content='{"intent": "refund"}'),
    Message(role="user", content="The parcel has not arrived, where is my order?"),
    Message(role="assistant", content='{"intent": "delivery"}'),
]


class Model:
    """A model that writes varied answers of varied length, with the calls it was given."""

    def __init__(self, model: Any, end_bias: float = 0.0) -> None:
        self._model = model
        self.config, self.device = model.config, model.device
        self._end_bias = end_bias
        self.batches: list[tuple[int, ...]] = []

    def modules(self) -> Any:
        return self._model.modules()

    def __call__(self, **inputs: Any) -> Any:
        self.batches.append(tuple(inputs["input_ids"].shape))
        output = self._model(**inputs)
        output.logits[..., 2] += self._end_bias
        return output


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads wait for each other at every small product, which is slow on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def loaded(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Renderer]:
    """The tiny model in float32 with large random weights, so that no two choices are a tie."""
    import torch

    workspace = open_workspace(tmp_path_factory.mktemp("home"))
    model, _ = load_base(resolve_model(workspace, str(tiny_model)), dtype="float32")
    torch.manual_seed(7)
    for name, weight in model.named_parameters():
        if weight.dim() == 2 and "embed" not in name:
            torch.nn.init.normal_(weight, std=0.35)
    return model, Renderer(tiny_model)


def by_transformers(model: Any, renderer: Renderer, prompt: list[Message], limit: int) -> list[int]:
    import torch

    ids = renderer.prompt_ids(prompt)
    written = model.generate(
        torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        max_new_tokens=limit,
        do_sample=False,
        eos_token_id=list(renderer.end_ids),
        pad_token_id=renderer.pad_id,
    )
    return [token for token in written[0, len(ids) :].tolist() if token not in renderer.end_ids]


@pytest.mark.parametrize(
    ("batch_size", "shared"), [(1, ()), (4, ()), (32, ()), (4, EXAMPLES), (32, EXAMPLES)]
)
def test_batched_answers_equal_those_of_transformers_one_by_one(
    batch_size: int, shared: Sequence[Message], loaded: tuple[Any, Renderer]
) -> None:
    model, renderer = loaded
    asked = prompts(11, shared)
    answers = generate(model, renderer, asked, max_new_tokens=20, batch_size=batch_size)
    expected = [by_transformers(model, renderer, prompt, 20) for prompt in asked]
    assert [answer.text for answer in answers] == [renderer.decode(ids) for ids in expected]
    assert [answer.completion_tokens - answer.stopped for answer in answers] == list(
        map(len, expected)
    )
    assert [answer.prompt_tokens for answer in answers] == [
        len(renderer.prompt_ids(prompt)) for prompt in asked
    ]
    assert len({answer.text for answer in answers}) > 5


def test_rows_that_end_leave_the_batch(loaded: tuple[Any, Renderer]) -> None:
    model, renderer = loaded
    biased = Model(model, end_bias=0.4)
    answers = generate(biased, renderer, prompts(12), max_new_tokens=40, batch_size=12)
    stopped = [answer for answer in answers if answer.stopped]
    assert 2 < len(stopped) < 12
    assert len({answer.completion_tokens for answer in stopped}) > 2
    assert all(answer.completion_tokens == 40 for answer in answers if not answer.stopped)
    sizes = [rows for rows, _ in biased.batches]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes[1:]) == sum(answer.completion_tokens - 1 for answer in answers)


def test_the_common_beginning_is_read_once(loaded: tuple[Any, Renderer]) -> None:
    model, renderer = loaded
    counted = Model(model)
    asked = prompts(8, EXAMPLES)
    generate(counted, renderer, asked, max_new_tokens=2, batch_size=4)
    lengths = [len(renderer.prompt_ids(prompt)) for prompt in asked]
    first, *later = counted.batches
    assert first[0] == 1
    assert first[1] > generation._WORTH_SHARING
    assert max(width for _, width in later) == max(lengths) - first[1]
    assert sum(rows * width for rows, width in counted.batches) < sum(lengths)


def test_batches_are_heard_as_they_finish_and_a_stop_ends_them(
    loaded: tuple[Any, Renderer],
) -> None:
    model, renderer = loaded
    heard: dict[int, Generated] = {}
    told: list[tuple[float, float]] = []

    def listen(members: Sequence[int], answers: Sequence[Generated]) -> None:
        heard.update(zip(members, answers, strict=True))

    asked = prompts(9)
    with pytest.raises(GenerationStopped):
        generate(
            model, renderer, asked, max_new_tokens=6, batch_size=4,
            should_stop=lambda: len(heard) >= 4, on_batch=listen,
        )  # fmt: skip
    assert len(heard) == 4
    answers = generate(
        model, renderer, asked, max_new_tokens=6, batch_size=4,
        progress=lambda _label, done, total: told.append((done, total)),
    )  # fmt: skip
    assert told == [(4, 9), (8, 9), (9, 9)]
    assert all(answers[index].text == answer.text for index, answer in heard.items())


def test_no_prompts_give_no_answers(loaded: tuple[Any, Renderer]) -> None:
    assert generate(*loaded, [], max_new_tokens=4, batch_size=4) == []


def test_a_prompt_that_leaves_no_room_is_refused(loaded: tuple[Any, Renderer]) -> None:
    model, renderer = loaded
    long = [Message(role="user", content="parcel " * 600)]
    with pytest.raises(LuthierError) as caught:
        generate(model, renderer, [long], max_new_tokens=4, batch_size=4)
    assert caught.value.code == "generation.too_long"


def test_an_answer_ends_where_the_context_does(loaded: tuple[Any, Renderer]) -> None:
    model, renderer = loaded
    nearly = [Message(role="user", content=" lamp" * 465)]
    answer = generate(model, renderer, [nearly], max_new_tokens=400, batch_size=1)[0]
    assert 400 < answer.prompt_tokens < 512
    assert answer.prompt_tokens + answer.completion_tokens <= 512


def test_a_streamed_answer_is_the_same_text(loaded: tuple[Any, Renderer]) -> None:
    model, renderer = loaded
    for prompt in prompts(3):
        whole = generate(model, renderer, [prompt], max_new_tokens=16, batch_size=1)[0]
        pieces = list(stream(model, renderer, prompt, max_new_tokens=16))
        assert whole.text.startswith("".join(pieces))
        assert len(pieces) == whole.completion_tokens - whole.stopped


def test_an_adapter_changes_the_answers_merged_or_not(
    tiny_model: Path, workspace: Workspace, tmp_path: Path
) -> None:
    import torch
    from peft import LoraConfig, get_peft_model

    reference = resolve_model(workspace, str(tiny_model))
    base, _ = load_base(reference, dtype="float32")
    renderer = Renderer(tiny_model)
    asked = prompts(4)
    before = generate(base, renderer, asked, max_new_tokens=8, batch_size=4)
    torch.manual_seed(3)
    tuned = get_peft_model(
        base, LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    )
    for name, weight in tuned.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.4)
    tuned.save_pretrained(tmp_path / "adapter")
    for merge in (False, True):
        model, _ = load_tuned(reference, tmp_path / "adapter", dtype="float32", merge=merge)
        after = generate(model, renderer, asked, max_new_tokens=8, batch_size=4)
        assert [one.text for one in after] != [one.text for one in before]
        if not merge:
            unmerged = [one.text for one in after]
    assert [one.text for one in after] == unmerged


def test_damaged_weights_are_told_when_loading(
    tiny_model: Path, workspace: Workspace, tmp_path: Path
) -> None:
    reference = resolve_model(workspace, str(tiny_model))
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").write_text("{}")
    with pytest.raises(LuthierError) as caught:
        load_tuned(reference, tmp_path / "adapter")
    assert caught.value.code == "model.damaged"
    gone = reference.model_copy(update={"folder": tmp_path / "gone"})
    with pytest.raises(LuthierError) as caught:
        load_base(gone)
    assert caught.value.code == "model.damaged"


def test_the_device_is_chosen_with_a_reason() -> None:
    device = choose_device()
    assert device.name in {"cpu", "cuda", "mps"}
    assert device.reason


def test_packed_weights_give_the_same_logits_and_are_gone_afterwards(
    tiny_model: Path, workspace: Workspace
) -> None:
    import torch

    model, _ = load_base(resolve_model(workspace, str(tiny_model)))
    tokens = torch.arange(60).reshape(4, 15)
    plain = model(tokens).logits
    with packed_weights(model), packed_weights(model):
        packed = model(tokens).logits
        used = sum("forward" in vars(module) for module in model.modules())
    assert used in {0, 15}  # 7 in each of 2 layers and the head, or none on an old processor
    assert not any("forward" in vars(module) for module in model.modules())
    assert torch.allclose(plain.float(), packed.float(), atol=0.02)


def test_the_starter_answers_in_batches_as_one_by_one(starter_workspace: Workspace) -> None:
    reference = resolve_model(starter_workspace)
    model, _ = load_base(reference)
    renderer = Renderer(reference.folder)
    questions = ["What is 2+2?", "Name a fruit.", "Say hello to Ann.", "Is the sky blue?"]
    asked = [[Message(role="user", content=question)] for question in questions]
    together = generate(model, renderer, asked, max_new_tokens=10, batch_size=4)
    alone = [generate(model, renderer, [one], max_new_tokens=10, batch_size=1)[0] for one in asked]
    # bfloat16 rounds differently in a batch, so a near-tie may fall the other way.
    assert sum(a.text == b.text for a, b in zip(together, alone, strict=True)) >= 3
    assert str(model.dtype) == "torch.bfloat16"
