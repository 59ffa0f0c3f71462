"""Plain words for taking the rows elsewhere and for counting their tokens."""

from __future__ import annotations

import pytest

from luthier.agent.brains.guide.understand import read_intent


@pytest.mark.parametrize(
    ("text", "name", "folder"),
    [
        ("export the data for axolotl", "axolotl", ""),
        ("Can you export my data set as ShareGPT to ~/out?", "sharegpt", "~/out"),
        ("write the rows for LLaMA Factory", "llama-factory", ""),
        ("convert the data into alpaca format", "llama-factory-alpaca", ""),
        ("save the data as openai jsonl in /tmp/x", "openai", "/tmp/x"),
        ("export for trl", "trl", ""),
        ("export the data", "", ""),
    ],
)
def test_a_wish_for_an_export(text: str, name: str, folder: str) -> None:
    intent = read_intent(text)
    assert (intent.kind, intent.topic, intent.path) == ("export_data", name, folder)


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("count the tokens", ""),
        ("how many tokens are there for gpt-4o?", "gpt-4o"),
        ("please count tokens for Qwen/Qwen2.5-0.5B", "Qwen/Qwen2.5-0.5B"),
        ("token statistics for ~/models/x", "~/models/x"),
    ],
)
def test_a_wish_for_token_counts(text: str, model: str) -> None:
    intent = read_intent(text)
    assert (intent.kind, intent.topic) == ("count_tokens", model)


@pytest.mark.parametrize(
    "text", ["export the model", "write the report", "what is a token?", "export it", "export"]
)
def test_other_wishes_are_left_alone(text: str) -> None:
    assert read_intent(text).kind not in ("export_data", "count_tokens")
