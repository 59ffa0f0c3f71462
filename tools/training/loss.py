"""The loss of the trained tokens only, without ever holding all logits.

The output head is frozen under LoRA, so the gradient of the hidden states can be computed together
with the loss, one chunk of tokens at a time, and nothing of size tokens x vocabulary outlives its
chunk. Cross-entropy is computed in float32 whatever the weights' type (the idea is that of Liger
Kernel's fused linear cross-entropy, Hsu et al. 2024, arXiv:2410.10989).
"""

from __future__ import annotations

from typing import Any

import torch

CHUNK = 256
"""Tokens whose logits exist at one time: 256 x 49,152 in float32 are 48 MiB."""


class TrainedTokenLoss(torch.autograd.Function):
    """Sum of the cross-entropy over tokens, differentiable in the hidden states alone."""

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor
    ) -> torch.Tensor:
        """Loss of ``hidden`` (tokens, width) against ``targets`` (tokens,) in float32."""
        needs_gradient = ctx.needs_input_grad[0]
        gradient = torch.empty_like(hidden) if needs_gradient else None
        total = hidden.new_zeros((), dtype=torch.float32)
        for start in range(0, hidden.shape[0], CHUNK):
            part = slice(start, start + CHUNK)
            logits = (hidden[part] @ weight.t()).float()
            wanted = targets[part, None]
            log_sum = torch.logsumexp(logits, dim=-1, keepdim=True)
            total += (log_sum - logits.gather(1, wanted)).sum()
            if gradient is not None:
                shares = logits.sub_(log_sum).exp_()
                shares.scatter_add_(1, wanted, shares.new_full((), -1.0).expand_as(wanted))
                torch.mm(shares.to(weight.dtype), weight, out=gradient[part])
        if gradient is not None:
            ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *outputs: torch.Tensor) -> tuple[torch.Tensor | None, None, None]:
        """Scale the gradient that the forward pass already has."""
        (gradient,) = ctx.saved_tensors
        return gradient * outputs[0].to(gradient.dtype), None, None


def trained_token_loss(
    hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """Sum in float32 of the cross-entropy of the tokens that are trained.

    Args:
        hidden: last hidden states where the next token is trained, (tokens, width).
        weight: the output head, frozen, (vocabulary, width).
        targets: those next tokens, (tokens,).
    """
    result: torch.Tensor = TrainedTokenLoss.apply(hidden, weight, targets)  # type: ignore[no-untyped-call]
    return result
