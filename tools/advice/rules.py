"""Should this be tuned at all? The four heads of the decision as plain rules.

The heads are those of Microsoft's "Generative AI for Beginners", lesson 18: use case, alternatives
tried, costs, benefits. The recommendation follows from the use case, the number of rows and the
time; every other answer adds a reason. Reasons quote the user, so that they can object.
"""

from __future__ import annotations

from dataclasses import dataclass

from luthier.tools.advice.model import (
    TRIED_TITLES,
    USE_CASE_TITLES,
    Advice,
    Brief,
    Recommendation,
    UseCase,
)
from luthier.tools.advice.rows import ENOUGH_TO_TUNE, TOO_FEW_TO_TUNE, rows_reason
from luthier.tools.data.model import Task
from luthier.tools.language import _, mark

SHORTEST_TRAINING_MINUTES = 2
ROWS_PER_LABEL = 8
"""With fewer examples per label than this, the rarer labels are hardly seen."""

_BEHAVIOURS: frozenset[UseCase] = frozenset({"labels", "structured", "style"})

_ASSUMED = {
    "use_case": mark("use case"),
    "tried": mark("tried"),
    "minutes": mark("minutes"),
    "criterion": mark("criterion"),
}

_RETRIEVAL = mark(
    "Retrieval: keep the facts in documents, search them for each question and put what "
    "was found into the prompt. The facts stay current and can be cited."
)
_PROMPTING = mark(
    "Prompting: describe the task and the wanted form of the answer in a few sentences."
)
_FEW_SHOT = mark("Few-shot: put three to eight of your best rows into the prompt as examples.")
_MORE_ROWS = mark(
    "Collect more rows: aim for 50 to begin with, and for 200 or more to measure well."
)
_CLASSIFIER = mark(
    "A plain text classifier (word counts and logistic regression): for labels it is "
    "often nearly as good, trains in seconds and needs no language model."
)
_SCHEMA = mark(
    "Constrained decoding: some servers can force valid JSON by a schema. That fixes the "
    "form, not what stands in it."
)


@dataclass(frozen=True, slots=True)
class _Outcome:
    recommendation: Recommendation
    headline: str
    reason: str


def advise(brief: Brief, *, rows: int | None, task: Task | None) -> Advice:
    """Recommend tuning, trying something else first, or neither, from what is known so far.

    Args:
        brief: the interview's answers; unanswered fields are None and only make the advice vaguer.
        rows: usable rows in the user's data, or None before a file was looked at.
        task: what the rows look like, or None before a file was looked at.
    """
    use_case = _effective_use_case(brief, task)
    outcome = _decide(brief, use_case, rows)
    reasons = (
        _use_case_reason(brief, use_case, task),
        outcome.reason,
        _tried_reason(brief, use_case),
        rows_reason(rows) if rows is not None else _unseen_rows_reason(outcome),
        _labels_reason(task, rows),
        _cost_reason(brief),
        _benefit_reason(brief),
        _assumed_reason(brief),
    )
    return Advice(
        recommendation=outcome.recommendation,
        headline=outcome.headline,
        reasons=tuple(reason for reason in reasons if reason),
        alternatives=_alternatives(brief, use_case, rows),
    )


def _effective_use_case(brief: Brief, task: Task | None) -> UseCase:
    """What was said; where nothing clear was said, what the rows look like."""
    if brief.use_case is not None and brief.use_case != "other":
        return brief.use_case
    if task is not None and task.kind != "text":
        return "labels" if task.kind == "labels" else "structured"
    return "other"


def _decide(brief: Brief, use_case: UseCase, rows: int | None) -> _Outcome:
    tried = frozenset(brief.tried or ())
    if use_case == "new_facts":
        return _about_facts("retrieval" in tried)
    if rows is not None and rows < ENOUGH_TO_TUNE:
        return _about_few_rows(rows)
    if brief.minutes is not None and brief.minutes < SHORTEST_TRAINING_MINUTES:
        return _Outcome(
            "try_first",
            _("Start with a better prompt: the time you allow is too short to train."),
            _(
                "Even a small model needs more than {minutes} min on a CPU to learn from your rows; "
                "measuring the base model and few-shot takes less.",
                minutes=brief.minutes,
            ),
        )
    if use_case in _BEHAVIOURS:
        return _about_behaviour(tried)
    if tried & {"prompting", "few_shot"}:
        return _Outcome(
            "tune",
            _("Tuning is worth a try, with the alternatives measured beside it."),
            _(
                "Prompts alone have not been enough for you, so a measured trial is a fair next step."
            ),
        )
    return _Outcome(
        "try_first",
        _("Try a good prompt with a few examples first."),
        _(
            "What you want is not clearly a label, a form or a manner, and a prompt costs "
            "minutes, not hours. What it fails at will show whether tuning can help."
        ),
    )


def _about_facts(retrieval_tried: bool) -> _Outcome:
    if retrieval_tried:
        return _Outcome(
            "do_not_tune",
            _("I would not tune for this: tuning does not make facts dependable."),
            _(
                "You have tried retrieval already. Improve what it finds before anything else: a "
                "tuned model would recall some facts, mix up others and sound sure of both."
            ),
        )
    return _Outcome(
        "try_first",
        _("Try retrieval first: you want new facts rather than a new behaviour."),
        _(
            "Tuning changes how a model answers far more reliably than what it knows; facts "
            "learnt from a few rows come back half right, and go out of date."
        ),
    )


def _about_few_rows(rows: int) -> _Outcome:
    if rows < TOO_FEW_TO_TUNE:
        return _Outcome(
            "try_first",
            _("Too few rows to tune on: put them into the prompt instead."),
            _(
                "All your rows fit into one prompt, where a model follows them at once and nothing "
                "has to be trained."
            )
            if rows
            else _("There is nothing to learn from yet."),
        )
    return _Outcome(
        "try_first",
        _(
            "Try your rows as examples in the prompt first; tuning on so few can be shown, not "
            "proven."
        ),
        _(
            "So few rows can pass on a tone or a form, and are soon learnt by heart. Trying it "
            "is instructive and does no harm, as long as nobody takes the result for proof."
        ),
    )


def _about_behaviour(tried: frozenset[str]) -> _Outcome:
    if tried & {"prompting", "few_shot"}:
        reason = _("This is a behaviour rather than knowledge, and prompts have not settled it.")
    else:
        reason = _(
            "This is a behaviour rather than knowledge, which is what tuning is good at. The "
            "base model and the best few-shot prompt are measured before anything is trained; if "
            "one of them is good enough, I will say so and stop there."
        )
    return _Outcome(
        "tune", _("Tuning fits: a behaviour to learn, with the baselines first."), reason
    )


def _use_case_reason(brief: Brief, use_case: UseCase, task: Task | None) -> str:
    said = _quoted(brief.use_case_words)
    title = _(USE_CASE_TITLES[use_case])
    text = (
        _("You said {said}: I take it as {title}.", said=said, title=title)
        if said
        else _("Use case: {title}.", title=title)
    )
    looks_like = {"labels": "labels", "structured": "structured"}.get(task.kind) if task else None
    if looks_like and use_case in _BEHAVIOURS and use_case != looks_like:
        shape: UseCase = "labels" if looks_like == "labels" else "structured"
        other = _(USE_CASE_TITLES[shape])
        more = _(
            "Your rows look more like {other}, and that is how they will be measured.", other=other
        )
        return f"{text} {more}"
    return text


def _tried_reason(brief: Brief, use_case: UseCase) -> str:
    if brief.tried is None:
        return ""
    tried = set(brief.tried) - {"nothing"}
    said = _quoted(brief.tried_words)
    lead = _("Tried so far, in your words: {said}.", said=said) if said else ""
    if not tried:
        return lead or _("You have not tried anything else yet.")
    listed = ", ".join(_(TRIED_TITLES[name]) for name in sorted(tried))
    parts = [lead or _("Tried so far: {tried}.", tried=listed)]
    if "another_tune" in tried:
        parts.append(
            _(
                "Before another tune, look at the data and at how the first was measured: most "
                "failed tunes fail there."
            )
        )
    if "retrieval" in tried and use_case in _BEHAVIOURS:
        parts.append(_("Retrieval brings facts, not habits, so tuning can still add something."))
    return " ".join(parts)


def _unseen_rows_reason(outcome: _Outcome) -> str:
    if outcome.recommendation != "tune":
        return ""
    return _(
        "I have not seen your rows yet. With fewer than {enough_to_tune} I would say: put "
        "examples in the prompt first.",
        enough_to_tune=ENOUGH_TO_TUNE,
    )


def _labels_reason(task: Task | None, rows: int | None) -> str:
    if task is None or task.kind != "labels" or not task.labels or rows is None:
        return ""
    each = rows / len(task.labels)
    if each >= ROWS_PER_LABEL:
        return ""
    return _(
        "{labels} labels share {rows} rows, about {each:.1f} each: rare labels will hardly "
        "be learnt. Merge labels or add rows for them.",
        labels=len(task.labels),
        rows=rows,
        each=each,
    )


def _cost_reason(brief: Brief) -> str:
    if brief.minutes is None:
        return _(
            "Costs: on this machine no money and no upload, only time; how much is measured before "
            "you say yes."
        )
    return _(
        "Costs: on this machine no money and no upload, only time; you would spend about {minutes} "
        "min, and the plan is made to fit.",
        minutes=brief.minutes,
    )


def _benefit_reason(brief: Brief) -> str:
    said = _quoted(brief.benefit_words)
    parts = [_("What you hope for: {said}.", said=said)] if said else []
    if brief.criterion is not None:
        percent = f"{brief.criterion:.0%}"
        parts.append(
            _(
                "Good enough for you is {percent} right, and the verdict is held to that.",
                percent=percent,
            )
        )
        if brief.criterion >= 0.99:
            parts.append(
                _("No model is right every time: plan for a person, or a check, behind it.")
            )
        elif brief.criterion <= 0.5:
            parts.append(_("That is a low bar: a good prompt may clear it without any training."))
    return " ".join(parts)


def _assumed_reason(brief: Brief) -> str:
    if not brief.assumed:
        return ""
    names = ", ".join(_(_ASSUMED[name.removeprefix("brief.")]) for name in brief.assumed)
    return _(
        "Taken from defaults, not from you: {names}. Correct me and I will think again.",
        names=names,
    )


def _alternatives(brief: Brief, use_case: UseCase, rows: int | None) -> tuple[str, ...]:
    tried = frozenset(brief.tried or ())
    found: list[str] = []
    if use_case == "new_facts":
        found.append(_RETRIEVAL)
    if "prompting" not in tried:
        found.append(_PROMPTING)
    if "few_shot" not in tried:
        found.append(_FEW_SHOT)
    if use_case == "labels":
        found.append(_CLASSIFIER)
    if use_case == "structured":
        found.append(_SCHEMA)
    if rows is not None and rows < ENOUGH_TO_TUNE:
        found.append(_MORE_ROWS)
    return tuple(_(text) for text in found)


def _quoted(words: str) -> str:
    """The user's own words on one line, shortened, in quotation marks; empty stays empty."""
    line = " ".join(words.split())
    if not line:
        return ""
    return f"“{line if len(line) <= 120 else line[:117].rstrip() + '...'}”"
