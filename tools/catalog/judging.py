"""Tools for judging answers side by side: by a language model, and blind by the user."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import NoArguments, Outcome, Tool, ToolContext
from luthier.tools.catalog.elsewhere import model_meant
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.plan import not_yet
from luthier.tools.effects import Effect
from luthier.tools.endpoints.keys import variables_for
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.judging.judge import LONGEST, RUBRIC, TOKENS
from luthier.tools.evaluation.judging.model import Preference, Preferred
from luthier.tools.evaluation.judging.pairs import MOST_JUDGED, RATED, Pair, next_to_rate, pairs_of
from luthier.tools.evaluation.judging.views import judging_table, pair_view
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.store import replace_evaluation
from luthier.tools.language import _, mark
from luthier.tools.prices.table import price_of
from luthier.tools.questions import Approval
from luthier.tools.views import JobView

CHARACTERS_PER_TOKEN = 3  # on the safe side for most languages


class Judge(BaseModel):
    """A model behind an OpenAI-compatible address as judge."""

    url: str = Field(
        default="",
        description="its address, such as https://api.openai.com/v1; empty: the connected model",
    )
    model: str = Field(
        default="", description="the name by which it is asked; never the tuned model itself"
    )
    rubric: str = Field(
        default="",
        max_length=8_000,
        description="what counts, in the user's words; empty: the usual",
    )


def judge_answers(context: ToolContext, arguments: Judge) -> Outcome:
    """Have a model judge pairs of answers, each in both orders."""
    evaluation, model = _evaluation(context), model_meant(context, arguments.url, arguments.model)
    pairs_of(context.workspace, evaluation, 1)
    job = start_job(
        context,
        "judge",
        _("Judging answers side by side"),
        {
            "evaluation_id": evaluation.id,
            "model": model.model_dump(mode="json"),
            "rubric": arguments.rubric,
        },
        keys=variables_for(model),
    )
    return Outcome(
        _("Job {id} has pairs of answers judged by {model}.", id=job.id, model=model.words),
        facts={"judge_job": job.id},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


def judge_costs(pairs: list[Pair], model: EndpointModel) -> tuple[int, int, float | None]:
    """Requests, tokens and US dollars (None: not known) that judging takes at most."""
    texts = [(pair.prompt, pair.expected, pair.tuned, pair.other) for pair in pairs]
    letters = sum(sum(min(len(text), LONGEST) for text in each) + len(RUBRIC) for each in texts)
    read = 2 * letters // CHARACTERS_PER_TOKEN
    price = price_of(model)
    money = price.of(read, 2 * len(pairs) * TOKENS) if price else None
    return 2 * len(pairs), read, money


def approve_judging(context: ToolContext, arguments: Judge) -> Approval:
    """What is sent to the judge, and what it may cost."""
    evaluation, model = _evaluation(context), model_meant(context, arguments.url, arguments.model)
    pairs = pairs_of(context.workspace, evaluation, MOST_JUDGED)
    requests, read, money = judge_costs(pairs, model)
    price = _("not known here; look at the provider's price list")
    if money is not None:
        price = _("at most about {money:,.2f} US dollars", money=money) if money else _("free")
    private = (
        _("nothing leaves this computer")
        if model.is_local
        else _("these rows leave this computer; the provider's terms hold for them")
    )
    return Approval(
        tool="judge_answers",
        effect=Effect.MONEY,
        title=_("Have {model} judge answers", model=model.words),
        details=(
            (
                _("What is sent"),
                _(
                    "{pairs} test rows with the expected answer and two answers, twice each",
                    pairs=len(pairs),
                ),
            ),
            (_("Where to"), model.base_url),
            (_("Tokens"), _("about {read:,} read in {requests} requests", read=read,
                            requests=requests)),
            (_("Price"), price),
            (_("Privacy"), private),
            (_("Rubric"), arguments.rubric or RUBRIC),
        ),
    )  # fmt: skip


def rate_answers(context: ToolContext, _arguments: NoArguments) -> Outcome:
    """Show the next pair that the user has not rated yet, blind."""
    evaluation = _evaluation(context)
    return _next(context, evaluation)


class Rate(BaseModel):
    """The user's own choice for the pair that was shown."""

    pair: int = Field(ge=1, description="number of the pair, as shown")
    better: Literal["A", "B", "tie"] = Field(
        description="what the user said is better, never a guess"
    )


def rate_pair(context: ToolContext, arguments: Rate) -> Outcome:
    """Note which answer the user prefers, and show the next pair."""
    evaluation = _evaluation(context)
    pairs = pairs_of(context.workspace, evaluation)[:RATED]
    if arguments.pair > len(pairs):
        raise LuthierError(
            _("There is no pair {number}.", number=arguments.pair),
            remedy=_("Say “rate the answers” to see the next one."),
            code="evaluation.no_pair",
        )
    evaluation = with_rating(evaluation, pairs[arguments.pair - 1], arguments.better)
    replace_evaluation(context.workspace, evaluation)
    return _next(context, evaluation)


def with_rating(evaluation: Evaluation, pair: Pair, better: str) -> Evaluation:
    """The evaluation with one more rating; rating a pair again replaces the first one."""
    preferred: Preference = "tie"
    if better != "tie":
        preferred = "tuned" if (better == "A") == pair.tuned_first else "other"
    kept = [one for one in evaluation.rated if one.row_id != pair.row_id]
    rated = (*kept, Preferred(row_id=pair.row_id, better=preferred))
    return evaluation.model_copy(update={"rated": rated})


def _next(context: ToolContext, evaluation: Evaluation) -> Outcome:
    pairs = pairs_of(context.workspace, evaluation)[:RATED]
    waiting = next_to_rate(pairs, evaluation)
    facts = {"evaluation": evaluation.model_dump(mode="json")}
    if not pairs:
        return Outcome(_("Both models answer every row the same; there is nothing to rate."))
    if waiting is None:
        table = judging_table(evaluation)
        return Outcome(
            _("All {number} pairs are rated.", number=len(pairs)),
            facts=facts,
            views=(table,) if table else (),
            data={"rated": len(evaluation.rated), "notes": list(table.notes) if table else []},
        )
    number, pair = waiting
    first, second = pair.shown
    return Outcome(
        _(
            "Pair {number} of {total}. Ask the user which answer is better: A, B or a tie.",
            number=number,
            total=len(pairs),
        ),
        facts=facts,
        views=(pair_view(pair, number, len(pairs)),),
        data={"pair": number, "of": len(pairs), "request": pair.prompt, "A": first, "B": second},
    )


def _evaluation(context: ToolContext) -> Evaluation:
    found = context.facts.evaluation
    if found is None or found.comparison is None:
        raise not_yet(
            _("There are no two answers to compare yet."), _("Measure the tuned model first.")
        )
    return found


TOOLS = (
    Tool(
        name="judge_answers",
        description="Have a language model behind an address judge the tuned model's answers against the "
        "best alternative's, by a rubric. Test rows are sent there, which may cost money.",
        arguments=Judge,
        run=judge_answers,
        effect=Effect.MONEY,
        approval=approve_judging,
        label=mark("Starting to have answers judged"),
    ),
    Tool(
        name="rate_answers",
        description="Show the user two answers to a test row, blind, so that he says which is better. "
        "Ask him then, and pass what he says to rate_pair.",
        arguments=NoArguments,
        run=rate_answers,
        effect=Effect.READS,
        label=mark("Looking for a pair to rate"),
    ),
    Tool(
        name="rate_pair",
        description="Note which of the two shown answers the user prefers; shows the next pair.",
        arguments=Rate,
        run=rate_pair,
        effect=Effect.WRITES_HOME,
        label=mark("Noting your choice"),
        repeatable=True,
    ),
)
