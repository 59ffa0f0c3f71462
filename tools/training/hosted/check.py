"""What a provider would refuse, found on this computer before anything is sent.

The names are those that users of OpenAI know: from failed jobs (``invalid_n_examples``), from the
cookbook's "Data preparation and analysis for chat model fine-tuning" (``message_unrecognized_key`` ...)
and from refused requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from luthier.tools.data.exports.base import Unfit
from luthier.tools.data.model import Row, spoken
from luthier.tools.data.places import place_of
from luthier.tools.data.store import load_rows
from luthier.tools.endpoints.keys import has_access
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.language import _, plural
from luthier.tools.models.counters import counter_for
from luthier.tools.training.hosted.graders import fault_in, grader_of
from luthier.tools.training.hosted.keyless import missing_key
from luthier.tools.training.hosted.lines import line_of, size_of
from luthier.tools.training.hosted.price import tuning_line
from luthier.tools.training.hosted.profiles import Profile, endpoint_of, profile_of
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.objection import Objection
from luthier.tools.training.plan import Plan
from luthier.tools.wording import size
from luthier.tools.workspace import Workspace

SPECIAL = re.compile(
    r"<\|(?:endoftext|fim_prefix|fim_middle|fim_suffix|endofprompt|im_start|im_end|im_sep|start|end|"
    r"message|channel|return|call|constrain)\|>"
)
"""Special tokens of OpenAI's tokenizers: a job with one in its text fails there."""

_RISKY = re.compile(
    r"\b(?:kill (?:yourself|him|her|them)|how to make a bomb|child porn\w*|suicide method\w*"
    r"|behead\w*|rape[sd]?|nazi\w*)\b",
    re.IGNORECASE,
)
_SHOWN = 3
_NAMES = re.compile(r"[A-Za-z0-9_-]{1,64}")


def check_hosted(workspace: Workspace, plan: Plan) -> tuple[Objection, ...]:
    """Everything that speaks against this plan at its provider, what stops it first."""
    profile = profile_of(plan.hosted)
    rows = load_rows(workspace, plan.data.dataset_id, "train")
    held_out = load_rows(workspace, plan.data.dataset_id, "validation")
    found = [*_settings(plan, profile), *_amount(rows, plan, profile)]
    if plan.hosted.method == "reinforcement" and not held_out:
        found.append(_no_validation())
    every = [*rows, *held_out]  # the validation rows are sent, too, and fail a job as well
    for rule in _RULES:
        found += rule(every, plan)
    found += _lengths(workspace, every, plan, profile)
    return tuple(map(_named, sorted(found, key=lambda one: not one.stops)))


def _named(objection: Objection) -> Objection:
    """With the name that users know it by, and can search for, in its words."""
    if objection.code in objection.message:
        return objection
    return replace(objection, message=f"{objection.message} ({objection.code})")


def _no_validation() -> Objection:
    return Objection(
        "missing_validation_file",
        _("Reinforcement needs validation rows, and there are none."),
        _("Prepare the data with some rows set aside for validation, then start again."),
    )


def _settings(plan: Plan, profile: Profile) -> Iterator[Objection]:
    hosted, endpoint = plan.hosted, endpoint_of(plan.hosted)
    if not endpoint.is_local and not has_access(endpoint):
        missing = missing_key(endpoint)
        yield Objection("missing_key", missing.what, missing.remedy)
    if hosted.method not in profile.methods:
        yield Objection(
            "unsupported_method",
            _(
                "{label} does not tune in the way “{method}”.",
                label=profile.label,
                method=hosted.method,
            ),
            _("It takes: {names}.", names=", ".join(profile.methods)),
        )
    if not (hosted.model or profile.model):
        yield Objection(
            "missing_model",
            _("The name of the base model at the provider is missing."),
            _("Say “use the model NAME at the provider”."),
        )
    if len(hosted.suffix) > profile.suffix_length:
        yield Objection(
            "suffix_too_long",
            plural(
                "The suffix may have at most {n} character there.",
                "The suffix may have at most {n} characters there.",
                profile.suffix_length,
            ),
            _("Choose a shorter one."),
        )
    if hosted.method == "reinforcement":
        yield from _graded(plan)
    yield from _takes_method(hosted, endpoint)
    if hosted.wandb and not profile.integrations:
        yield Objection(
            "unsupported_integration",
            _("{label} does not report to Weights & Biases.", label=profile.label),
            _("Leave hosted.wandb out."),
        )


def _graded(plan: Plan) -> Iterator[Objection]:
    """What reinforcement needs besides rows to train on."""
    fault = fault_in(grader_of(plan))
    if fault:
        yield Objection(
            "invalid_grader",
            _(
                "Reinforcement needs a grader that says how good an answer is: {fault}.",
                fault=fault,
            ),
            _("Mend it in the plan file under hosted.grader, or leave it out: one is chosen then."),
        )


def _takes_method(hosted: HostedPlan, base: EndpointModel) -> Iterator[Objection]:
    """What the dated table says of the ways to tune this model; the provider decides."""
    line = tuning_line(base)
    if line and line.methods and hosted.method not in line.methods:
        yield Objection(
            "method_unavailable",
            _(
                "{model} could not be tuned in the way “{method}” on {read}.",
                model=base.model,
                method=hosted.method,
                read=line.read,
            ),
            _("It takes: {names}.", names=", ".join(line.methods)),
            stops=False,
        )


def _amount(rows: Sequence[Row], plan: Plan, profile: Profile) -> Iterator[Objection]:
    if len(rows) < profile.fewest_rows:
        yield Objection(
            "invalid_n_examples",
            _(
                "There are {rows} training rows, and {label} takes {fewest} at the least "
                "(invalid_n_examples).",
                rows=len(rows),
                label=profile.label,
                fewest=profile.fewest_rows,
            ),
            _("Add rows to the data and prepare it again."),
        )
    try:
        length = size_of(rows, plan.hosted)
    except Unfit:
        return  # said by another rule, with the rows
    if profile.file_bytes and length > profile.file_bytes:
        yield Objection(
            "file_too_large",
            _(
                "The training file has {size}, and {label} takes {most} at most.",
                size=size(length),
                label=profile.label,
                most=size(profile.file_bytes),
            ),
            _("Leave rows out, or split them over several trainings."),
        )


def _forms(rows: Sequence[Row], plan: Plan) -> Iterator[Objection]:
    """Rows that this way of tuning has no form for: weights, roles, calls, pairs."""
    unfit: dict[str, list[str]] = {}
    for row in rows:
        try:
            line_of(row, plan.hosted)
        except Unfit as reason:
            unfit.setdefault(str(reason), []).append(_place(row))
    for words, places in unfit.items():
        yield Objection(
            "invalid_training_file",
            plural(
                "{n} row cannot be trained there: {reason} (invalid_training_file): {places}.",
                "{n} rows cannot be trained there: {reason} (invalid_training_file): {places}.",
                len(places),
                reason=words,
                places=_few(places),
            ),
            _("Leave such rows out: “check the data” shows them."),
        )


def _conversations(rows: Sequence[Row], _plan: Plan) -> Iterator[Objection]:
    """The cookbook's rules for the turns."""
    bad: dict[str, list[str]] = {}

    def note(code: str, row: Row) -> None:
        bad.setdefault(code, []).append(_place(row))

    for row in rows:
        roles = [message.role for message in row.messages]
        if "assistant" not in roles:
            note("example_missing_assistant_message", row)
        if any(not spoken(message).strip() for message in row.messages):
            note("missing_content", row)
        weights = {message.weight for message in row.messages if message.role == "assistant"}
        if not weights <= {0.0, 1.0}:
            note("invalid_weight", row)
        tools = [tool.get("function", tool) for tool in row.messages[0].tools]
        if any(not _NAMES.fullmatch(str(tool.get("name", ""))) for tool in tools):
            note("invalid_tool_name", row)
    words = {
        "example_missing_assistant_message": _("there is no answer to learn from"),
        "missing_content": _("a turn is empty"),
        "invalid_weight": _("a weight is neither 0 nor 1"),
        "invalid_tool_name": _("a tool's name has other signs than letters, digits, - and _"),
    }
    for code, places in bad.items():
        yield Objection(
            code,
            _("{reason} ({code}): {places}.", reason=words[code], code=code, places=_few(places)),
            _("Mend or leave out these rows."),
        )


def _special(rows: Sequence[Row], _plan: Plan) -> Iterator[Objection]:
    found = [
        (hit.group(), _place(row))
        for row in rows
        if (hit := next(filter(None, (SPECIAL.search(m.content) for m in row.messages)), None))
    ]
    if found:
        yield Objection(
            "invalid_token",
            _(
                "A text has the special token {token}, for which the whole job fails there: {places}.",
                token=found[0][0],
                places=_few([place for _token, place in found]),
            ),
            _("Take it out of the text, or leave these rows out."),
        )


def _moderation(rows: Sequence[Row], _plan: Plan) -> Iterator[Objection]:
    found = [_place(row) for row in rows if any(_RISKY.search(m.content) for m in row.messages)]
    if found:
        yield Objection(
            "moderation",
            _(
                "The provider's moderation may refuse the whole job for these rows: {places}.",
                places=_few(found),
            ),
            _("Look at them, and leave them out where they are not needed."),
            stops=False,
        )


def _lengths(
    workspace: Workspace, rows: Sequence[Row], plan: Plan, profile: Profile
) -> Iterator[Objection]:
    if not profile.row_tokens:
        return
    counter = counter_for(workspace, plan.hosted.model or profile.model or "gpt-4o")
    counts = counter.count(rows)
    long = [
        _place(row)
        for row, count in zip(rows, counts, strict=True)
        if count.whole > profile.row_tokens
    ]
    if long:
        yield Objection(
            "example_too_long",
            _(
                "Longer than the {most:,} tokens that {label} trains of a row, so that the end is cut: "
                "{places}.",
                most=profile.row_tokens,
                label=profile.label,
                places=_few(long),
            ),
            _("Shorten these rows, or leave them out."),
            stops=False,
        )


_RULES: tuple[Callable[[Sequence[Row], Plan], Iterator[Objection]], ...] = (
    _forms,
    _conversations,
    _special,
    _moderation,
)


def _place(row: Row) -> str:
    return place_of(row.source)


def _few(places: Sequence[str]) -> str:
    shown = "; ".join(places[:_SHOWN])
    more = len(places) - _SHOWN
    return _("{shown} and {more} more", shown=shown, more=more) if more > 0 else shown
