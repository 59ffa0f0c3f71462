"""Answers from a model: greedy, in batches, quick on a processor.

Prompts are sorted by length so that little is padded; what all prompts begin with (a system
message, the examples of a few-shot prompt) is read once and shared; rows that have ended leave the
batch at once. Greedy choice makes the answers repeatable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from luthier.tools.data.model import Message
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.models.packing import packed_weights
from luthier.tools.models.rendering import Renderer
from luthier.tools.progress import Progress, silent

_WORTH_SHARING = 32
"""Tokens from which reading a common beginning apart is quicker than reading it in every row."""


@dataclass(frozen=True, slots=True)
class Generated:
    """One answer; ``stopped`` says that the model ended it by itself."""

    text: str
    stopped: bool
    prompt_tokens: int
    completion_tokens: int


class GenerationStopped(Exception):
    """Raised when ``should_stop`` said so; finished batches went to ``on_batch`` before."""


OnBatch = Callable[[Sequence[int], Sequence[Generated]], None]


def generate(
    model: Any,
    renderer: Renderer,
    prompts: Sequence[Sequence[Message]],
    *,
    max_new_tokens: int,
    batch_size: int,
    progress: Progress = silent,
    should_stop: Callable[[], bool] = lambda: False,
    on_batch: OnBatch | None = None,
) -> list[Generated]:
    """Answer every prompt, greedily, and return the answers in the order of the prompts.

    Args:
        model: a causal language model of transformers or peft.
        renderer: of the same model.
        prompts: conversations that wait for an answer.
        max_new_tokens: an answer that has not ended by then is cut.
        batch_size: prompts answered at a time.
        progress: hears how many prompts are answered.
        should_stop: asked at every step.
        on_batch: hears the positions and answers of each finished batch.

    Raises:
        GenerationStopped: ``should_stop`` returned True.
        LuthierError: ``generation.too_long`` where a prompt leaves no room for an answer.
    """
    import torch

    encoded = renderer.prompts_ids(prompts)
    _refuse_too_long(model, encoded)
    shared = _shared_length(encoded)
    order = sorted(range(len(encoded)), key=lambda index: -len(encoded[index]))
    answers: dict[int, Generated] = {}
    with torch.inference_mode(), packed_weights(model):
        prefix = _Prefix(model, encoded[0][:shared]) if shared else None
        for start in range(0, len(order), batch_size):
            members = order[start : start + batch_size]
            batch = _Batch(model, renderer, [encoded[index][shared:] for index in members], prefix)
            for _ in batch.steps(_room(model, encoded[members[0]], max_new_tokens)):
                if should_stop():
                    raise GenerationStopped
            done = [batch.answer(row, len(encoded[index])) for row, index in enumerate(members)]
            answers |= dict(zip(members, done, strict=True))
            if on_batch:
                on_batch(members, done)
            progress("Answering", len(answers), len(order))
    return [answers[index] for index in range(len(order))]


def stream(
    model: Any, renderer: Renderer, messages: Sequence[Message], *, max_new_tokens: int
) -> Iterator[str]:
    """Answer one conversation greedily, a piece of text at a time; stop by no longer asking.

    Raises:
        LuthierError: ``generation.too_long`` where the conversation leaves no room for an answer.
    """
    import torch

    encoded = renderer.prompt_ids(messages)
    _refuse_too_long(model, [encoded])
    text_of = renderer.text_stream()
    with torch.inference_mode():
        batch = _Batch(model, renderer, [encoded], None)
        for written in batch.steps(_room(model, encoded, max_new_tokens)):
            for _, token in written:
                yield text_of(token)


def _context_length(model: Any) -> int:
    return int(getattr(model.config, "max_position_embeddings", 2**20))


def _room(model: Any, longest: list[int], max_new_tokens: int) -> int:
    """Tokens that may be written after the longest prompt."""
    return min(max_new_tokens, _context_length(model) - len(longest))


def _refuse_too_long(model: Any, encoded: list[list[int]]) -> None:
    room = _context_length(model)
    longest = max(map(len, encoded), default=0)
    if longest >= room:
        raise LuthierError(
            _("A prompt is too long for this model."),
            why=_(
                "It has {longest} tokens; the model reads at most {room} with its answer.",
                longest=longest,
                room=room,
            ),
            remedy=_("Use fewer or shorter examples in the prompt, or a model that reads more."),
            code="generation.too_long",
        )


def _shared_length(encoded: list[list[int]]) -> int:
    """Tokens that all prompts begin with; 0 where sharing them gains nothing."""
    if len(encoded) < 2:
        return 0
    first, last = min(encoded), max(encoded)  # in dictionary order, so they differ the earliest
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    common = min(sum(1 for _ in same), min(map(len, encoded)) - 1)
    return common if common >= _WORTH_SHARING else 0


class _Prefix:
    """The keys and values of what all prompts begin with, computed once."""

    def __init__(self, model: Any, ids: list[int]) -> None:
        import torch

        self.length = len(ids)
        self._cache = _new_cache(model)
        tokens = torch.tensor([ids], device=model.device)
        model(input_ids=tokens, past_key_values=self._cache, use_cache=True, logits_to_keep=1)

    def expanded(self, rows: int) -> Any:
        """A copy for a batch of ``rows``."""
        import copy

        cache = copy.deepcopy(self._cache)
        cache.batch_repeat_interleave(rows)
        return cache


def _new_cache(model: Any) -> Any:
    from luthier.tools.models.growing_cache import growing_cache  # it imports transformers

    return growing_cache(model)


class _Batch:
    """Rows that are answered together; padding stands between the shared prefix and each row."""

    def __init__(
        self, model: Any, renderer: Renderer, rows: list[list[int]], prefix: _Prefix | None
    ) -> None:
        import torch

        self._model = model
        self._renderer = renderer
        self._cache = prefix.expanded(len(rows)) if prefix else _new_cache(model)
        shared = prefix.length if prefix else 0
        width = max(map(len, rows))
        padding = torch.tensor([width - len(row) for row in rows])
        self._tokens = torch.tensor(
            [[renderer.pad_id] * (width - len(row)) + row for row in rows], device=model.device
        )
        columns = torch.arange(width)
        own = (columns >= padding[:, None]).long()
        self._mask = torch.cat([own.new_ones(len(rows), shared), own], dim=1).to(model.device)
        self._positions = ((columns - padding[:, None]).clamp(min=0) + shared).to(model.device)
        self._alive = list(range(len(rows)))
        self._written: list[list[int]] = [[] for _ in rows]
        self._ended = [False] * len(rows)

    def steps(self, max_new_tokens: int) -> Iterator[list[tuple[int, int]]]:
        """Write until every row has ended or has ``max_new_tokens``.

        Yields after each step what was written: pairs of row and token.
        """
        ends = self._renderer.end_ids
        for _place in range(max_new_tokens):
            chosen = self._step()
            staying: list[int] = []
            for place, (row, token) in enumerate(zip(self._alive, chosen, strict=True)):
                if token in ends:
                    self._ended[row] = True
                else:
                    self._written[row].append(token)
                    staying.append(place)
            yield [(self._alive[place], chosen[place]) for place in staying]
            if not staying:
                return
            self._advance(chosen, staying)

    def answer(self, row: int, prompt_tokens: int) -> Generated:
        """What row ``row`` has written."""
        ids = self._written[row]
        return Generated(
            text=self._renderer.decode(ids),
            stopped=self._ended[row],
            prompt_tokens=prompt_tokens,
            completion_tokens=len(ids) + self._ended[row],
        )

    def _step(self) -> list[int]:
        """Read the waiting tokens of all rows and choose the next token of each."""
        output = self._model(
            input_ids=self._tokens,
            attention_mask=self._mask,
            position_ids=self._positions,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        chosen: list[int] = output.logits[:, -1].argmax(dim=-1).tolist()
        return chosen

    def _advance(self, chosen: list[int], staying: list[int]) -> None:
        """Make the chosen tokens the next input and let the rows that ended go."""
        import torch

        device = self._tokens.device
        if len(staying) < len(self._alive):
            places = torch.tensor(staying, device=device)
            self._cache.batch_select_indices(places)
            self._mask = self._mask[places]
            self._positions = self._positions[places]
            self._alive = [self._alive[place] for place in staying]
        self._tokens = torch.tensor([[chosen[place]] for place in staying], device=device)
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(staying), 1)], dim=1)
        self._positions = self._positions[:, -1:] + 1
