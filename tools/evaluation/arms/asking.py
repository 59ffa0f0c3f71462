"""Asking a model on this computer for many answers: from the cache where they are, else in batches."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luthier.tools.data.model import Message
from luthier.tools.evaluation.cache import GenerationCache, Reply, answer_key
from luthier.tools.models.reference import ModelReference
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.starter_source import file_sha256
from luthier.tools.models.tuned_folder import weight_files
from luthier.tools.training.plan import EvaluationPlan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from luthier.tools.models.generation import Generated
    from luthier.tools.models.likelihood import Likelihood

LONGEST_READ = 1024
"""Tokens of a conversation beyond which its answer is no longer judged by likelihood."""

OnReplies = Callable[[Sequence[int], Sequence[Reply]], None]
"""Called with the places of prompts in the list and their answers, as soon as they are there."""


def ignore_replies(_places: Sequence[int], _replies: Sequence[Reply]) -> None:
    """The listener of callers who only want the whole."""


@dataclass
class Asker:
    """Answers greedily, one model in memory at a time: two would need twice the memory."""

    reference: ModelReference
    renderer: Renderer
    plan: EvaluationPlan
    cache: GenerationCache
    should_stop: Callable[[], bool]
    honour_stop: Callable[[], None]
    _loaded: tuple[Path | None, Any] | None = field(default=None, repr=False)

    def ask(
        self,
        prompts: Sequence[Sequence[Message]],
        adapter: Path | None,
        on_replies: OnReplies,
        max_new_tokens: int | None = None,
    ) -> list[Reply]:
        """The answers in the order of the prompts, of the plan's length at most unless given.

        A request longer than the model can read counts as not answered: an empty text that did not
        stop by itself.

        Raises:
            LuthierError: the model cannot be loaded, or the cache not be written.
        """
        encoded = self.renderer.prompts_ids(prompts)
        source = self._source(adapter)
        most = max_new_tokens or self.plan.max_new_tokens
        keys = [answer_key(source, ids, most) for ids in encoded]
        replies = dict.fromkeys(range(len(prompts)), Reply("", False, 0, 0, 0.0))
        known = self.cache.find(keys)
        settled = [place for place, key in enumerate(keys) if key in known]
        replies |= {place: known[keys[place]] for place in settled}
        too_long = [
            place
            for place, ids in enumerate(encoded)
            if len(ids) >= self.reference.context_length and keys[place] not in known
        ]
        replies |= {place: Reply("", False, len(encoded[place]), 0, 0.0) for place in too_long}
        settled += too_long
        if settled:
            on_replies(settled, [replies[place] for place in settled])
        missing = sorted(set(range(len(prompts))) - set(settled))

        def take(places: Sequence[int], found: Sequence[Reply]) -> None:
            whole = [missing[place] for place in places]
            self.cache.keep({keys[p]: reply for p, reply in zip(whole, found, strict=True)})
            replies.update(zip(whole, found, strict=True))
            on_replies(whole, found)

        if missing:
            self._generate([prompts[place] for place in missing], adapter, take, most)
        return [replies[place] for place in range(len(prompts))]

    def embed(self, texts: Sequence[str]) -> NDArray[Any]:
        """The base model's vectors of texts (texts x hidden size)."""
        from luthier.tools.models.embedding import embed

        return embed(self._load(None), self.renderer, texts)

    def release(self) -> None:
        """Give the model's memory back; the next question loads it again."""
        self._loaded = None

    def _source(self, adapter: Path | None) -> str:
        weights = "\n".join(map(file_sha256, weight_files(adapter))) if adapter else ""
        return f"{self.reference.id}\n{self.reference.revision}\n{weights}"

    def likelihoods(
        self, conversations: Sequence[Sequence[Message]], adapter: Path | None
    ) -> list[Likelihood]:
        """How likely the model finds the last answer of each conversation."""
        from luthier.tools.models.likelihood import likelihoods

        return likelihoods(
            self._load(adapter),
            self.renderer,
            conversations,
            batch_size=self.plan.batch_size,
            max_length=min(self.reference.context_length, LONGEST_READ),
            honour_stop=self.honour_stop,
        )

    def _generate(
        self,
        prompts: Sequence[Sequence[Message]],
        adapter: Path | None,
        take: OnReplies,
        max_new_tokens: int,
    ) -> None:
        from luthier.tools.models.generation import GenerationStopped, generate

        model = self._load(adapter)
        since = time.monotonic()

        def on_batch(places: Sequence[int], answers: Sequence[Generated]) -> None:
            nonlocal since
            now = time.monotonic()
            share, since = (now - since) / max(len(places), 1), now
            take(places, [_reply(answer, share) for answer in answers])

        try:
            generate(
                model,
                self.renderer,
                prompts,
                max_new_tokens=max_new_tokens,
                batch_size=self.plan.batch_size,
                should_stop=self.should_stop,
                on_batch=on_batch,
            )
        except GenerationStopped:
            self.honour_stop()
            raise

    def _load(self, adapter: Path | None) -> Any:
        from luthier.tools.models.loading import load_base, load_tuned

        if self._loaded is None or self._loaded[0] != adapter:
            self._loaded = None
            model = load_tuned(self.reference, adapter) if adapter else load_base(self.reference)
            self._loaded = (adapter, model[0])
        return self._loaded[1]


def _reply(answer: Generated, seconds: float) -> Reply:
    return Reply(
        answer.text, answer.stopped, answer.prompt_tokens, answer.completion_tokens, seconds
    )
