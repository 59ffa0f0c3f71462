"""TRL's SFT trainer with Luthier's loss: packed rows, trained tokens only, float32 cross-entropy.

Everything else is TRL's and transformers': optimiser, schedule, checkpoints, callbacks. Where the
model does not fit the fast way (see ``acceleration``), TRL's own loss is used unchanged.
"""

from __future__ import annotations

from typing import Any

import torch
from trl import SFTTrainer

from luthier.tools.training.frozen_layers import FrozenLower
from luthier.tools.training.loss import trained_token_loss
from luthier.tools.training.packed_attention import CurrentLayout, make_layout


class AnswerTrainer(SFTTrainer):  # type: ignore[misc]  # TRL is untyped
    """An SFT trainer whose loss never holds the logits of all tokens.

    ``fast`` chooses Luthier's loss over packed batches; ``row_tokens`` counts the tokens of all
    rows trained on so far in this process; ``frozen`` holds what the layers below the first adapter
    give, where they are computed once.
    """

    def __init__(self, *args: Any, fast: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.control: Any
        self.fast = fast
        self.frozen: FrozenLower | None = None
        self.row_tokens = 0

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,
    ) -> Any:
        """Mean loss per trained token of the optimiser step, in float32."""
        if not self.fast:
            if model.training:
                self.row_tokens += int(inputs["attention_mask"].sum())
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        total, count = packed_loss(model, inputs, self.frozen)
        if model.training:
            self.row_tokens += int(inputs["row_tokens"])
        return total / (count if num_items_in_batch is None else num_items_in_batch)

    def evaluate(
        self,
        eval_dataset: Any = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> dict[str, float]:
        """The mean loss per trained token over the validation rows, exact whatever the batches."""
        was_training = self.model.training
        self.model.eval()
        total, count = 0.0, 0
        with torch.no_grad():
            for batch in self.get_eval_dataloader(eval_dataset):
                inputs = self._prepare_inputs(batch)
                trained = int((inputs["labels"] != -100).sum())
                total += float(self.compute_loss(self.model, inputs)) * trained
                count += trained
        metrics = {f"{metric_key_prefix}_loss": total / max(1, count)}
        self._metrics["eval"].clear()
        self.log(metrics)
        self.model.train(was_training)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the report writes the model card, with the evaluation in it."""


def packed_loss(
    model: Any, inputs: dict[str, Any], frozen: FrozenLower | None = None
) -> tuple[torch.Tensor, int]:
    """Sum of the loss over the trained tokens of a packed batch, and their number.

    With ``frozen``, the layers below the first adapter are not computed again.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    backbone = getattr(base, base.base_model_prefix)
    device = inputs["input_ids"].device
    CurrentLayout.layout = make_layout(
        inputs["input_ids"].shape[1] - int(inputs["lengths"].sum()),
        inputs["lengths"].tolist(),
        device,
    )
    if frozen is None:
        hidden = backbone(
            input_ids=inputs["input_ids"], position_ids=inputs["position_ids"], use_cache=False
        ).last_hidden_state
    else:
        hidden = frozen.forward(inputs["indices"], inputs["position_ids"])
    head = base.get_output_embeddings().weight
    targets = inputs["targets"]
    return trained_token_loss(hidden[0, inputs["where"]], head, targets), targets.numel()
