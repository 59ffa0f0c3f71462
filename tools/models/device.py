"""Where a model runs on this machine, and why there."""

from __future__ import annotations

from dataclasses import dataclass

from luthier.tools.language import _


@dataclass(frozen=True, slots=True)
class Device:
    """A torch device name with the reason for choosing it, in plain words."""

    name: str
    reason: str


def choose_device() -> Device:
    """The fastest device that torch can use here: CUDA, then Apple's MPS, then the processor."""
    import torch

    if torch.cuda.is_available():
        return Device(
            "cuda",
            _(
                "an NVIDIA or AMD card is there ({name})",
                name=torch.cuda.get_device_name(),
            ),
        )
    if torch.backends.mps.is_available():
        return Device("mps", _("this is a Mac with a graphics processor that torch can use"))
    return Device("cpu", _("no graphics card that torch can use was found"))
