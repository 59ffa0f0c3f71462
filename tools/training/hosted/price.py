"""What tuning at a provider costs and how long it takes, as far as anybody here knows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from luthier.tools.data.store import load_rows
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.language import _
from luthier.tools.models.counters import counter_for
from luthier.tools.prices.table import MILLION, PriceLine, line_for
from luthier.tools.training.hosted.profiles import endpoint_of
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.plan import Plan
from luthier.tools.wording import duration
from luthier.tools.workspace import Workspace

TARGET_EPOCHS, MOST_AUTO, FEWEST_SEEN, MOST_SEEN = 3, 25, 100, 25_000
MINUTES_LOW, MINUTES_HIGH, TOKENS_PER_MINUTE = 10.0, 30.0, 50_000.0
"""A rule of thumb, not a measurement: queue and start, then tokens; said to be rough."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Tokens and passes of a training there; dollars are None where a price is unknown."""

    rows: int
    tokens: int
    epochs: float
    exact: bool
    dollars: float | None
    line: PriceLine | None

    @property
    def trained_tokens(self) -> int:
        """Tokens times passes: what is paid for."""
        return round(self.tokens * self.epochs)

    def price_in_words(self) -> str:
        """The price with its day and its source, or that it is unknown."""
        if self.line is None or self.dollars is None:
            if self.line and self.line.training_hour:
                return _(
                    "${price:,.2f} for each hour of training (read {read}); how many is not known",
                    price=self.line.training_hour,
                    read=self.line.read,
                )
            return _(
                "unknown: no price of this model is known here; look at the provider's price list"
            )
        return _(
            "about ${dollars:,.2f}: {tokens:,} tokens at ${price:,.2f} a million (read {read}, second "
            "hand)",
            dollars=self.dollars,
            tokens=self.trained_tokens,
            price=self.line.training or 0.0,
            read=self.line.read,
        )

    def time_in_words(self) -> str:
        """A rough range."""
        minutes = self.trained_tokens / TOKENS_PER_MINUTE
        return _(
            "roughly {low} to {high}, the queue included; nobody can tell it exactly",
            low=duration(round(MINUTES_LOW + minutes / 2) * 60),
            high=duration(round(MINUTES_HIGH + minutes * 3) * 60),
        )


def auto_epochs(rows: int) -> int:
    """How often the rows are seen where the provider decides.

    The rule of the OpenAI cookbook, "Data preparation and analysis for chat model fine-tuning".
    """
    if rows * TARGET_EPOCHS < FEWEST_SEEN:
        return min(MOST_AUTO, max(1, FEWEST_SEEN // max(rows, 1)))
    if rows * TARGET_EPOCHS > MOST_SEEN:
        return max(1, MOST_SEEN // rows)
    return TARGET_EPOCHS


def tuning_line(base: EndpointModel) -> PriceLine | None:
    """What the dated table says of tuning a model where it is; None where it says nothing."""
    return line_for(base.host, base.model, "tuning")


def forecast(workspace: Workspace, plan: Plan) -> Forecast:
    """What the plan will take at its provider."""
    there = endpoint_of(plan.hosted)
    rows, tokens, exact = _count(workspace, plan.data.dataset_id, there.model)
    epochs = float(auto_epochs(rows) if plan.hosted.epochs == "auto" else plan.hosted.epochs)
    line = tuning_line(there)
    dollars = tokens * epochs * line.training / MILLION if line and line.training else None
    return Forecast(rows, tokens, epochs, exact, dollars, line)


@lru_cache(maxsize=16)
def _count(workspace: Workspace, dataset_id: str, model: str) -> tuple[int, int, bool]:
    """Rows, their tokens, and whether these were counted exactly."""
    rows = load_rows(workspace, dataset_id, "train")
    counter = counter_for(workspace, model if model.startswith(("gpt-", "o4")) else "gpt-4o")
    return len(rows), sum(one.whole for one in counter.count(rows)), counter.exact


def dollars_for(hosted: HostedPlan, trained_tokens: int, seconds: float) -> float | None:
    """What a finished training cost by the table; None where it does not know."""
    line = tuning_line(endpoint_of(hosted))
    if line and line.training and trained_tokens:
        return trained_tokens * line.training / MILLION
    if line and line.training_hour and seconds:
        return seconds / 3600 * line.training_hour
    return None


def priced_as_tuned(tuned: EndpointModel, base: EndpointModel) -> EndpointModel:
    """``tuned`` with what the answers of a model tuned from ``base`` cost, where anybody here knows."""
    line = tuning_line(base)
    price = line.price if line else None
    if price is None:
        return tuned
    update = {"price_input": price.input, "price_output": price.output}
    return tuned.model_copy(update=update)


def tuned_from(base: EndpointModel) -> EndpointModel:
    """The model that is still to be tuned from ``base``, for what is said of its price."""
    name = _("what is tuned from {model}", model=base.model)
    return priced_as_tuned(base.model_copy(update={"model": name}), base)
