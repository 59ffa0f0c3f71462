"""What an arm is: one way to solve the task, as a prompt for each row and a model to ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luthier.tools.data.model import DatasetInfo, Message, Row, SplitName
from luthier.tools.data.store import load_rows
from luthier.tools.evaluation.model import ArmName
from luthier.tools.models.reference import ModelReference
from luthier.tools.models.rendering import Renderer
from luthier.tools.progress import Progress, silent
from luthier.tools.training.plan import EvaluationPlan
from luthier.tools.workspace import Workspace

if TYPE_CHECKING:
    from luthier.tools.models.generation import Generated

Batch = Callable[[Sequence[int], Sequence["Generated"]], None]
"""Called after each batch with the places of its prompts in the list and their answers."""


def _ignore_batch(_places: Sequence[int], _answers: Sequence[Generated]) -> None:
    """The listener of callers who only want the whole."""


@dataclass
class Bench:
    """What every arm of one evaluation shares, so that they differ in nothing but the arm."""

    workspace: Workspace
    dataset: DatasetInfo
    reference: ModelReference
    renderer: Renderer
    plan: EvaluationPlan
    folder: Path
    adapter: Path | None = None
    should_stop: Callable[[], bool] = lambda: False
    honour_stop: Callable[[], None] = lambda: None
    say: Progress = silent
    _loaded: tuple[bool, Any] | None = field(default=None, repr=False)

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
        tuned: bool = False,
        on_batch: Batch = _ignore_batch,
    ) -> list[Generated]:
        """Answer every prompt greedily with the base model, or with the tuned one."""
        from luthier.tools.models.generation import GenerationStopped, generate

        if not prompts:
            return []
        try:
            return generate(
                self.load(tuned=tuned),
                self.renderer,
                prompts,
                max_new_tokens=self.plan.max_new_tokens,
                batch_size=self.plan.batch_size,
                should_stop=self.should_stop,
                on_batch=on_batch,
            )
        except GenerationStopped:
            self.honour_stop()
            raise

    def load(self, *, tuned: bool) -> Any:
        """The model in memory, one at a time: two would need twice the memory."""
        from luthier.tools.models.loading import load_base, load_tuned

        if self._loaded is None or self._loaded[0] is not tuned:
            self._loaded = None
            if not tuned:
                self._loaded = (tuned, load_base(self.reference)[0])
            elif self.adapter is None:
                raise ValueError("a tuned arm was asked without an adapter")
            else:
                self._loaded = (tuned, load_tuned(self.reference, self.adapter)[0])
        return self._loaded[1]


@dataclass(frozen=True, slots=True)
class Contender:
    """An arm made ready for one data set: how it asks, which model, and how it is described.

    ``detail["prompt"]`` says in one sentence what the request looks like.
    """

    label: str
    build: Callable[[Row], list[Message]]
    tuned: bool = False
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to solve the task; ``prepare`` may look at training and validation rows only."""

    name: ArmName
    needs_adapter: bool
    prepare: Callable[[Bench], Contender]


def as_asked(row: Row) -> list[Message]:
    """The request as it stands in the data, system prompt included."""
    return list(row.prompt)
