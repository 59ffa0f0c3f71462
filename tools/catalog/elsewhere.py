"""Tools that measure by what is not Luthier's own: a model behind an address, the user's own function."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from luthier.tools.catalog.alternatives import measure_again
from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.catalog.learning import evaluation_plan, measure_tokens
from luthier.tools.catalog.plan import not_yet
from luthier.tools.data.paths import require_source
from luthier.tools.effects import Effect
from luthier.tools.endpoints.address import read_endpoint
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.elsewhere import what_is_sent
from luthier.tools.language import _, mark
from luthier.tools.prices.table import price_of
from luthier.tools.questions import Approval


class CompareElsewhere(BaseModel):
    """A model behind an OpenAI-compatible address."""

    url: str = Field(
        default="",
        description="its address, such as https://api.openai.com/v1; empty: the connected model",
    )
    model: str = Field(default="", description="the name by which it is asked")


def compare_elsewhere(context: ToolContext, arguments: CompareElsewhere) -> Outcome:
    """Measure a model behind an address on the same test rows, which are sent there."""
    model = model_meant(context, arguments.url, arguments.model)
    known = [
        EndpointModel.model_validate(one) for one in context.facts.measuring.get("elsewhere", ())
    ]
    all_of_them = list(dict.fromkeys((*known, model)))
    return measure_again(
        context, {"elsewhere": [one.model_dump(mode="json") for one in all_of_them]}
    )


def model_meant(context: ToolContext, url: str, model: str) -> EndpointModel:
    """The model at an address, or the one that leads the conversation where none is named.

    Raises:
        LuthierError: none is named and none is connected (``evaluation.no_model``).
    """
    if not url and context.writer and context.writer.endpoint:
        return context.writer.endpoint
    if not url:
        raise LuthierError(
            _("No language model is connected."),
            remedy=_("Say which one is meant: “compare with MODEL at URL”."),
            code="evaluation.no_model",
        )
    found = read_endpoint(url)
    return EndpointModel(
        base_url=found.base_url, model=model or found.model, api_version=found.api_version
    )


def approve_elsewhere(context: ToolContext, arguments: CompareElsewhere) -> Approval:
    """Which rows go where, how many tokens that is, and what it may cost."""
    facts, model = context.facts, model_meant(context, arguments.url, arguments.model)
    if facts.dataset is None:
        raise not_yet(_("The data has not been prepared yet."), _("Finish the data step first."))
    plan, report = evaluation_plan(context), measure_tokens(context)
    sent = what_is_sent(
        min(facts.dataset.test, plan.max_rows), report.lengths.mean, plan.max_new_tokens
    )
    price = price_of(model)
    money = price.of(sent.tokens_read, sent.tokens_written) if price else None
    return Approval(
        tool="compare_elsewhere",
        effect=Effect.MONEY,
        title=_("Ask {model} to answer test rows", model=model.words),
        details=(
            (_("What is sent"), _(
                "up to {requests} requests: test and validation rows, with training rows as "
                "examples and your instructions", requests=f"{sent.requests:,}")),
            (_("Where to"), model.base_url),
            (_("Tokens"), _("at most about {read:,} read and {written:,} written",
                            read=sent.tokens_read, written=sent.tokens_written)),
            (_("Price"), _price_words(money, price.read if price else "")),
            (_("Privacy"), _("nothing leaves this computer") if model.is_local else _(
                "these rows leave this computer; the provider's terms hold for them")),
        ),
    )  # fmt: skip


def _price_words(money: float | None, read: str) -> str:
    if money is None:
        return _("not known here; look at the provider's price list")
    if money == 0:
        return _("free")
    dated = _(" (price list of {date})", date=read) if read else ""
    return _("at most about {money:,.2f} US dollars", money=max(money, 0.01)) + dated


class OwnMetric(BaseModel):
    """The user's own measure."""

    path: str = Field(description="Python file with score(prompt, expected, answer) -> 0 to 1")
    decides: bool = Field(default=False, description="whether the verdict goes by it")


def use_own_metric(context: ToolContext, arguments: OwnMetric) -> Outcome:
    """Measure everything by the user's own Python function too."""
    path = str(require_source(Path(arguments.path).expanduser()).absolute())
    wishes = {"own_metric": path, **({"metric": "own"} if arguments.decides else {})}
    return measure_again(context, wishes)


def approve_own_metric(_context: ToolContext, arguments: OwnMetric) -> Approval:
    """That the user's code runs, and what it can do."""
    return Approval(
        tool="use_own_metric",
        effect=Effect.LONG_JOB,
        title=_("Run your own measure"),
        details=(
            (_("File"), arguments.path),
            (_("How"), _("in a process of its own, without your keys, at most ten seconds an answer")),
            (_("Mind"), _("it is a program: it can read and write what you can")),
        ),
    )  # fmt: skip


TOOLS = (
    Tool(
        name="compare_elsewhere",
        description="Measure a model behind an OpenAI-compatible address on the same test rows. They are "
        "sent there, which may cost money.",
        arguments=CompareElsewhere,
        run=compare_elsewhere,
        effect=Effect.MONEY,
        approval=approve_elsewhere,
        label=mark("Starting to measure a model elsewhere"),
    ),
    Tool(
        name="use_own_metric",
        description="Measure every alternative by the user's own Python function as well.",
        arguments=OwnMetric,
        run=use_own_metric,
        effect=Effect.LONG_JOB,
        approval=approve_own_metric,
        points_at=lambda arguments: (arguments.path,),
        label=mark("Starting to measure by your own function"),
    ),
)
