"""How likely a model finds given answers: the log-probability of an answer after its question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from luthier.tools.data.model import Message
from luthier.tools.models.rendering import Renderer


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Log-probability of an answer with its end (sum over its tokens, natural logarithm)."""

    total: float
    tokens: int

    @property
    def mean(self) -> float:
        """Per token, so that long answers are not punished for their length."""
        return self.total / max(1, self.tokens)


def likelihoods(
    model: Any,
    renderer: Renderer,
    conversations: Sequence[Sequence[Message]],
    *,
    batch_size: int,
    max_length: int,
    honour_stop: Callable[[], None] = lambda: None,
) -> list[Likelihood]:
    """How likely the last answer of each conversation is; cut at ``max_length`` tokens.

    Args:
        model: a causal language model of transformers or peft.
        renderer: of the same model.
        conversations: each ends with the answer that is judged.
        batch_size: conversations read at a time.
        max_length: tokens beyond which nothing is read.
        honour_stop: called between batches; may raise.
    """
    import torch

    starts = [len(ids) for ids in renderer.prompts_ids([one[:-1] for one in conversations])]
    whole = [rendered.ids for rendered in renderer.render_many(conversations, max_length)]
    order = sorted(range(len(whole)), key=lambda index: -len(whole[index]))
    found: dict[int, Likelihood] = {}
    with torch.inference_mode():
        for first in range(0, len(order), batch_size):
            honour_stop()
            members = order[first : first + batch_size]
            width = max(2, len(whole[members[0]]))
            ids = torch.full((len(members), width), renderer.pad_id)
            mask = torch.zeros((len(members), width), dtype=torch.long)
            for place, index in enumerate(members):
                length = len(whole[index])
                ids[place, :length] = torch.tensor(whole[index])
                mask[place, :length] = 1
            ids, mask = ids.to(model.device), mask.to(model.device)
            earliest = max(1, min(starts[index] for index in members))
            keep = width - earliest + 1
            logits = model(
                input_ids=ids, attention_mask=mask, use_cache=False, logits_to_keep=keep
            ).logits[:, :-1]
            for place, index in enumerate(members):
                begin, end = starts[index], len(whole[index])
                scores = logits[place, begin - earliest : max(begin, end) - earliest].float()
                wanted = ids[place, begin : max(begin, end)]
                chosen = scores.log_softmax(-1).gather(1, wanted[:, None])
                found[index] = Likelihood(float(chosen.sum()), max(0, end - begin))
    return [found[index] for index in range(len(whole))]
