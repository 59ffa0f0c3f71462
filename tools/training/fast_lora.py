"""A faster forward and backward pass for PEFT's plain LoRA layers.

PEFT casts activations to float32 for the adapter and adds its result in passes of their own. Here
the adapter multiplies in the type of the frozen weights, its result is added inside the matrix
product, and only the input and its low-rank projection are kept for the backward pass. The adapter's
own weights, their gradients and the optimiser stay in float32, so small updates are not lost.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from peft.tuners.lora import Linear as LoraLinear


class LoraProduct(torch.autograd.Function):
    """``x W' + b + s (x A') B'`` with gradients for x, A and B; W and b are frozen."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        down: torch.Tensor,
        up: torch.Tensor,
        scale: float,
    ) -> torch.Tensor:
        """``x`` (..., inputs) to (..., outputs); ``down`` (rank, inputs), ``up`` (outputs, rank)."""
        flat = x.reshape(-1, x.shape[-1])
        down, up = down.to(x.dtype), up.to(x.dtype)
        low = torch.mm(flat, down.t()).mul_(scale)
        result = torch.mm(flat, weight.t()) if bias is None else torch.addmm(bias, flat, weight.t())
        result.addmm_(low, up.t())
        ctx.save_for_backward(flat, weight, down, up, low)
        ctx.scale = scale
        return result.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *outputs: torch.Tensor) -> tuple[Any, ...]:
        """Gradients of x, A and B."""
        flat, weight, down, up, low = ctx.saved_tensors
        given = outputs[0].reshape(-1, outputs[0].shape[-1])
        d_low = torch.mm(given, up).mul_(ctx.scale)
        d_up = torch.mm(given.t(), low).float()
        d_down = torch.mm(d_low.t(), flat).float()
        d_x = None
        if ctx.needs_input_grad[0]:
            d_x = torch.mm(given, weight).addmm_(d_low, down)
            d_x = d_x.view(*outputs[0].shape[:-1], -1)
        return d_x, None, None, d_down, d_up, None


def _forward(self: LoraLinear, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    if self.disable_adapters or self.merged or args or kwargs:
        return LoraLinear.forward(self, x, *args, **kwargs)  # type: ignore[no-any-return]
    name = self.active_adapters[0]
    base = self.get_base_layer()
    result: torch.Tensor = LoraProduct.apply(  # type: ignore[no-untyped-call]
        x,
        base.weight,
        base.bias,
        self.lora_A[name].weight,
        self.lora_B[name].weight,
        self.scaling[name],
    )
    return result


def speed_up_lora(model: torch.nn.Module) -> int:
    """Give every plain LoRA layer of ``model`` the faster pass; returns how many got it.

    Layers with dropout, a variant such as DoRA, a bias of the adapter or several adapters keep
    PEFT's own pass.
    """
    count = 0
    for module in model.modules():
        if isinstance(module, LoraLinear) and _is_plain(module):
            module.forward = MethodType(_forward, module)
            count += 1
    return count


def _is_plain(module: LoraLinear) -> bool:
    names = list(module.lora_A)
    return (
        len(names) == 1
        and type(module.get_base_layer()) is torch.nn.Linear
        and not module.get_base_layer().weight.requires_grad
        and not module.lora_variant
        and not any(module.lora_bias.values())
        and isinstance(module.lora_dropout[names[0]], torch.nn.Identity)
    )
