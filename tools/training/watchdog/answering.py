"""Answers from a model that is in the middle of its training, without loading it a second time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luthier.tools.data.model import Message
from luthier.tools.evaluation.cache import Reply
from luthier.tools.models.generation import GenerationStopped, generate
from luthier.tools.models.rendering import Renderer

if TYPE_CHECKING:
    from luthier.tools.training.trainers.base import Training

UNANSWERED = Reply("", False, 0, 0, 0.0)


class OutOfTime(Exception):
    """The answers would take longer than they may; the training goes on as if nobody had asked."""


@dataclass
class Learner:
    """The model of a training as one to ask.

    Args:
        training: what is being trained.
        renderer: of its base model.
        batch_size: prompts answered at a time.
        context_length: tokens that the model can read; a longer request counts as not answered.
        should_stop: whether the user asked to pause or cancel.
    """

    training: Training
    renderer: Renderer
    batch_size: int
    context_length: int
    should_stop: Callable[[], bool] = lambda: False

    @property
    def has_base(self) -> bool:
        """Whether the untuned model is at hand too: an adapter can be switched off."""
        return hasattr(self.training.model, "disable_adapter")

    def answer(
        self,
        prompts: Sequence[Sequence[Message]],
        *,
        max_new_tokens: int,
        seconds: float,
        untuned: bool = False,
    ) -> list[Reply]:
        """The greedy answers in the order of the prompts.

        Args:
            prompts: conversations that wait for an answer.
            max_new_tokens: an answer that has not ended by then is cut.
            seconds: the time that all of it may take.
            untuned: ask the base model, with the adapter switched off.

        Raises:
            OutOfTime: the time is up, or the user asked to stop.
        """
        lengths = [len(ids) for ids in self.renderer.prompts_ids(prompts)]
        fitting = [place for place, length in enumerate(lengths) if length < self.context_length]
        end = time.monotonic() + seconds
        model = self.training.model
        replies = [UNANSWERED] * len(prompts)
        with self._as_usual(), model.disable_adapter() if untuned else nullcontext():
            try:
                found = generate(
                    model,
                    self.renderer,
                    [prompts[place] for place in fitting],
                    max_new_tokens=max_new_tokens,
                    batch_size=self.batch_size,
                    should_stop=lambda: self.should_stop() or time.monotonic() > end,
                )
            except GenerationStopped as stopped:
                raise OutOfTime from stopped
        for place, one in zip(fitting, found, strict=True):
            replies[place] = Reply(
                one.text, one.stopped, one.prompt_tokens, one.completion_tokens, 0.0
            )
        return replies

    @contextmanager
    def _as_usual(self) -> Iterator[None]:
        """Within the block the model attends in the usual way, without dropout."""
        model: Any = self.training.model
        base = model.get_base_model() if self.training.attention else model
        fast, was_training = base.config._attn_implementation, model.training
        try:
            model.eval()
            if self.training.fast:
                base.set_attn_implementation(self.training.attention)
            yield
        finally:
            if self.training.fast:
                base.set_attn_implementation(fast)
            model.train(was_training)
