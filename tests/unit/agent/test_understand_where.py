"""Where to train, said in one sentence; and what else about such places is no such sentence."""

from __future__ import annotations

import pytest

from luthier.agent.brains.guide.understand import read_intent
from luthier.agent.brains.guide.understand_where import named_place, read_where


@pytest.mark.parametrize(
    ("said", "tool", "arguments"),
    [
        ("use openai instead", "choose_backend", {"backend": "openai"}),
        ("Train it at OpenAI.", "choose_backend", {"backend": "openai"}),
        ("switch to Azure OpenAI", "choose_backend", {"backend": "azure"}),
        ("fine-tune it with autotrain", "choose_backend", {"backend": "autotrain"}),
        ("back to local", "choose_backend", {"backend": "local"}),
        ("train it on this computer", "choose_backend", {"backend": "local"}),
        ("use nebius", "choose_backend", {"backend": "openai", "provider": "nebius"}),
        (
            "train it at together",
            "choose_backend",
            {"backend": "openai", "provider": "together"},
        ),
        ("use together", "choose_backend", {"backend": "openai", "provider": "together"}),
        ("delete the model me/q/8B:s:ft-1", "delete_hosted", {"id": "me/q/8B:s:ft-1"}),
        (
            "use openai with the model gpt-4.1-mini-2025-04-14",
            "choose_backend",
            {"backend": "openai", "model": "gpt-4.1-mini-2025-04-14"},
        ),
        (
            "use https://api.example.com/v1 with model some/model for training",
            "choose_backend",
            {"backend": "openai", "base_url": "https://api.example.com/v1", "model": "some/model"},
        ),
        ("show my jobs at OpenAI", "list_hosted", {"what": "jobs"}),
        ("list the files at the provider", "list_hosted", {"what": "files"}),
        ("delete the file", "delete_hosted", {"id": ""}),
        ("delete the model ft:gpt-4o:me::abc", "delete_hosted", {"id": "ft:gpt-4o:me::abc"}),
        ("adopt the job ftjob-abc123", "adopt_job", {"id": "ftjob-abc123"}),
        ("استخدم openai بدلا", "choose_backend", {"backend": "openai"}),
        ("دربه على هذا الحاسوب", "choose_backend", {"backend": "local"}),
    ],
)
def test_a_place_is_chosen_in_one_sentence(said: str, tool: str, arguments: dict[str, str]) -> None:
    intent = read_intent(said)
    assert intent.kind == "where"
    assert intent.where is not None
    assert (intent.where.tool, intent.where.arguments) == (tool, arguments)


@pytest.mark.parametrize(
    "said",
    [
        "use 2 epochs",
        "let's do it together",
        "train",
        "start the training",
        "use the starter model",
        "go back to the data",
    ],
)
def test_other_wishes_are_left_alone(said: str) -> None:
    assert read_where(said) is None


def test_a_place_named_in_passing_is_noticed() -> None:
    named = named_place("I want to fine-tune gpt-4o at OpenAI to sort our tickets")
    assert named is not None
    assert named.arguments == {"backend": "openai"}
    assert named_place("we tried ChatGPT with a long prompt") is None
