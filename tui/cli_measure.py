"""What ``luthier eval again``, ``rate`` and ``judge`` do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from luthier.tools.endpoints.address import read_endpoint
from luthier.tools.endpoints.keys import variables_for
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.arms.elsewhere import what_is_sent
from luthier.tools.evaluation.arms.other_model import asked_by, find_model
from luthier.tools.evaluation.judging.pairs import RATED, next_to_rate, pairs_of
from luthier.tools.evaluation.judging.views import judging_table, pair_view
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.evaluation.store import load_evaluation, replace_evaluation
from luthier.tools.evaluation.views import evaluation_views
from luthier.tools.identifiers import new_id
from luthier.tools.jobs.model import Job, JobKind, JobState
from luthier.tools.jobs.store import get_job, read_result
from luthier.tools.jobs.supervisor import launch
from luthier.tools.jobs.wait import wait_for
from luthier.tools.language import _
from luthier.tools.models.sentence_encoder import read_encoder
from luthier.tools.prices.table import price_of
from luthier.tools.training.plan import EvaluationPlan, Plan
from luthier.tools.training.tuned_model import tuned_model
from luthier.tools.workspace import Workspace
from luthier.tui.cli_shared import ask_first, say, show
from luthier.tui.exit_codes import NEGATIVE, OK

_KEPT = ("price_per_hour", "preparation_price", "hosting_per_hour", "metric", "pattern", "max_rows")
_PATHS = ("documents", "encoder", "own_metric", "json_schema", "database")
_LISTS = ("models", "measures")


def measure_again(
    workspace: Workspace, job_id: str, wishes: dict[str, Any], *, yes: bool, as_json: bool
) -> int:
    """Measure a training again as wished, show it, and return the exit code."""
    training = get_job(workspace, job_id)
    if training.spec.kind != "train":
        raise LuthierError(
            _("“{title}” is not a training.", title=training.spec.title),
            remedy=_("`luthier jobs` lists the trainings of this home."),
            code="evaluation.unknown_model",
        )
    plan = Plan.model_validate(training.spec.payload["plan"])
    plan.evaluation = wished_evaluation(plan.evaluation, wishes)
    for model in wishes["models"]:
        find_model(workspace, model)
    asked = asked_elsewhere(workspace, training, plan.evaluation)
    ask_what_leaves(plan, asked, yes=yes)
    evaluation = _run(
        workspace,
        "evaluate",
        _("Measuring the tuned model and the alternatives"),
        {"plan": plan.model_dump(mode="json"), "train_job_id": training.spec.id},
        session_id=training.spec.session_id,
        models=asked,
    )
    show(evaluation_views(evaluation), evaluation, as_json=as_json)
    decision = evaluation.verdict.decision if evaluation.verdict else ""
    return NEGATIVE if decision in ("do_not_ship", "more_data") else OK


def wished_evaluation(plan: EvaluationPlan, wishes: dict[str, Any]) -> EvaluationPlan:
    """The evaluation of a plan with the command's options added; absent ones change nothing."""
    changes: dict[str, Any] = {name: wishes[name] for name in _KEPT if wishes.get(name) is not None}
    changes |= {name: str(Path(wishes[name]).absolute()) for name in _PATHS if wishes.get(name)}
    for name in _LISTS:
        changes[name] = tuple(dict.fromkeys((*getattr(plan, name), *wishes[name])))
    if wishes.get("encoder"):
        read_encoder(Path(changes["encoder"]))
    arms = tuple(wishes["arms"])
    if wishes.get("documents") and not arms:
        arms = ("retrieval", "tuned_retrieval")
    if arms:
        changes["arms"] = tuple(dict.fromkeys((*plan.arms, *arms)))
    if wishes.get("prompt_file"):
        changes["prompt"] = wishes["prompt_file"].read_text(encoding="utf-8").strip()
        changes["arms"] = tuple(dict.fromkeys((*changes.get("arms", plan.arms), "prompted")))
    elsewhere = [model_at(each) for each in wishes["elsewhere"]]
    changes["elsewhere"] = tuple(dict.fromkeys((*plan.elsewhere, *elsewhere)))
    return EvaluationPlan.model_validate({**plan.model_dump(), **changes})


def model_at(text: str) -> EndpointModel:
    """``MODEL@URL`` as a model elsewhere.

    Raises:
        LuthierError: it is not written so.
    """
    name, sign, url = text.partition("@")
    if not (name and sign and url):
        raise LuthierError(
            _("“{text}” does not say which model, and where.", text=text),
            remedy=_("Write it as MODEL@URL, such as gpt-4o-mini@https://api.openai.com/v1."),
            code="evaluation.bad_model",
        )
    found = read_endpoint(url)
    return EndpointModel(base_url=found.base_url, model=name, api_version=found.api_version)


def asked_elsewhere(
    workspace: Workspace, training: Job, plan: EvaluationPlan
) -> tuple[EndpointModel, ...]:
    """The models behind an address that an evaluation asks: named ones, and those tuned at providers."""
    result = read_result(workspace, training.id)
    there = tuned_model(Path(training.folder), result) if result.get("endpoint") else None
    own = (there.endpoint, there.base) if there else ()
    found = (*own, *asked_by(workspace, plan))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def ask_what_leaves(plan: Plan, asked: Sequence[EndpointModel], *, yes: bool = False) -> bool:
    """Ask before rows are sent out and before the user's own file runs; whether any row leaves.

    ``asked`` are the models elsewhere. With ``yes`` it is only said what is sent, where to, and at
    what price.

    Raises:
        LuthierError: the answer was no, or there was nobody to answer.
    """
    sent_to = [model for model in asked if not model.is_local]
    for model in sent_to:
        what = _what_is_sent(plan, model)
        if yes:
            say(what)
        else:
            ask_first(_("{what} Send them?", what=what))
    if plan.evaluation.own_metric and not yes:
        ask_first(_("Run your own measure {path}?", path=plan.evaluation.own_metric))
    return bool(sent_to)


def _what_is_sent(plan: Plan, model: EndpointModel) -> str:
    evaluation = plan.evaluation
    sent = what_is_sent(evaluation.max_rows, plan.train.max_length, evaluation.max_new_tokens)
    price = price_of(model)
    return _(
        "Up to {requests} requests with test, validation and training rows go to {model} ({url}): at "
        "most {read:,} tokens read and {written:,} written; price: {price}.",
        requests=sent.requests,
        model=model.model,
        url=model.base_url,
        read=sent.tokens_read,
        written=sent.tokens_written,
        price=_("at most about {money:,.2f} US dollars",
                money=price.of(sent.tokens_read, sent.tokens_written))
        if price
        else _("not known here; look at the provider's price list"),
    )  # fmt: skip


def _run(
    workspace: Workspace,
    kind: JobKind,
    title: str,
    payload: dict[str, Any],
    *,
    session_id: str,
    models: tuple[EndpointModel, ...],
) -> Evaluation:
    from luthier.tui.progress_bars import JobBar

    job = launch(
        workspace,
        kind=kind,
        session_id=session_id,
        title=title,
        payload=payload,
        idempotency_key=f"{kind}:{new_id()}",
        keys=tuple(dict.fromkeys(name for model in models for name in variables_for(model))),
    )
    with JobBar() as bar:
        ended = wait_for(workspace, job.id, bar.listen)
    if ended.status.state is not JobState.SUCCEEDED:
        raise LuthierError.from_dict(
            ended.status.error or {"what": _("“{title}” was interrupted.", title=title)}
        )
    return Evaluation.model_validate(read_result(workspace, job.id)["evaluation"])


def rate(workspace: Workspace, evaluation_id: str, *, as_json: bool) -> None:
    """Ask pair by pair until the dozen is rated or the user stops."""
    from luthier.tools.catalog.judging import with_rating

    evaluation = load_evaluation(workspace, evaluation_id)
    pairs = pairs_of(workspace, evaluation)[:RATED]
    while (waiting := next_to_rate(pairs, evaluation)) is not None:
        number, pair = waiting
        show([pair_view(pair, number, len(pairs))], None, as_json=False)
        answer = click.prompt(
            _("A, B, t (tie) or s (stop)"),
            type=click.Choice(["A", "B", "t", "s"], case_sensitive=False),
            show_choices=False,
            err=True,
        )
        if answer == "s":
            break
        evaluation = with_rating(evaluation, pair, "tie" if answer == "t" else answer)
        replace_evaluation(workspace, evaluation)
    table = judging_table(evaluation)
    show([table] if table else [], evaluation, as_json=as_json)


def have_judged(
    workspace: Workspace, evaluation_id: str, judge: str, rubric: str, *, yes: bool, as_json: bool
) -> None:
    """Run a judging to its end and show what came out."""
    from luthier.tools.catalog.judging import judge_costs

    evaluation, model = load_evaluation(workspace, evaluation_id), model_at(judge)
    pairs = pairs_of(workspace, evaluation)
    if not yes and not model.is_local:
        requests, read, money = judge_costs(pairs, model)
        price = _("not known here; look at the provider's price list")
        if money is not None:
            price = _("at most about {money:,.2f} US dollars", money=money)
        ask_first(
            _(
                "Send {pairs} test rows with answers to {url}, in {requests} requests ({read:,} tokens "
                "read)? Price: {price}.",
                pairs=len(pairs),
                url=model.base_url,
                requests=requests,
                read=read,
                price=price,
            )
        )
    judged = _run(
        workspace,
        "judge",
        _("Judging answers side by side"),
        {
            "evaluation_id": evaluation.id,
            "model": model.model_dump(mode="json"),
            "rubric": rubric.strip(),
        },
        session_id="eval",
        models=(model,),
    )
    table = judging_table(judged)
    show([table] if table else [], judged, as_json=as_json)
    say(
        _(
            "Rate a dozen pairs yourself to see whether you agree: luthier eval rate {id}",
            id=judged.id,
        )
    )
