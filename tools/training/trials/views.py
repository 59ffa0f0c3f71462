"""The trials of a search in one table."""

from __future__ import annotations

from luthier.tools.jobs.model import STATE_WORDS, JobState
from luthier.tools.language import _, plural
from luthier.tools.training.plan import Plan
from luthier.tools.training.plan_fields import label_of
from luthier.tools.training.trials.model import SearchResult, Trial
from luthier.tools.training.trials.search import with_settings
from luthier.tools.training.views import shown_value
from luthier.tools.views import Table
from luthier.tools.wording import duration


def search_table(result: SearchResult, plan: Plan) -> Table:
    """One line per trial, the winner marked."""
    names = list(result.trials[0].settings) if result.trials else []
    rows = tuple(_line(trial, plan, names) for trial in result.trials)
    places = [trial.number for trial in result.trials]
    notes = [
        _(
            "The validation loss is measured on rows that no trial learns from; lower is better. "
            "The test rows were not looked at."
        ),
        _(
            "{spent} of {budget} were used.",
            spent=duration(result.seconds),
            budget=duration(result.budget),
        ),
    ]
    if result.skipped:
        notes.append(
            plural(
                "For {n} more trial the time did not suffice.",
                "For {n} more trials the time did not suffice.",
                result.skipped,
            )
        )
    figures = (_("validation loss"), _("best after"), _("time"))
    return Table(
        title=_("Trials"),
        columns=("#", *(_(label_of(name)) for name in names), *figures),
        rows=rows,
        notes=tuple(notes),
        highlight=places.index(result.best) if result.best in places else -1,
    )


def _line(trial: Trial, plan: Plan, names: list[str]) -> tuple[str, ...]:
    epochs = float(trial.settings["train.epochs"])
    tried = with_settings(plan, trial.settings, epochs)
    loss = f"{trial.validation_loss:.4f}" if trial.validation_loss is not None else ""
    if trial.state is not JobState.SUCCEEDED:
        loss = trial.words or _(STATE_WORDS[trial.state])
    after = _("{epochs:.1f} epochs", epochs=trial.best_epoch) if trial.best_epoch else ""
    return (
        f"{trial.number}",
        *(shown_value(tried, name) for name in names),
        loss,
        after,
        duration(trial.seconds),
    )
