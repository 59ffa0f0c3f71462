"""A provider on loopback, and OpenAI's own client speaking to it, with and without Prism between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.provider.server import Provider
from openai import OpenAI

ROWS = [
    {
        "messages": [
            {"role": "user", "content": f"message {number}: win a prize"},
            {"role": "assistant", "content": "spam"},
        ]
    }
    for number in range(12)
]


def jsonl(rows: list[dict[str, object]]) -> bytes:
    """The rows as an upload."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """One whose trainings follow a script."""
    with Provider() as provider:
        yield provider


@pytest.fixture
def client(provider: Provider) -> Iterator[OpenAI]:
    """OpenAI's client, straight to the provider."""
    with OpenAI(api_key=provider.key, base_url=provider.base_url, max_retries=0) as client:
        yield client


@pytest.fixture
def upload(tmp_path: Path) -> Path:
    """A training file in OpenAI's format."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(jsonl(ROWS))
    return path
