"""Talk to the tuned model in the folder beside this script; needs torch and transformers alone.

python run.py                      talk to it
python run.py "one question"       ask once
python run.py --batch FILE.jsonl   one list of messages per line; one JSON answer per line
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def settings() -> dict[str, Any]:
    """The system text that the model was tuned with, and the longest answer in tokens."""
    found: dict[str, Any] = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
    return found


def load() -> tuple[Any, Any]:
    """The model and its tokenizer, from the folder ``model``."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(HERE / "model", local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(
        HERE / "model", local_files_only=True, dtype="auto"
    )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return model.to(device).eval(), tokenizer


def answer(model: Any, tokenizer: Any, messages: list[dict[str, str]]) -> dict[str, Any]:
    """The greedy answer to a conversation, with counts."""
    import torch

    began = time.monotonic()
    inputs = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    ).to(model.device)
    read = inputs["input_ids"].shape[1]
    with torch.inference_mode():
        written = model.generate(
            **inputs, do_sample=False, max_new_tokens=settings()["max_new_tokens"]
        )[0, read:]
    ends = model.generation_config.eos_token_id
    ends = set(ends if isinstance(ends, list) else [ends])
    return {
        "text": tokenizer.decode(written, skip_special_tokens=True),
        "stopped": bool(len(written)) and int(written[-1]) in ends,
        "prompt_tokens": read,
        "completion_tokens": len(written),
        "seconds": time.monotonic() - began,
    }


def opening() -> list[dict[str, str]]:
    """The system text that the model was tuned with."""
    system = settings()["system"]
    return [{"role": "system", "content": system}] if system else []


def main() -> None:
    """Read the command line and answer."""
    parser = argparse.ArgumentParser(description="Talk to the tuned model.")
    parser.add_argument("question", nargs="*")
    parser.add_argument("--batch", metavar="FILE.jsonl")
    wanted = parser.parse_args()
    model, tokenizer = load()
    if wanted.batch:
        for line in Path(wanted.batch).read_text(encoding="utf-8").splitlines():
            found = answer(model, tokenizer, json.loads(line))
            print(json.dumps(found), flush=True)  # noqa: T201
    elif wanted.question:
        messages = [*opening(), {"role": "user", "content": " ".join(wanted.question)}]
        print(answer(model, tokenizer, messages)["text"])  # noqa: T201
    else:
        talk(model, tokenizer)


def talk(model: Any, tokenizer: Any) -> None:
    """Question and answer until the input ends."""
    messages = opening()
    for line in iter(lambda: input_or_none("> "), None):
        messages.append({"role": "user", "content": line})
        text = answer(model, tokenizer, messages)["text"]
        print(text)  # noqa: T201
        messages.append({"role": "assistant", "content": text})


def input_or_none(prompt: str) -> str | None:
    """A line of the user's, or None at the end of the input."""
    print(prompt, end="", flush=True, file=sys.stderr)  # noqa: T201
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


if __name__ == "__main__":
    main()
