"""The fast way computes the same losses and gradients as the usual way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM

from luthier.tools.training import packed_attention
from luthier.tools.training.acceleration import same_loss_when_frozen, switch_on
from luthier.tools.training.batches import PackedCollator, PaddedCollator
from luthier.tools.training.frozen_layers import FrozenLower
from luthier.tools.training.loss import CHUNK, trained_token_loss
from luthier.tools.training.rows import IGNORED, TokenRow, shared_prefix
from luthier.tools.training.trainer import packed_loss

pytestmark = pytest.mark.training

PREFIX = [5, 6, 7, 8, 9]


def row(own: list[int], trained: int, prefix: list[int] = PREFIX) -> TokenRow:
    """A row whose last ``trained`` tokens are learned."""
    ids = prefix + own
    return TokenRow(ids, [IGNORED] * (len(ids) - trained) + ids[-trained:])


ROWS = [
    row([20, 21, 22, 23], 2),
    row([30, 31, 32, 33, 34, 35, 36, 37], 3),
    row([40, 41, 42], 1),
    row([50, 51, 52, 53, 54, 55], 4),
]


def lora_model(folder: Path, **settings: Any) -> Any:
    """A PEFT model in float32 whose adapter already does something."""
    torch.manual_seed(3)
    base = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="sdpa"
    )
    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM")
    for name, value in settings.items():
        setattr(config, name, value)
    model = get_peft_model(base, config)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    return model


def usual(model: Any, rows: list[TokenRow]) -> tuple[float, dict[str, torch.Tensor]]:
    """Mean loss and gradients with full logits, padding and PEFT's own LoRA."""
    batch = PaddedCollator(3)([{"input_ids": r.ids, "labels": r.labels} for r in rows])
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    loss = cross_entropy(
        logits[:, :-1].reshape(-1, logits.shape[-1]).float(), batch["labels"][:, 1:].reshape(-1)
    )
    loss.backward()
    return float(loss), gradients(model)


def fast(model: Any, rows: list[TokenRow], prefix: int) -> tuple[float, dict[str, torch.Tensor]]:
    """The same over a packed batch."""
    batch = PackedCollator(prefix)([{"input_ids": r.ids, "labels": r.labels} for r in rows])
    total, count = packed_loss(model, batch)
    (total / count).backward()
    return float(total) / count, gradients(model)


def gradients(model: Any) -> dict[str, torch.Tensor]:
    found = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    return found


def test_the_shared_prefix_ends_before_the_first_difference_and_the_first_answer() -> None:
    assert shared_prefix(ROWS) == len(PREFIX)
    assert shared_prefix(ROWS[:1]) == 0
    assert shared_prefix([row([20, 21], 2), row([20, 21, 22], 3)]) == len(PREFIX) - 1
    assert shared_prefix([row([1, 2], 1), row([1, 2], 1, prefix=[9, *PREFIX])]) == 0


@pytest.mark.parametrize("score_elements", [packed_attention.SCORE_ELEMENTS, 1])
@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], [row([20, 21, 22], 2), row([1, 2], 1, [9, 8])]])
def test_losses_and_gradients_are_those_of_the_usual_way(
    tiny_model: Path, rows: list[TokenRow], score_elements: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_attention, "SCORE_ELEMENTS", score_elements)
    model = lora_model(tiny_model)
    expected, expected_gradients = usual(model, rows)
    on, prefix = switch_on(model, rows, 3)
    assert on
    found, found_gradients = fast(model, rows, prefix)
    assert found == pytest.approx(expected, rel=1e-5)
    assert found_gradients.keys() == expected_gradients.keys()
    for name, gradient in expected_gradients.items():
        torch.testing.assert_close(found_gradients[name], gradient, rtol=1e-3, atol=1e-5)


def test_gradient_checkpointing_changes_nothing(tiny_model: Path) -> None:
    model = lora_model(tiny_model)
    _, prefix = switch_on(model, ROWS, 3)
    expected, expected_gradients = fast(model, ROWS, prefix)
    model.enable_input_require_grads()
    model.gradient_checkpointing_enable({"use_reentrant": False})
    model.train()
    found, found_gradients = fast(model, ROWS, prefix)
    assert found == pytest.approx(expected, rel=1e-6)
    for name, gradient in expected_gradients.items():
        torch.testing.assert_close(found_gradients[name], gradient, rtol=1e-4, atol=1e-6)


def test_a_switched_off_adapter_gives_the_base_model(tiny_model: Path) -> None:
    model = lora_model(tiny_model)
    base = lora_model(tiny_model).unload()
    ids = torch.tensor([ROWS[1].ids])
    expected = base(input_ids=ids).logits
    switch_on(model, ROWS, 3)
    with model.disable_adapter(), torch.no_grad():
        batch = PackedCollator(0)([{"input_ids": ROWS[1].ids, "labels": ROWS[1].labels}])
        total, count = packed_loss(model, batch)
    wanted = cross_entropy(expected[0, -4:-1].float(), torch.tensor(ROWS[1].ids[-3:]))
    assert float(total) / count == pytest.approx(float(wanted), rel=1e-5)


def test_dropout_keeps_pefts_own_pass(tiny_model: Path) -> None:
    model = lora_model(tiny_model, lora_dropout=0.5)
    switch_on(model, ROWS, 3)
    layer = next(m for n, m in model.named_modules() if n.endswith("q_proj"))
    assert "forward" not in vars(layer)


@pytest.mark.parametrize("setting", [{"sliding_window": 4}, {"attention_dropout": 0.1}])
def test_a_model_that_attends_otherwise_is_trained_in_the_usual_way(
    tiny_model: Path, setting: dict[str, Any]
) -> None:
    model = lora_model(tiny_model)
    for name, value in setting.items():
        setattr(model.get_base_model().config, name, value)
    on, _ = switch_on(model, ROWS, 3)
    assert not on
    assert model.get_base_model().config._attn_implementation == "sdpa"


def test_a_head_that_is_not_plain_is_noticed(tiny_model: Path) -> None:
    model = lora_model(tiny_model)
    base = model.get_base_model()
    base.lm_head.register_forward_hook(lambda _module, _inputs, logits: logits * 3)
    on, _ = switch_on(model, ROWS, 3)
    assert not on


def test_frozen_layers_computed_once_change_neither_loss_nor_gradients(tiny_model: Path) -> None:
    model = lora_model(tiny_model, layers_to_transform=[1], target_modules=["q_proj", "up_proj"])
    _, prefix = switch_on(model, ROWS, 3)
    backbone = model.get_base_model().model
    frozen = FrozenLower(backbone, 1, [ROWS[2], *ROWS], prefix)
    assert len(backbone.layers) == 2
    examples = [
        {"input_ids": r.ids, "labels": r.labels, "index": index + 1} for index, r in enumerate(ROWS)
    ]
    expected, expected_gradients = fast(model, ROWS, prefix)
    total, count = packed_loss(model, PackedCollator(prefix)(examples), frozen)
    (total / count).backward()
    found_gradients = gradients(model)
    assert total.item() / count == pytest.approx(expected, rel=1e-5)
    assert found_gradients.keys() == expected_gradients.keys()
    for name, gradient in expected_gradients.items():
        torch.testing.assert_close(found_gradients[name], gradient, rtol=1e-4, atol=1e-6)


def test_embeddings_changed_before_the_first_layer_are_noticed(tiny_model: Path) -> None:
    model = lora_model(tiny_model)
    _, prefix = switch_on(model, ROWS, 3)
    frozen = FrozenLower(model.get_base_model().model, 1, ROWS, prefix)
    assert same_loss_when_frozen(model, frozen, ROWS, prefix)
    for hidden in frozen._own:
        hidden *= 8.0
    frozen._shared *= -8.0
    assert not same_loss_when_frozen(model, frozen, ROWS, prefix)


def test_the_chunked_loss_equals_cross_entropy() -> None:
    torch.manual_seed(0)
    hidden = torch.randn(CHUNK + 7, 16, requires_grad=True)
    weight = torch.randn(50, 16)
    targets = torch.randint(0, 50, (CHUNK + 7,))
    (trained_token_loss(hidden, weight, targets) / 3).backward()
    found = hidden.grad
    hidden.grad = None
    expected = cross_entropy(hidden @ weight.t(), targets, reduction="sum") / 3
    expected.backward()
    torch.testing.assert_close(found, hidden.grad, rtol=1e-4, atol=1e-5)
    with torch.no_grad():
        assert float(trained_token_loss(hidden, weight, targets)) == pytest.approx(
            float(expected) * 3, rel=1e-5
        )
