"""Putting the rows to an export: loaded by transformers, or served over HTTP. For workers only."""

from __future__ import annotations

import gc
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from luthier.tools.data.model import Message
from luthier.tools.hosting.backends import Weights, running
from luthier.tools.hosting.kinds.base import Build
from luthier.tools.hosting.parity import Answers
from luthier.tools.language import _
from luthier.tools.models.generation import Generated, generate
from luthier.tools.models.loading import load_base, load_tuned
from luthier.tools.models.reference import resolve_model
from luthier.tools.models.rendering import Renderer

_TIMED_ROWS = 8
LONGEST_CONTEXT = 4096
"""Tokens a served conversation may have where the model could read more: memory grows with it."""


def ask_transformers(
    build: Build, prompts: Sequence[Sequence[Message]], *, folder: Path, adapter: Path | None = None
) -> Answers:
    """Answer with the model in ``folder``, or with the base model and ``adapter`` on it.

    The prompts are rendered by transformers from the export's own files, as its users will. Memory
    is not measured: this process holds more than the model, so it would say too much.
    """
    plan = build.tuned.plan.evaluation
    reference = build.tuned.reference
    if adapter is None:
        reference = resolve_model(build.workspace, str(folder), download=False)
        model = load_base(reference)[0]
    else:
        model = load_tuned(reference, adapter)[0]
    renderer = Renderer(folder)
    label = _("Asking the export what the tuned model was asked")
    answers = generate(
        model,
        renderer,
        prompts,
        max_new_tokens=plan.max_new_tokens,
        batch_size=plan.batch_size,
        progress=lambda _label, done, total: build.say(label, done, total),
    )
    began = time.monotonic()
    timed = generate(
        model, renderer, prompts[:_TIMED_ROWS], max_new_tokens=plan.max_new_tokens, batch_size=1
    )
    seconds = time.monotonic() - began
    del model
    gc.collect()
    return Answers(answers, rendered(folder, prompts), _scaled(seconds, timed, answers))


def ask_served(build: Build, prompts: Sequence[Sequence[Message]], weights: Weights) -> Answers:
    """Answer through the very server that hosts such an export, over HTTP."""
    key_file = build.scratch / "key"
    key_file.touch(mode=0o600)
    key_file.write_text(key := secrets.token_urlsafe(24), encoding="utf-8")
    with running(build.workspace, weights, key_file=key_file, log=build.log) as backend:
        client = backend.client(key)
        client.wait_until_healthy(60, lambda: backend.is_alive)
        answers: list[Generated] = []
        began = time.monotonic()
        for number, messages in enumerate(prompts):
            build.say(_("Asking the export what the tuned model was asked"), number, len(prompts))
            answers.append(client.answer(messages, build.tuned.plan.evaluation.max_new_tokens))
        seconds = time.monotonic() - began
        texts = [client.render(messages) for messages in prompts]
        return Answers(answers, texts, seconds, backend.memory_bytes)


def rendered(folder: Path, prompts: Sequence[Sequence[Message]]) -> list[str]:
    """The prompts as transformers writes them from the files in ``folder``."""
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False
    )
    return [
        str(
            tokenizer.apply_chat_template(
                [{"role": message.role, "content": message.content} for message in messages],
                add_generation_prompt=True,
                tokenize=False,
            )
        )
        for messages in prompts
    ]


def _scaled(seconds: float, timed: Sequence[Generated], answers: Sequence[Generated]) -> float:
    """Seconds for all answers, one at a time, from the few that were timed so."""
    few = sum(answer.completion_tokens for answer in timed)
    return seconds * sum(answer.completion_tokens for answer in answers) / max(few, 1)
