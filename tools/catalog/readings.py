"""What the result of each kind of job says to the conversation: words, facts, and what is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.refitting import fit_to_minutes
from luthier.tools.evaluation.harness.views import harness_note
from luthier.tools.evaluation.judging.views import judging_table
from luthier.tools.evaluation.learning_views import curve_in_words, learning_table
from luthier.tools.evaluation.losses import losses_tables
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.views import baseline_judgement, evaluation_views, verdict_callout
from luthier.tools.jobs.model import Job
from luthier.tools.jobs.views import job_views
from luthier.tools.language import _
from luthier.tools.training.plan import Estimate
from luthier.tools.training.trials.model import SearchResult
from luthier.tools.training.trials.search import in_words, with_settings
from luthier.tools.training.trials.views import search_table
from luthier.tools.training.views import plan_views
from luthier.tools.views import Callout, View

if TYPE_CHECKING:
    from luthier.tools.hosting.model import Export


class Reading(NamedTuple):
    """What a result says; ``refitted`` tells how the plan was fitted to the user's minutes.

    ``told`` says that the words are all there is to say of it.
    """

    words: str
    facts: dict[str, Any]
    views: tuple[View, ...]
    refitted: str = ""
    told: bool = False


def _baseline(_context: ToolContext, _job: Job, result: dict[str, Any]) -> Reading:
    evaluation = Evaluation.model_validate(result["evaluation"])
    judgement = baseline_judgement(evaluation)
    views = evaluation_views(evaluation) + ((judgement,) if judgement else ())
    scores = ", ".join(
        f"{arm.label} {arm.metrics.get(evaluation.metric, 0):.0%}" for arm in evaluation.arms
    )
    return Reading(
        _(
            "Alternatives on {test_rows} test rows ({metric}): {scores}.",
            test_rows=evaluation.test_rows,
            metric=evaluation.metric,
            scores=scores,
        ),
        {"baseline": evaluation.model_dump(mode="json")},
        views,
    )


def _preflight(context: ToolContext, job: Job, result: dict[str, Any]) -> Reading:
    estimate = Estimate.model_validate(result["estimate"])
    plan = context.facts.plan
    if plan is None or job.id != context.facts.preflight_job:
        return Reading(_("That pre-flight belongs to an older plan."), {}, ())
    fitted = fit_to_minutes(context, plan, estimate, context.facts.brief.minutes)
    if fitted:
        plan, estimate = fitted.plan, fitted.estimate
    words = _(
        "Measured: {tokens_per_second:.0f} tokens per second, {train_seconds:.0f} minutes of "
        "training.",
        tokens_per_second=estimate.tokens_per_second,
        train_seconds=estimate.train_seconds / 60,
    )
    return Reading(
        f"{words} {fitted.words}" if fitted else words,
        {"estimate": estimate.model_dump(mode="json"), **(fitted.facts(job.id) if fitted else {})},
        plan_views(plan, estimate)[0 if fitted else 1 :],  # the old plan has just been shown
        fitted.words if fitted else "",
    )


def _training(context: ToolContext, job: Job, result: dict[str, Any]) -> Reading:
    if job.id != context.facts.train_job:
        return Reading(_("That training belongs to an older plan."), {}, ())
    if result.get("endpoint"):
        return Reading(
            _trained_elsewhere(result),
            {"training": {key: value for key, value in result.items() if key != "history"}},
            job_views(context.workspace, job),
        )
    return Reading(
        _(
            "Training done: validation loss {base_validation_loss:.3f} before, "
            "{best_validation_loss:.3f} at best (step {best_step}).",
            base_validation_loss=result["base_validation_loss"],
            best_validation_loss=result["best_validation_loss"],
            best_step=result["best_step"],
        ),
        {"training": {key: value for key, value in result.items() if key != "history"}},
        job_views(context.workspace, job),
    )


def _trained_elsewhere(result: dict[str, Any]) -> str:
    """What a provider's training came to: the model's name, what it cost, how it went."""
    model, dollars = result["endpoint"]["model"], result.get("dollars")
    loss, waits = result.get("best_validation_loss"), result.get("awaits_deployment")
    if waits:
        made = _("Training done: {model}; it answers once it is deployed.", model=waits["model"])
    elif result.get("awaits_endpoint"):
        made = _("Training done: {model}; it answers once its endpoint is started.", model=model)
    else:
        made = _("Training done: the tuned model answers as {model}.", model=model)
    parts = [made]
    if loss is not None:
        parts.append(_("Its validation loss was {loss:.3f} at best.", loss=loss))
    tokens = result.get("trained_tokens") or 0
    if tokens and dollars is not None:
        parts.append(
            _(
                "{tokens:,} tokens were trained, about ${dollars:,.2f}.",
                tokens=tokens,
                dollars=dollars,
            )
        )
    elif tokens:
        parts.append(_("{tokens:,} tokens were trained; their price is unknown.", tokens=tokens))
    kept = [f"{one['model']} ({one['step']})" for one in result.get("checkpoints") or ()]
    if kept:
        parts.append(
            _("Kept on the way there, with their steps: {models}.", models=", ".join(kept))
        )
    return " ".join(parts)


def _evaluation(context: ToolContext, job: Job, result: dict[str, Any]) -> Reading:
    evaluation = Evaluation.model_validate(result["evaluation"])
    if job.id != context.facts.evaluate_job:
        return Reading(_("That evaluation belongs to an older plan."), {}, ())
    words = evaluation.verdict.sentence if evaluation.verdict else _("No verdict was reached.")
    return Reading(
        _("Verdict: {words}", words=words),
        {"evaluation": evaluation.model_dump(mode="json")},
        evaluation_views(evaluation),
    )


def _judged(context: ToolContext, _job: Job, result: dict[str, Any]) -> Reading:
    evaluation = Evaluation.model_validate(result["evaluation"])
    current = context.facts.evaluation
    table = judging_table(evaluation)
    if current is None or current.id != evaluation.id or table is None:
        return Reading(_("That judging belongs to an older evaluation."), {"judge_job": None}, ())
    evaluation = evaluation.model_copy(update={"rated": current.rated})
    words = _("The judge: {results}.", results="; ".join(" / ".join(row) for row in table.rows))
    facts = {"judge_job": None, "evaluation": evaluation.model_dump(mode="json")}
    return Reading(words, facts, (table,))


def _exports(context: ToolContext, _job: Job, result: dict[str, Any]) -> Reading:
    from luthier.tools.hosting.model import Export
    from luthier.tools.hosting.views import exports_table

    made = [Export.model_validate(one) for one in result["exports"]]
    new = {one.id: export_facts(one) for one in made}
    kept = [one for one in context.facts.exports if one.get("id") not in new]
    ready = [one.title for one in made if one.state == "ready"]
    failed = [f"{one.title}: {' '.join(one.problems)}" for one in made if one.problems]
    words = _("Ready: {ready}.", ready=", ".join(ready))
    if failed:
        words += " " + _("Failed: {failed}", failed=" ".join(failed))
    facts = {"export_job": None, "host_proposal": None, "exports": [*kept, *new.values()]}
    views: list[View] = [exports_table(made)]
    views += [Callout(tone="bad", headline=one) for one in failed]
    return Reading(words, facts, tuple(views))


def _deployed(context: ToolContext, job: Job, result: dict[str, Any]) -> Reading:
    from luthier.tools.azure.deployments import Deployment
    from luthier.tools.azure.views import deployments_table

    made = [Deployment.model_validate(one) for one in result["deployments"]]
    tuned = made[0]
    if job.id == context.facts.base_job:
        words = _("{name} answers at Azure.", name=tuned.name)
        return Reading(words, {"base_deployed": tuned.name}, ())
    if job.id == context.facts.checkpoint_job:
        words = _(
            "{name} answers at Azure: “compare with checkpoint {step}” measures it. It costs by the hour "
            "until you say “delete the deployment {name}”.",
            name=tuned.name,
            step=tuned.name.rpartition("-")[2],
        )
        table = deployments_table(made)
        return Reading(words, {"checkpoint_job": ""}, (table,), told=True)
    if job.id != context.facts.deploy_job:
        words = _("That deployment belongs to an older plan.")
        return Reading(words, {}, (deployments_table(made),))
    return Reading(
        _("{name} answers at Azure.", name=tuned.name),
        {"deployed": {"name": tuned.name, "model": tuned.model}},
        (deployments_table(made),),
    )


def _search(context: ToolContext, job: Job, result: dict[str, Any]) -> Reading:
    found = SearchResult.model_validate(result["search"])
    plan = context.facts.plan
    if plan is None or job.id != context.facts.search_job:
        return Reading(_("That search belongs to an older plan."), {}, ())
    winner = found.winner
    words = _("No trial ended with a figure.")
    if winner is not None:
        tried = with_settings(plan, winner.settings, float(winner.settings["train.epochs"]))
        words = _(
            "Best of {trials} trials: {settings}; validation loss {loss:.3f}.",
            trials=len(found.trials),
            settings=in_words(tried, winner.settings),
            loss=winner.validation_loss,
        )
    return Reading(words, {"search": result["search"]}, (search_table(found, plan),))


def _curve(context: ToolContext, job: Job, result: dict[str, Any]) -> Reading:
    evaluation = Evaluation.model_validate(result["evaluation"])
    if job.id != context.facts.curve_job:
        return Reading(_("That learning curve belongs to an older plan."), {}, ())
    verdict = evaluation.verdict
    views: tuple[View, ...] = learning_table(evaluation)
    if verdict:
        views += (verdict_callout(verdict),)
    return Reading(
        curve_in_words(evaluation),
        {"evaluation": evaluation.model_dump(mode="json"), "curve_job": ""},
        views,
    )


def _harness(context: ToolContext, job: Job, result: dict[str, Any]) -> Reading:
    evaluation = Evaluation.model_validate(result["evaluation"])
    if job.id != context.facts.harness_job:
        return Reading(_("Those figures of lm-eval belong to an older plan."), {}, ())
    verdict = evaluation.verdict
    views: tuple[View, ...] = losses_tables(evaluation)
    if verdict:
        views += (verdict_callout(verdict),)
    return Reading(
        harness_note(evaluation.harness),
        {"evaluation": evaluation.model_dump(mode="json"), "harness_job": ""},
        views,
    )


def export_facts(export: Export) -> dict[str, Any]:
    """What the conversation has to know of an export."""
    parity = export.parity
    return {
        "id": export.id,
        "kind": export.kind,
        "title": export.title,
        "state": export.state,
        "identical": parity.identical if parity else None,
        "score": parity.score if parity else None,
        "reference": parity.reference if parity else None,
    }


Reader = Callable[[ToolContext, Job, dict[str, Any]], Reading]
READERS: dict[str, Reader] = {
    "baseline": _baseline,
    "preflight": _preflight,
    "train": _training,
    "evaluate": _evaluation,
    "judge": _judged,
    "export": _exports,
    "deploy": _deployed,
    "search": _search,
    "curve": _curve,
    "harness": _harness,
}
"""By kind of job; a kind that leaves nothing for the conversation is not here."""
