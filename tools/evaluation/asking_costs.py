"""What asking models elsewhere means before it is done: which rows go there, how often, at what price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from luthier.tools.data.store import load_rows
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.evaluation.arms import arms_of
from luthier.tools.evaluation.sample import sample_rows
from luthier.tools.language import _
from luthier.tools.models.counters import counter_for
from luthier.tools.prices.table import price_of
from luthier.tools.training.plan import EvaluationPlan
from luthier.tools.workspace import Workspace

_PROMPT_GROWS = 4
"""How much longer a prompt with instructions or examples is, at the most, in these rough figures."""
_CHOICES = 100
"""Requests, at the most, that choosing instructions and examples on validation rows takes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A model elsewhere, in how many arms, and how much longer than the rows its requests are."""

    model: EndpointModel
    arms: int = 1
    choices: int = 0
    grows: int = 1

    def dollars(self, rows: int, row_tokens: float, answer_tokens: int) -> tuple[float, str] | None:
        """What that costs at the most, with the day of the price; None where it is not known."""
        price = price_of(self.model)
        if price is None:
            return None
        requests = self.requests(rows)
        read, written = requests * row_tokens * self.grows, requests * answer_tokens
        return price.of(read, written), price.read

    def requests(self, rows: int) -> int:
        """How often it is asked."""
        return rows * self.arms + self.choices


def asked_of_the_plan(
    base: EndpointModel | None, tuned: EndpointModel | None, arms: Sequence[str]
) -> list[Asked]:
    """The untuned model elsewhere and the tuned one, where there is one, each with its arms."""
    if base is None:
        return []
    wanted = arms_of(arms, tuned=tuned is not None)
    untuned = sum(not arm.needs_adapter for arm in wanted)
    found = [Asked(base, untuned, _CHOICES, _PROMPT_GROWS)]
    if tuned:
        found.append(Asked(tuned, len(wanted) - untuned, 0, _PROMPT_GROWS))
    return found


def asking_details(
    workspace: Workspace, dataset_id: str, evaluation: EvaluationPlan, asked: Sequence[Asked]
) -> tuple[tuple[str, str], ...]:
    """Where, which rows, how many requests and at what price, as an approval shows them."""
    rows = sample_rows(load_rows(workspace, dataset_id, "test"), evaluation.max_rows)
    number = len(rows)
    counts = [one.whole for one in counter_for(workspace, "gpt-4o").count(rows)]
    answer = min(evaluation.max_new_tokens, max(counts, default=1) or 1)
    costs = [one.dollars(number, sum(counts) / max(number, 1), answer) for one in asked]
    return (
        (_("Where"), ", ".join(dict.fromkeys(one.model.words for one in asked))),
        (
            _("What leaves this computer"),
            _(
                "{rows} test rows, and training rows as examples in some prompts; the answers are kept "
                "here, so that nothing is asked twice",
                rows=number,
            ),
        ),
        (
            _("Requests"),
            _("about {requests:,}", requests=sum(one.requests(number) for one in asked)),
        ),
        (_("Price"), _price_words(asked, costs)),
    )


def _price_words(asked: Sequence[Asked], costs: Sequence[tuple[float, str] | None]) -> str:
    if all(one.model.is_local for one in asked):
        return _("free: it runs on this computer")
    known = [one for one in costs if one is not None]
    if len(known) < len(costs):
        return _("unknown: no price of this model is known here")
    return _(
        "at most about ${dollars:,.2f} (prices read {read})",
        dollars=sum(dollars for dollars, _read in known),
        read=min((read for _dollars, read in known if read), default="") or _("from you"),
    )
