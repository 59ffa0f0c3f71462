"""How often a model finds the wanted answer likelier than the unwanted one, before and after tuning."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from luthier.tools.data.model import Row
from luthier.tools.data.store import load_unwanted
from luthier.tools.evaluation.arms.arm import Bench
from luthier.tools.evaluation.compare import bootstrap_interval, share_interval
from luthier.tools.evaluation.model import Interval, Preferences
from luthier.tools.language import _
from luthier.tools.training.preference_rows import worse_half

FEWEST = 10
MOST = 200
RESAMPLES = 2_000


def check_preferences(bench: Bench, tuned: Path, rows: Sequence[Row]) -> Preferences | None:
    """Compare on held-out pairs, or else on held-out answers that are marked as wanted or not.

    None where there are too few of either.
    """
    pairs = [row for row in rows if row.rejected][:MOST]
    if len(pairs) >= FEWEST:
        return _on_pairs(bench, tuned, pairs)
    unwanted = load_unwanted(bench.workspace, bench.dataset.id, "test")[:MOST]
    wanted = list(rows[:MOST])
    if len(unwanted) < FEWEST or len(wanted) < FEWEST:
        return None
    return _on_judged(bench, tuned, wanted, unwanted)


def _on_pairs(bench: Bench, tuned: Path, pairs: Sequence[Row]) -> Preferences:
    conversations = [row.messages for row in pairs]
    conversations += [worse_half(row).messages for row in pairs]
    right: dict[Path | None, list[float]] = {}
    for by in (None, tuned):
        bench.say(_("Comparing better and worse answers"), len(right), 2)
        found = [one.total for one in bench.likelihoods(conversations, by=by)]
        better, worse = found[: len(pairs)], found[len(pairs) :]
        right[by] = [float(good > bad) for good, bad in zip(better, worse, strict=True)]
    differences = [b - a for a, b in zip(right[None], right[tuned], strict=True)]
    return Preferences(
        kind="pairs",
        items=len(pairs),
        base=share_interval(right[None]),
        tuned=share_interval(right[tuned]),
        difference=bootstrap_interval(differences),
    )


def _on_judged(
    bench: Bench, tuned: Path, wanted: Sequence[Row], unwanted: Sequence[Row]
) -> Preferences:
    """The share of all couples of a wanted and an unwanted answer in which the wanted is likelier.

    Questions differ, so the likelihood per token is compared (the area under the ROC curve, Hanley
    and McNeil 1982); intervals by drawing wanted and unwanted answers again.
    """
    import numpy as np

    conversations = [row.messages for row in (*wanted, *unwanted)]
    scores = {}
    for number, by in enumerate((None, tuned)):
        bench.say(_("Comparing wanted and unwanted answers"), number, 2)
        scores[by] = np.array([one.mean for one in bench.likelihoods(conversations, by=by)])
    cut = len(wanted)
    wins = {by: found[:cut, None] > found[None, cut:] for by, found in scores.items()}
    rng = np.random.default_rng(13)
    draws: list[tuple[float, float]] = []
    for _draw in range(RESAMPLES):
        rows = rng.integers(0, cut, cut)
        columns = rng.integers(0, len(unwanted), len(unwanted))
        place = np.ix_(rows, columns)
        draws.append((float(wins[None][place].mean()), float(wins[tuned][place].mean())))
    base, after = np.array(draws).T
    return Preferences(
        kind="judged",
        items=cut + len(unwanted),
        base=_interval(float(wins[None].mean()), base),
        tuned=_interval(float(wins[tuned].mean()), after),
        difference=_interval(float(wins[tuned].mean() - wins[None].mean()), after - base),
    )


def _interval(value: float, draws: object) -> Interval:
    import numpy as np

    low, high = np.percentile(draws, [2.5, 97.5])  # type: ignore[call-overload]
    return Interval(value=value, low=float(low), high=float(high))
