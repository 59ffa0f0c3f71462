"""An evaluation as pictures: one table, the verdict, and real rows side by side."""

from __future__ import annotations

from luthier.tools.evaluation.against import against_table
from luthier.tools.evaluation.breakdown_views import breakdown_tables
from luthier.tools.evaluation.compare import best_alternative
from luthier.tools.evaluation.judging.views import judging_table
from luthier.tools.evaluation.learning_views import learning_table
from luthier.tools.evaluation.losses import losses_tables
from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.evaluation.model import ArmName, ArmResult, Duel, Evaluation, Verdict
from luthier.tools.evaluation.price import per_thousand, seconds_per_request
from luthier.tools.evaluation.words import percent, test_rows
from luthier.tools.language import _, mark
from luthier.tools.views import Callout, Sample, Samples, Table, Tone, View

_TONES: dict[str, Tone] = {
    "ship": "good",
    "ship_with_care": "warning",
    "more_data": "warning",
    "undecided": "warning",
    "do_not_ship": "bad",
}
_DUELS = {
    "win": mark("Where the tuned model was better"),
    "loss": mark("Where the tuned model was worse"),
    "example": mark("What the models answer without tuning"),
}
LIKENESS = mark(
    "These figures measure likeness to the expected wording, not whether an answer is "
    "right: read the rows below and judge for yourself."
)


def evaluation_views(evaluation: Evaluation) -> tuple[View, ...]:
    """The table of all arms, the verdict where there is one, and rows worth looking at."""
    views: list[View] = [arms_table(evaluation)]
    against = against_table(evaluation)
    if against:
        views.append(against)
    if evaluation.verdict:
        views.append(verdict_callout(evaluation.verdict))
    judging = judging_table(evaluation)
    if judging:
        views.append(judging)
    views += breakdown_tables(evaluation)
    views += learning_table(evaluation)
    views += losses_tables(evaluation)
    views += duel_views(evaluation)
    return tuple(views)


def arms_table(evaluation: Evaluation) -> Table:
    """One column per arm and one row per figure, the deciding metric first."""
    arms = evaluation.arms
    metrics = list(arms[0].metrics) if arms else []
    rows = [_metric_row(evaluation, name) for name in metrics]
    rows += [
        (_("ends by itself"), *(percent(arm.stop_rate) for arm in arms)),
        (_("tokens per request"), *(_tokens(arm) for arm in arms)),
        (_("seconds per request"), *(f"{seconds_per_request(arm):.2f}" for arm in arms)),
        (
            _("per 1,000 requests"),
            *(per_thousand(arm, evaluation.price_per_hour) for arm in arms),
        ),
    ]
    used = test_rows(evaluation.test_rows)
    if evaluation.split_rows > evaluation.test_rows:
        used = _(
            "{test_rows:,} of {split_rows:,} test rows",
            test_rows=evaluation.test_rows,
            split_rows=evaluation.split_rows,
        )
    return Table(
        title=_("Results on {used} that no training and no choice has seen", used=used),
        columns=("", *(arm.label for arm in arms)),
        rows=tuple(rows),
        notes=(*metric_notes(evaluation), *_other_notes(evaluation)),
        highlight=metrics.index(evaluation.metric) if evaluation.metric in metrics else -1,
    )


def _metric_row(evaluation: Evaluation, name: str) -> tuple[str, ...]:
    decides = name == evaluation.metric
    title = _(find_metric(name).title)
    title = _("{metric} (decides)", metric=title) if decides else title
    return (title, *(_figure(arm, name, decides) for arm in evaluation.arms))


def _figure(arm: ArmResult, name: str, decides: bool) -> str:
    text = percent(arm.metrics[name])
    if decides and arm.interval:
        return _(
            "{figure} ({low:.0f} to {high:.0f})",
            figure=text,
            low=arm.interval.low * 100,
            high=arm.interval.high * 100,
        )
    return text


def _tokens(arm: ArmResult) -> str:
    return f"{arm.prompt_tokens:,.0f} + {arm.completion_tokens:,.0f}"


def metric_notes(evaluation: Evaluation) -> tuple[str, ...]:
    """Each metric of the table in one sentence."""
    names = list(evaluation.arms[0].metrics) if evaluation.arms else []
    metrics = [find_metric(name) for name in names]
    said = {name: f" {note}" for name, note in evaluation.metric_notes.items()}
    return tuple(
        f"{_(metric.title)}: {_(metric.explanation)}{said.get(metric.name, '')}"
        for metric in metrics
    )


def _other_notes(evaluation: Evaluation) -> tuple[str, ...]:
    notes = [
        _("In brackets: the range in which the true figure lies with 95% confidence."),
        _(
            "Tokens per request: words or parts of words read + written; more tokens cost more "
            "time and, where you pay for use, more money."
        ),
        _("Seconds per request were measured on this machine, many requests at once."),
    ]
    if not any(arm.interval for arm in evaluation.arms):
        notes = notes[1:]
    if evaluation.price_per_hour:
        notes.append(
            _(
                "Per 1,000 requests: the time of this machine, and its price at {price:g} an hour.",
                price=evaluation.price_per_hour,
            )
        )
    if any(arm.price_per_request is not None for arm in evaluation.arms):
        notes.append(_("A model elsewhere has the price of a dated list, in US dollars."))
    if not find_metric(evaluation.metric).counts_right:
        notes.append(_(LIKENESS))
    notes += [
        f"{arm.label}: {arm.detail['prompt']}"
        for arm in evaluation.arms
        if arm.detail.get("prompt")
    ]
    return tuple(notes)


def verdict_callout(verdict: Verdict) -> Callout:
    """The verdict in one sentence with its reasons below."""
    return Callout(tone=_TONES[verdict.decision], headline=verdict.sentence, lines=verdict.reasons)


def duel_views(evaluation: Evaluation) -> list[Samples]:
    """Wins and losses on real rows, each as a list of its own."""
    labels = {arm.arm: arm.label for arm in evaluation.arms}
    judged = find_metric(evaluation.metric).counts_right
    views = []
    for outcome, title in _DUELS.items():
        duels = [duel for duel in evaluation.duels if duel.outcome == outcome]
        if duels:
            samples = tuple(_sample(duel, labels, judged) for duel in duels)
            views.append(Samples(title=_(title), samples=samples))
    return views


def _sample(duel: Duel, labels: dict[ArmName, str], judged: bool) -> Sample:
    """``judged`` says that the metric knows right from wrong; likeness alone marks nothing."""
    best = max(score for _, score in duel.scores)
    return Sample(
        prompt=duel.prompt,
        expected=duel.expected,
        answers=tuple((labels[arm], answer) for arm, answer in duel.answers),
        marks=tuple((labels[arm], 0 < best == score) for arm, score in duel.scores if judged),
    )


def baseline_judgement(evaluation: Evaluation) -> Callout | None:
    """Whether an alternative is already good enough for the criterion; None where none was named.

    Good enough means stop here: the recommendation is not to tune.
    """
    best = best_alternative(evaluation.arms, evaluation.metric)
    criterion = evaluation.criterion
    if criterion is None or best is None:
        return None
    score = best.metrics[evaluation.metric]
    if score < criterion:
        return Callout(
            headline=_(
                "The best result without tuning is {score} ({label}); you asked for {criterion}, so "
                "tuning may be worth it.",
                score=percent(score),
                label=best.label,
                criterion=percent(criterion),
            ),
        )
    lines = [
        _(
            "It reaches {score} and you asked for {criterion}.",
            score=percent(score),
            criterion=percent(criterion),
        ),
        _(
            "Stopping here saves the training and the care of a model of your own. You can go on "
            "all the same."
        ),
    ]
    if best.interval and best.interval.low < criterion:
        lines.insert(
            1,
            _(
                "With {rows} the true figure may be as low as {low}, so collect more test rows if "
                "much depends on it.",
                rows=test_rows(evaluation.test_rows),
                low=percent(best.interval.low),
            ),
        )
    return Callout(
        tone="good",
        headline=_(
            "Good enough without tuning: {label}. I recommend stopping here.", label=best.label
        ),
        lines=tuple(lines),
    )
