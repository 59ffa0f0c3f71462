"""Publishing an export on the Hugging Face Hub: one commit with the files and a model card.

The token comes from the environment or from ``hf auth login``; it is never stored or shown by Luthier.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from luthier.tools.data.store import load_dataset
from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.metrics import find_metric
from luthier.tools.evaluation.model import Evaluation
from luthier.tools.hosting.model import Export
from luthier.tools.hosting.tuned import Tuned
from luthier.tools.hub_address import hub_address
from luthier.tools.jobs.folder import now
from luthier.tools.jobs.store import list_jobs, read_result
from luthier.tools.language import _
from luthier.tools.progress import Progress, silent
from luthier.tools.report.write import card_text
from luthier.tools.workspace import Workspace

CARD = "README.md"
"""The name of the model card on the Hub."""
_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def push_export(
    workspace: Workspace,
    export: Export,
    tuned: Tuned,
    *,
    repository: str,
    private: bool = True,
    progress: Progress = silent,
) -> Export:
    """Upload an export with its card and check that every file has arrived.

    Args:
        workspace: where the data set's facts are.
        export: one that is ready and has files on this computer.
        tuned: the model it was made of.
        repository: ``owner/name``; made where it does not exist.
        private: whether only its owner may see it, where it is made now.
        progress: hears what is being done.

    Raises:
        LuthierError: ``hub.bad_name``, ``hub.no_token``, ``hub.no_card``, ``hub.bad_address``,
            ``hub.refused``, or ``hub.incomplete``.
    """
    named = files_to_publish(export)
    need_publishing(repository)
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError, HTTPError  # type: ignore[attr-defined]

    card = export_card(workspace, export, tuned)
    api = HfApi(hub_address())
    progress(_("Uploading to the Hugging Face Hub"), 0, 0)
    try:
        api.create_repo(repository, private=private, exist_ok=True)
        operations: list[Any] = [
            CommitOperationAdd(path_in_repo=name, path_or_fileobj=path)
            for name, path in named.items()
        ]
        operations.append(CommitOperationAdd(CARD, card.encode()))
        commit = api.create_commit(
            repository, operations=operations, commit_message=f"Add {export.title}"
        )
        there = set(api.list_repo_files(repository))
    except (HfHubHTTPError, HTTPError, OSError, ValueError) as error:
        raise _refused(repository, error) from error
    missing = {*named, CARD} - there
    if missing:
        raise LuthierError(
            _("The upload is incomplete."),
            why=_("Not there: {names}", names=", ".join(sorted(missing))),
            remedy=_("Try again; what is there already is not sent twice."),
            code="hub.incomplete",
        )
    return export.model_copy(
        update={
            "id": f"{export.id}-HUB",
            "kind": "hub",
            "path": repository,
            "created_at": now(),
            "notes": (str(commit.commit_url),),
        }
    )


def publishable(export: Export) -> Path:
    """The folder whose files are uploaded.

    Raises:
        LuthierError: the export is not ready or is not on this computer (``hub.no_files``).
    """
    path = Path(export.path)
    if export.state != "ready" or export.kind in ("ollama", "hub") or not path.exists():
        raise LuthierError(
            _("This export cannot be published."),
            why=" ".join(export.problems) or _("Its files are not on this computer."),
            remedy=_("Export the model again, then publish that."),
            code="hub.no_files",
        )
    return path.parent if path.is_file() else path


def files_to_publish(export: Export) -> dict[str, Path]:
    """The export's files by their names in the repository; the card is written beside them.

    Raises:
        LuthierError: what :func:`publishable` raises.
    """
    folder = publishable(export)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    named = {path.relative_to(folder).as_posix(): path for path in files}
    named.pop(CARD, None)
    return named


def export_card(workspace: Workspace, export: Export, tuned: Tuned) -> str:
    """The model card: what the evaluation found, then what this repository holds.

    Raises:
        LuthierError: the tuned model was never measured (``hub.no_card``).
    """
    evaluation = _evaluation(workspace, tuned)
    if evaluation is None:
        raise LuthierError(
            _("The tuned model has not been measured yet, so there is nothing true to say of it."),
            remedy=_("Measure it first (“evaluate”); the card needs the results."),
            code="hub.no_card",
        )
    card = card_text(
        workspace,
        title=tuned.plan.name,
        dataset=load_dataset(workspace, tuned.plan.data.dataset_id),
        plan=tuned.plan,
        result=read_result(workspace, tuned.job.id),
        evaluation=evaluation,
    )
    return card.rstrip() + "\n\n" + _parity_section(export)


def _parity_section(export: Export) -> str:
    parity = export.parity
    if parity is None:
        return ""
    metric = find_metric(parity.metric).title
    return (
        f"## These files: {export.title}\n\n"
        f"Asked the same {parity.rows} held-out rows as the tuned model, greedily, these files gave "
        f"the same answer in {parity.identical:.0%} of them; {metric}: {parity.score:.0%} "
        f"(tuned model: {parity.reference:.0%}); {parity.stops:.0%} of the answers ended by "
        "themselves; the prompts were written byte for byte the same.\n"
    )


def _evaluation(workspace: Workspace, tuned: Tuned) -> Evaluation | None:
    for job in list_jobs(workspace):
        if job.spec.kind == "evaluate" and job.spec.payload.get("train_job_id") == tuned.job.id:
            try:
                result = read_result(workspace, job.id)
            except LuthierError:
                continue  # it did not finish; an older one may have
            return Evaluation.model_validate(result["evaluation"])
    return None


def need_publishing(repository: str) -> None:
    """Make sure that this computer may publish under that name, before anybody is asked.

    Raises:
        LuthierError: ``hub.bad_name`` or ``hub.no_token``.
    """
    from huggingface_hub import get_token

    if not _REPOSITORY.fullmatch(repository):
        raise LuthierError(
            _("“{name}” is no name of a repository.", name=repository),
            remedy=_("Give it as owner/name, such as anna/shop-tickets."),
            code="hub.bad_name",
        )
    if not get_token():
        raise LuthierError(
            _("There is no token for the Hugging Face Hub."),
            why=_("A token shows the Hub who you are; Luthier neither asks for it nor stores it."),
            remedy=_(
                "Make one that may write at https://huggingface.co/settings/tokens, give it to "
                "`hf auth login` in another terminal, then say it again. HF_TOKEN does as well, set "
                "before Luthier starts."
            ),
            code="hub.no_token",
        )


def _refused(repository: str, error: Exception) -> LuthierError:
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", "")
    return LuthierError(
        _("The Hugging Face Hub did not take the upload."),
        why=f"{status} {str(error).splitlines()[0]}".strip()[:300],
        remedy=_(
            "Check that the token may write to {name}, and the connection; then try again. "
            "Nothing of yours was changed.",
            name=repository,
        ),
        code="hub.refused",
    )
