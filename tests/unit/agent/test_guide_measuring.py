"""Wishes with what, and by what, to measure, in English and Arabic."""

from __future__ import annotations

from typing import Any

import pytest

from luthier.agent.brains.guide.policy import respond
from luthier.agent.brains.guide.situation import Said, Situation
from luthier.tools.catalog.registry import TOOLS
from luthier.tools.facts import Facts
from tests.unit.agent.test_guide_alternatives import DATASET

COMPARE = "compare_alternatives"


@pytest.mark.parametrize(
    ("words", "tool", "arguments"),
    [
        ("look things up in ~/handbook", COMPARE, {"documents": "~/handbook"}),
        ("Look it up in my documents in docs/help.md.", COMPARE, {"documents": "docs/help.md"}),
        ("use the encoder in ~/minilm", COMPARE, {"encoder": "~/minilm"}),
        ("Use my sentence encoder models/e5 for meaning.", COMPARE, {"encoder": "models/e5"}),
        ("compare with training 01M8DHKQ47", COMPARE, {"models": ["01M8DHKQ47"]}),
        ("also measure the checkpoint 01M8DHKQ47:40", COMPARE, {"models": ["01M8DHKQ47:40"]}),
        (
            "check the answers against my schema ticket.json",
            COMPARE,
            {"json_schema": "ticket.json"},
        ),
        ("run the queries on my database shop.db", COMPARE, {"database": "shop.db"}),
        (r"the answers must match ^\d{4}$", COMPARE, {"pattern": r"^\d{4}$"}),
        ("an hour costs 0.25 euros", COMPARE, {"price_per_hour": 0.25}),
        ("preparing the data cost 200", COMPARE, {"preparation_price": 200.0}),
        ("hosting costs 1.70 dollars an hour", COMPARE, {"hosting_per_hour": 1.7}),
        ("also show macro-F1", COMPARE, {"measures": ["macro_f1"]}),
        ("measure by my own metric score.py", "use_own_metric", {"path": "score.py"}),
        ("decide by my metric score.py", "use_own_metric", {"path": "score.py", "decides": True}),
        (
            "compare with gpt-4o-mini at https://api.openai.com/v1",
            "compare_elsewhere",
            {"url": "https://api.openai.com/v1", "model": "gpt-4o-mini"},
        ),
        ("ابحث في مستنداتي في ~/handbook", COMPARE, {"documents": "~/handbook"}),
        ("استخدم مرمز الجمل في ~/minilm", COMPARE, {"encoder": "~/minilm"}),
        ("قارن مع التدريب 01M8DHKQ47", COMPARE, {"models": ["01M8DHKQ47"]}),
        ("تكلفة الساعة 0.25", COMPARE, {"price_per_hour": 0.25}),
        (
            "قارن مع النموذج gpt-4o-mini على https://api.openai.com/v1",
            "compare_elsewhere",
            {"url": "https://api.openai.com/v1", "model": "gpt-4o-mini"},
        ),
    ],
)
def test_what_to_measure_with_is_understood(
    words: str, tool: str, arguments: dict[str, Any]
) -> None:
    reply = respond(Situation(Facts(dataset=DATASET), Said(words)))
    assert (reply.tool, reply.arguments) == (tool, arguments)
    TOOLS[tool].arguments.model_validate(arguments)


@pytest.mark.parametrize("words", ["use 2 epochs", "look at row 3", "test it", "measure"])
def test_other_wishes_are_left_alone(words: str) -> None:
    reply: Any = respond(Situation(Facts(dataset=DATASET), Said(words)))
    assert reply.tool not in (COMPARE, "use_own_metric", "compare_elsewhere")
