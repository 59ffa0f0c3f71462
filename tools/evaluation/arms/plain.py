"""The arms that send the request as it is: to the base model, and to the tuned one."""

from __future__ import annotations

from luthier.tools.evaluation.arms.arm import Arm, Bench, Contender, as_asked
from luthier.tools.language import _, mark


def _base(_bench: Bench) -> Contender:
    return Contender(
        label=_("base model"),
        build=as_asked,
        detail={"prompt": _("the request as it is, without examples or training.")},
    )


def _tuned(bench: Bench) -> Contender:
    return Contender(
        label=_("tuned model"),
        build=as_asked,
        by=bench.tuned_by,
        detail={"prompt": _("the same request, answered by the model after training.")},
    )


BASE = Arm(name="base", doing=mark("Asking the base model"), needs_adapter=False, prepare=_base)
TUNED = Arm(name="tuned", doing=mark("Asking the tuned model"), needs_adapter=True, prepare=_tuned)
