"""From figures to one sentence: ship, with care, do not, more data first, or undecided.

The burden of proof lies on the tuned model: without evidence that it is better, and good enough,
the answer is not "ship".
"""

from __future__ import annotations

from luthier.tools.evaluation.losses import cautions
from luthier.tools.evaluation.model import Evaluation, Verdict
from luthier.tools.evaluation.verdict.cares import cares_of
from luthier.tools.evaluation.verdict.case import Case, case_of
from luthier.tools.evaluation.verdict.reasons import reasons_of
from luthier.tools.evaluation.verdict.refusals import doubt, may_need_rows, more_data, refuse
from luthier.tools.evaluation.words import points
from luthier.tools.language import _


def judge(evaluation: Evaluation) -> Verdict | None:
    """The verdict on an evaluation; None where there is no tuned arm or nothing to compare with."""
    case = case_of(evaluation)
    if case is None:
        return None
    reasons = reasons_of(case, evaluation)
    refusal = refuse(case, evaluation)
    doubtful = "" if refusal else doubt(case)
    if refusal or doubtful:
        wanted = more_data(case, evaluation)
        if wanted:
            return Verdict(
                decision="more_data", sentence=wanted, reasons=(refusal or doubtful, *reasons)
            )
        return Verdict(
            decision="do_not_ship" if refusal else "undecided",
            sentence=refusal or doubtful,
            reasons=reasons,
        )
    gain, cares = _gain(case), [*cautions(evaluation), *cares_of(case)]
    if cares:
        sentence = _(
            "Ship with care: {gain} ({both}), but {care}.",
            gain=gain,
            both=case.both,
            care=cares[0],
        )
        also = tuple(_("Mind also: {care}.", care=care) for care in cares[1:])
        return Verdict(decision="ship_with_care", sentence=sentence, reasons=also + reasons)
    return Verdict(
        decision="ship",
        sentence=_(
            "Ship it: {gain} ({both}), and a gain this size is very unlikely to be chance.",
            gain=gain,
            both=case.both,
        ),
        reasons=reasons,
    )


def more_rows_may_decide(evaluation: Evaluation) -> bool:
    """Whether a learning curve could turn the verdict into "more data first"."""
    case, verdict = case_of(evaluation), evaluation.verdict
    if case is None or verdict is None:
        return False
    return verdict.decision in ("do_not_ship", "undecided") and may_need_rows(case)


def _gain(case: Case) -> str:
    if not case.counts_rows:
        return _("the tuned model beats {other}", other=case.other)
    return _(
        "the tuned model beats {other} by {points} points",
        other=case.other,
        points=points(case.gain).lstrip("+"),
    )
