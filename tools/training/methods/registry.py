"""The registry of methods: a new one is a file here and a line in ``METHODS``."""

from __future__ import annotations

from luthier.tools.language import _
from luthier.tools.training.methods.base import Method
from luthier.tools.training.methods.dpo import DPO
from luthier.tools.training.methods.full import FULL
from luthier.tools.training.methods.kto import KTO
from luthier.tools.training.methods.lora import LORA
from luthier.tools.training.methods.orpo import ORPO
from luthier.tools.training.plan import MethodName, Plan

METHODS: dict[MethodName, Method] = {one.name: one for one in (LORA, FULL, DPO, ORPO, KTO)}


def method_of(plan: Plan) -> Method:
    """The method by which a plan tunes."""
    return METHODS[plan.method]


def find_method(text: str) -> MethodName | None:
    """The method that ``text`` names: its name, its title, or other words for it."""
    wanted = _plain(text)
    for method in METHODS.values():
        words = (method.name, method.title, _(method.title), *method.synonyms)
        if wanted in {_plain(word) for word in words}:
            return method.name
    return None


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("-", " ").replace("_", " ").split())
