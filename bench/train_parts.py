"""What each part of the fast way gives: the same training steps with one part after the other.

All variants run in one process on one core and are counted in tokens per core-second, which other
programs on the machine hardly change; batches, seed and starting weights are the same. Each variant
adds one part to the one before; the first is a plain loop in bfloat16 over TRL's kind of batch with
the logits of all tokens.

    python bench/train_parts.py [--steps 4]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch.nn.functional import cross_entropy
from train_speed import read_pairs

from luthier.tools.data.model import Message, Row
from luthier.tools.models.loading import load_base
from luthier.tools.models.reference import ModelReference, resolve_model
from luthier.tools.models.rendering import Renderer
from luthier.tools.training.acceleration import switch_on
from luthier.tools.training.batches import PackedCollator, PaddedCollator
from luthier.tools.training.fast_lora import speed_up_lora
from luthier.tools.training.frozen_layers import FrozenLower
from luthier.tools.training.loss import trained_token_loss
from luthier.tools.training.rows import IGNORED, TokenRow, shared_prefix, token_rows
from luthier.tools.training.trainer import packed_loss
from luthier.tools.workspace import open_workspace

BATCH, RATE = 8, 5e-4
Example = dict[str, Any]
Loss = Callable[[Any, Sequence[Example]], torch.Tensor]


def main() -> None:
    """Measure every variant and print one figure per line, the total gain last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=4)
    options = parser.parse_args()
    torch.set_num_threads(1)
    reference = resolve_model(open_workspace())
    rows = read_rows(reference, (options.steps + 1) * BATCH)
    prefix = shared_prefix(rows)
    print(f"shared_prefix_tokens: {prefix}")
    speeds = {}
    for name, (prepare, loss) in variants(rows, prefix).items():
        model = prepare(lora_model(reference, "upper" if "upper" in name else "all"))
        speeds[name] = measure(model, loss, rows)
        print(f"{name}: {speeds[name]:.1f}", flush=True)
    print(f"all_parts_together: {speeds['shared_prefix'] / speeds['all_logits']:.2f}")


def variants(rows: Sequence[TokenRow], prefix: int) -> dict[str, tuple[Callable[[Any], Any], Loss]]:
    """Name to how the model is prepared and how the loss of a batch is computed."""
    frozen: list[FrozenLower] = []

    def packed(shared: int) -> Loss:
        return lambda model, examples: mean(packed_loss(model, PackedCollator(shared)(examples)))

    def with_lora(model: Any) -> Any:
        speed_up_lora(model)
        return model

    def with_all(model: Any) -> Any:
        on, _ = switch_on(model, rows, 0)
        assert on, "the fast way must be on"
        return model

    def with_frozen(model: Any) -> Any:
        backbone = with_all(model).get_base_model().model
        frozen.append(FrozenLower(backbone, len(backbone.layers) // 2, rows, prefix))
        return model

    return {
        "all_logits": (lambda model: model, all_logits),
        "trained_logits": (lambda model: model, trained_logits),
        "own_lora_pass": (with_lora, trained_logits),
        "packed_attention": (with_all, packed(0)),
        "shared_prefix": (with_all, packed(prefix)),
        "upper_half": (with_all, packed(prefix)),
        "upper_half_frozen_once": (
            with_frozen,
            lambda model, examples: mean(
                packed_loss(model, PackedCollator(prefix)(examples), frozen[0])
            ),
        ),
    }


def all_logits(model: Any, examples: Sequence[Example]) -> torch.Tensor:
    """Padded rows and the logits of every token in float32."""
    batch = PaddedCollator(0)(examples)
    logits = model(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False
    ).logits[:, :-1]
    return cross_entropy(
        logits.reshape(-1, logits.shape[-1]).float(), batch["labels"][:, 1:].flatten()
    )


def trained_logits(model: Any, examples: Sequence[Example]) -> torch.Tensor:
    """Padded rows and the logits of the trained tokens only."""
    batch = PaddedCollator(0)(examples)
    base = model.get_base_model()
    hidden = base.model(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False
    ).last_hidden_state[:, :-1]
    wanted = batch["labels"][:, 1:]
    trained = wanted != IGNORED
    total = trained_token_loss(hidden[trained], base.lm_head.weight, wanted[trained])
    return total / int(trained.sum())


def mean(loss: tuple[torch.Tensor, int]) -> torch.Tensor:
    """The mean of a sum and its count."""
    return loss[0] / loss[1]


def measure(model: Any, loss: Loss, rows: Sequence[TokenRow]) -> float:
    """Tokens per core-second over all batches but the first."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.0, fused=True)
    examples = [
        {"input_ids": row.ids, "labels": row.labels, "index": index}
        for index, row in enumerate(rows)
    ]
    began, tokens = 0.0, 0
    for start in range(0, len(examples), BATCH):
        batch = examples[start : start + BATCH]
        loss(model, batch).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if start == 0:
            began = time.process_time()
        else:
            tokens += sum(len(example["input_ids"]) for example in batch)
    return tokens / (time.process_time() - began)


def read_rows(reference: ModelReference, count: int) -> tuple[TokenRow, ...]:
    """The first rows of the built-in example as tokens."""
    rows = [
        Row.model_validate(
            {
                "id": str(index),
                "messages": [
                    Message(role="user", content=prompt),
                    Message(role="assistant", content=completion),
                ],
                "source": {"file": "example", "line": index + 2},
            }
        )
        for index, (prompt, completion) in enumerate(read_pairs(count))
    ]
    return token_rows(Renderer(Path(reference.folder)), rows, None)


def lora_model(reference: ModelReference, layers: str) -> Any:
    """The starter in bfloat16 with a fresh adapter on all linear layers, or on the upper half."""
    torch.manual_seed(13)
    base, _ = load_base(reference)
    config = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    if layers == "upper":
        count = base.config.num_hidden_layers
        config.layers_to_transform = list(range(count // 2, count))
        config.target_modules = {
            name.rpartition(".")[2]
            for name, module in base.model.layers.named_modules()
            if isinstance(module, torch.nn.Linear)
        }
    return get_peft_model(base, config).train()


if __name__ == "__main__":
    main()
