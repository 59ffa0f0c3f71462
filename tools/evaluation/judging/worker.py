"""The worker that has a model elsewhere judge the answers of a finished evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from luthier.tools.data.model import Message
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.evaluation.arms.asking_elsewhere import EndpointAsker
from luthier.tools.evaluation.cache import GenerationCache
from luthier.tools.evaluation.judging.judge import RUBRIC, TOKENS, judge_pairs
from luthier.tools.evaluation.judging.pairs import MOST_JUDGED, pairs_of
from luthier.tools.evaluation.store import load_evaluation, replace_evaluation
from luthier.tools.jobs.context import JobContext
from luthier.tools.language import _


class JudgePayload(BaseModel):
    """Input of the job ``judge``."""

    evaluation_id: str
    model: EndpointModel
    rubric: str = ""
    most: int = MOST_JUDGED


def run(context: JobContext) -> dict[str, Any]:
    """Judge up to ``most`` pairs in both orders; what was judged before is not asked again.

    Returns:
        ``{"evaluation": Evaluation as JSON}`` with the verdicts in it.
    """
    payload = JudgePayload.model_validate(context.spec.payload)
    evaluation = load_evaluation(context.workspace, payload.evaluation_id)
    pairs = pairs_of(context.workspace, evaluation, payload.most)
    asker = EndpointAsker(
        model=payload.model,
        max_new_tokens=TOKENS,
        cache=GenerationCache(context.workspace.datasets / evaluation.dataset_id),
        honour_stop=context.honour_stop,
    )

    def ask(prompts: Sequence[Sequence[Message]]) -> list[str]:
        done = 0

        def hear(places: Sequence[int], _replies: object) -> None:
            nonlocal done
            done += len(places)
            context.progress(_("Judging pairs of answers"), done, len(prompts))

        return [reply.text for reply in asker.ask(prompts, hear)]

    comparison = evaluation.comparison
    assert comparison is not None
    judged = judge_pairs(
        ask, payload.model.words, payload.rubric or RUBRIC, comparison.best_alternative, pairs
    )
    newest = load_evaluation(context.workspace, payload.evaluation_id)  # ratings came meanwhile
    newest = newest.model_copy(update={"judged": judged})
    replace_evaluation(context.workspace, newest)
    return {"evaluation": newest.model_dump(mode="json")}
