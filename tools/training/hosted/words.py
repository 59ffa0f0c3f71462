"""What a provider's statuses and refusals mean, in plain words, each with what to do about it."""

from __future__ import annotations

import openai

from luthier.tools.endpoints.failures import explain, mentions, server_words
from luthier.tools.endpoints.model import EndpointModel
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.training.hosted.api import RemoteJob

STATUS_WORDS = {
    "validating_files": mark("The provider checks the files"),
    "queued": mark("Waiting in the provider's queue"),
    "running": mark("Training at the provider"),
    "pausing": mark("The provider is pausing the training"),
    "paused": mark("Paused at the provider"),
    "resuming": mark("The provider goes on with the training"),
    "compressing": mark("The provider packs the tuned model"),
    "uploading": mark("The provider puts the tuned model into its place"),
    "cancel_requested": mark("The provider is cancelling the training"),
    "succeeded": mark("Trained"),
    "failed": mark("Failed at the provider"),
    "cancelled": mark("Cancelled at the provider"),
}
FILE_ERROR = "hosted.file_error"
FINAL = frozenset({"succeeded", "failed", "cancelled"})

_ALTERNATIVES = mark(
    "Your data and plan are kept: say “train it on this computer”, or name another provider that "
    "speaks the same API."
)


def status_words(status: str) -> str:
    """A status for people; one that nobody here knows is shown as it is."""
    known = STATUS_WORDS.get(status)
    return _(known) if known else _("The provider says: {text}", text=status)


def no_access(error: openai.APIStatusError, server: EndpointModel, secret: str) -> LuthierError:
    """The organisation may not create fine-tuning jobs (any more)."""
    return LuthierError(
        _("Your organisation cannot start fine-tuning at {host} any more.", host=server.host),
        why=server_words(error, secret),
        remedy=_(_ALTERNATIVES),
        place=server.host,
        code="hosted.no_access",
    )


def refused_creation(
    error: openai.APIStatusError, server: EndpointModel, secret: str, *, unclear: bool = False
) -> LuthierError:
    """Why the provider did not take the job; ``unclear`` where an earlier call may have made one."""
    found = _refused(error, server, secret)
    parts = (found.remedy, _("Nothing was paid for."))
    if unclear:
        earlier = _(
            "An earlier call was cut off, and a job may have come of it: `luthier hosted jobs` shows "
            "what is there. Resume this one first: Luthier looks for that job before it creates any."
        )
        parts = (earlier, found.remedy)
    return LuthierError.from_dict({**found.as_dict(), "remedy": " ".join(filter(None, parts))})


def _refused(error: openai.APIStatusError, server: EndpointModel, secret: str) -> LuthierError:
    if error.status_code == 403 or mentions(
        error, "not available to your organization", "no longer available", "fine-tuning is not"
    ):
        return no_access(error, server, secret)
    if error.status_code == 404 or mentions(error, "model_not_found", "model_not_available"):
        return LuthierError(
            _("{host} cannot tune the model {model}.", host=server.host, model=server.model),
            why=server_words(error, secret),
            remedy=_(
                "Choose a model that can be tuned there, such as “use the model NAME at the "
                "provider”. {more}",
                more=_(_ALTERNATIVES),
            ),
            place="hosted.model",
            code="hosted.model_not_found",
        )
    if error.status_code in (400, 409, 422):
        return LuthierError(
            _("The provider did not take the job."),
            why=server_words(error, secret),
            remedy=_("Change what it names, then start again."),
            place=str(error.param or server.host),
            code=f"hosted.{error.code}" if error.code else "hosted.refused",
        )
    return explain(error, server, secret)


def failed_job(job: RemoteJob, label: str) -> LuthierError:
    """Why a job failed there, hours after it was taken."""
    code = job.error_code or "failed"
    lowered = f"{code} {job.error_words}".lower()
    if any(sign in lowered for sign in ("moderation", "unsafe", "safety", "usage polic")):
        what = _("{label} refused the training for its usage policy.", label=label)
        remedy = _(
            "Its moderation found rows it does not allow, or answers of the tuned model. Look for such "
            "rows (“check the data”), leave them out and start again, or train on this computer."
        )
    elif code == "invalid_n_examples":
        what = _("{label} found too few rows to train on.", label=label)
        remedy = _("Add rows to the data, prepare it again and start again.")
    elif code in ("invalid_training_file", "invalid_validation_file", "invalid_file_format"):
        what = _("{label} found something wrong with the rows.", label=label)
        remedy = _("Mend what it names (“check the data” shows the rows), then start again.")
    elif "quota" in lowered or "billing" in lowered:
        what = _("Your credit at {label} does not suffice for this training.", label=label)
        remedy = _("Add credit there, then start again; what was trained is not charged for.")
    else:
        what = _("The training failed at {label}.", label=label)
        remedy = _("Start it again later, or ask the provider with the job's id {id}.", id=job.id)
    return LuthierError(
        what,
        why=_("The provider says: {text}", text=f"{code}: {job.error_words[:400]}"),
        remedy=remedy,
        place=job.id,
        code=f"hosted.{code}",
    )


def bad_file(name: str, details: str, label: str) -> LuthierError:
    """A file that arrived and could not be processed."""
    return LuthierError(
        _("{label} could not process the file {name}.", label=label, name=name),
        why=_("The provider says: {text}", text=details) if details else "",
        remedy=_("Start again: the file is then sent anew. Nothing was paid for."),
        place=name,
        code=FILE_ERROR,
    )
