"""What an arm is: one way to solve the task, as a prompt for each row and a model to ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luthier.tools.data.model import DatasetInfo, Message, Row, SplitName
from luthier.tools.data.store import load_rows
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.evaluation.arms.asking import Asker, OnReplies, ignore_replies
from luthier.tools.evaluation.arms.asking_elsewhere import EndpointAsker
from luthier.tools.evaluation.cache import GenerationCache, Reply
from luthier.tools.evaluation.metrics.base import Standards
from luthier.tools.evaluation.metrics.ruler import Ruler
from luthier.tools.evaluation.model import ArmName, Prediction
from luthier.tools.models.reference import ModelReference
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.sentence_encoder import SentenceEncoder, read_encoder
from luthier.tools.prices.table import price_of
from luthier.tools.progress import Progress, silent
from luthier.tools.training.plan import EvaluationPlan
from luthier.tools.training.tuned_model import TunedModel
from luthier.tools.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from luthier.tools.models.likelihood import Likelihood


@dataclass
class Bench:
    """What every arm of one evaluation shares, so that they differ in nothing but the arm.

    ``reference`` is on this computer: it answers, unless ``base`` is a model elsewhere; then it still
    counts tokens and finds similar rows. ``tuned`` is what the evaluation is about, where there is one.
    """

    workspace: Workspace
    dataset: DatasetInfo
    reference: ModelReference
    renderer: Renderer
    plan: EvaluationPlan
    folder: Path
    tuned: TunedModel | None = None
    base: EndpointModel | None = None
    should_stop: Callable[[], bool] = lambda: False
    honour_stop: Callable[[], None] = lambda: None
    say: Progress = silent

    def rows(self, split: SplitName) -> list[Row]:
        """The rows of one split of the data set."""
        return load_rows(self.workspace, self.dataset.id, split)

    @property
    def prompt_room(self) -> int:
        """Tokens that a prompt may take so that the longest answer still fits the context."""
        return max(self.reference.context_length - self.plan.max_new_tokens, 1)

    def ask(
        self,
        prompts: Sequence[Sequence[Message]],
        *,
        by: Path | EndpointModel | None = None,
        on_batch: OnReplies = ignore_replies,
        max_new_tokens: int | None = None,
    ) -> list[Reply]:
        """Answer every prompt greedily, with ``max_new_tokens`` at most (the plan's unless given).

        ``by`` is the adapter on the base model, or a model elsewhere; without it the base model
        answers, which is elsewhere, too, where the tuned one is.
        """
        model = by or self.base
        if isinstance(model, EndpointModel):
            return self._elsewhere(model).ask(prompts, on_batch)
        return self._asker.ask(prompts, model, on_batch, max_new_tokens)

    def likelihoods(
        self, conversations: Sequence[Sequence[Message]], *, by: Path | None
    ) -> list[Likelihood]:
        """How likely a model on this computer finds the last answer of each conversation."""
        return self._asker.likelihoods(conversations, by)

    def embed(self, texts: Sequence[str]) -> NDArray[Any]:
        """Vectors of texts (texts x size), of about unit length: of the user's encoder where the plan
        names one, else the base model's."""
        if self.plan.encoder:
            return self._encoder.embed(texts)
        return self._asker.embed(texts)

    def release(self) -> None:
        """Give the base model's memory back, for an arm that brings a model of its own."""
        self._asker.release()

    def price_per_request(
        self, contender: Contender, answered: Sequence[Prediction]
    ) -> float | None:
        """US dollars for one request by the dated price list; None where this machine answers."""
        model = contender.by or self.base
        if contender.answer or not answered or not isinstance(model, EndpointModel):
            return None
        price = price_of(model)
        if price is None:
            return None
        read = sum(one.prompt_tokens for one in answered)
        return price.of(read, sum(one.completion_tokens for one in answered)) / len(answered)

    @property
    def embedding_source(self) -> str:
        """What :meth:`embed` is made by; vectors of another source are not comparable."""
        if self.plan.encoder:
            return read_encoder(Path(self.plan.encoder)).source
        return f"{self.reference.id}\n{self.reference.revision}"

    @property
    def tuned_by(self) -> Path | EndpointModel:
        """What this evaluation is about: the adapter, or the tuned model elsewhere.

        Raises:
            ValueError: a tuned arm was asked for without one.
        """
        found = (self.tuned.adapter or self.tuned.endpoint) if self.tuned else None
        if found is None:
            raise ValueError("a tuned arm was asked without a tuned model")
        return found

    def _elsewhere(self, model: EndpointModel) -> EndpointAsker:
        return EndpointAsker(
            model=model,
            max_new_tokens=self.plan.max_new_tokens,
            cache=GenerationCache(self.workspace.datasets / self.dataset.id),
            honour_stop=self.honour_stop,
        )

    @cached_property
    def ruler(self) -> Ruler:
        """The metrics of this evaluation, the same for every arm."""
        return Ruler(
            Standards(
                task=self.dataset.task,
                plan=self.plan,
                answers=[row.completion for row in self.rows("train")],
                embed=self.embed,
            )
        )

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return SentenceEncoder(read_encoder(Path(self.plan.encoder)))

    @cached_property
    def _asker(self) -> Asker:
        return Asker(
            reference=self.reference,
            renderer=self.renderer,
            plan=self.plan,
            cache=GenerationCache(self.workspace.datasets / self.dataset.id),
            should_stop=self.should_stop,
            honour_stop=self.honour_stop,
        )


Answer = Callable[[Sequence[Sequence[Message]], OnReplies], list[Reply]]
"""Prompts to answers in the same order; the listener hears of each batch as soon as it is there."""


@dataclass(frozen=True, slots=True)
class Contender:
    """An arm made ready for one data set: how it asks, which model, and how it is described.

    ``by`` is the adapter or the model elsewhere that answers; None is the base model, unless
    ``answer`` stands in for it. ``detail["prompt"]`` says in one sentence what the request looks like.
    ``on_validation`` is how it did on the validation rows it was chosen on, by row id.
    """

    label: str
    build: Callable[[Row], list[Message]]
    by: Path | EndpointModel | None = None
    answer: Answer | None = None
    detail: dict[str, str] = field(default_factory=dict)
    on_validation: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to solve the task; ``prepare`` may look at training and validation rows only."""

    name: ArmName
    doing: str
    needs_adapter: bool
    prepare: Callable[[Bench], Contender]


def as_asked(row: Row) -> list[Message]:
    """The request as it stands in the data, system prompt included."""
    return list(row.prompt)
