"""The rules of the OpenAI cookbook's validator, as its notebook states them.

Source: openai/openai-cookbook, examples/Chat_finetuning_data_prep.ipynb, sections "Format validation"
and "Data Warnings and Token Counts". The notebook counts; it names no line. Its token limit needs the
tables of tiktoken from the network and is left out.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path


def validate(path: Path) -> dict[str, int]:
    """Errors by name with their counts; a file that json cannot read stops the notebook."""
    with path.open(encoding="utf-8") as stream:
        dataset = [json.loads(line) for line in stream]
    errors: Counter[str] = Counter()
    for example in dataset:
        if not isinstance(example, dict):
            errors["data_type"] += 1
            continue
        messages = example.get("messages", None)
        if not messages:
            errors["missing_messages_list"] += 1
            continue
        for message in messages:
            if "role" not in message or "content" not in message:
                errors["message_missing_key"] += 1
            known = ("role", "content", "name", "function_call", "weight")
            if any(key not in known for key in message):
                errors["message_unrecognized_key"] += 1
            if message.get("role", None) not in ("system", "user", "assistant", "function"):
                errors["unrecognized_role"] += 1
            content = message.get("content", None)
            function_call = message.get("function_call", None)
            if (not content and not function_call) or not isinstance(content, str):
                errors["missing_content"] += 1
        if not any(message.get("role", None) == "assistant" for message in messages):
            errors["example_missing_assistant_message"] += 1
        if not any(message.get("role", None) == "user" for message in messages):
            errors["missing_user_message"] += 1  # one of the notebook's warnings
    return dict(errors)
