"""Which export to serve where none was named, and a running server held against the tuned model."""

from __future__ import annotations

import time

from luthier.tools.errors import LuthierError
from luthier.tools.hosting.client import ServedModel
from luthier.tools.hosting.exporting import best_measured
from luthier.tools.hosting.model import Export, Parity, Server
from luthier.tools.hosting.parity import Answers, measure_parity
from luthier.tools.hosting.reference import tuned_answers
from luthier.tools.hosting.serving import read_key
from luthier.tools.hosting.snippets import address_elsewhere, address_of, snippets
from luthier.tools.hosting.store import get_export, list_exports
from luthier.tools.hosting.tuned import find_tuned, hosted_model, system_text
from luthier.tools.language import _
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace

_ORDER = ("gguf", "merged", "folder", "adapter")


def export_to_serve(
    workspace: Workspace, part: str = "", *, session_id: str | None = None
) -> Export:
    """The named export, or the best one that is ready: the smallest measured as good, else any.

    Raises:
        LuthierError: it does not exist, or nothing was exported yet (``host.nothing_exported``).
    """
    if part:
        return get_export(workspace, part, session_id)
    ready = [
        one
        for one in list_exports(workspace, session_id=session_id)
        if one.state == "ready" and one.kind in _ORDER
    ]
    if not ready:
        raise LuthierError(
            _("Nothing has been exported yet."),
            remedy=_(
                "Export the tuned model first: “export to gguf”, or `luthier exports make merged`."
            ),
            code="host.nothing_exported",
        )
    newest = [one for one in ready if one.train_job == ready[0].train_job]
    return best_measured(newest) or min(newest, key=_badness)


def _badness(export: Export) -> tuple[float, int]:
    """What was measured worst comes last; between equals, llama.cpp serves faster."""
    return (-export.parity.score if export.parity else 1.0, _ORDER.index(export.kind))


def check_server(
    workspace: Workspace, server: Server, most: int | None = None, progress: Progress = silent
) -> Parity:
    """Put the held-out rows to a running server and compare with the tuned model's answers.

    Raises:
        LuthierError: the server does not answer, or the tuned model is gone.
    """
    tuned = find_tuned(workspace, get_export(workspace, server.export_id).train_job, weights=False)
    rows = tuned.test_rows(workspace, most)
    reference = tuned_answers(workspace, tuned, rows, progress)
    client = ServedModel(server.url, read_key(server), server.model)
    plan = tuned.plan
    answers = []
    began = time.monotonic()
    for number, row in enumerate(rows):
        progress(_("Asking the server"), number, len(rows))
        answers.append(client.answer(row.prompt, plan.evaluation.max_new_tokens))
    seconds = time.monotonic() - began
    texts = [client.render(row.prompt) for row in rows]
    found = Answers(answers, texts, seconds, server.memory_bytes)
    return measure_parity(rows, plan.task, plan.evaluation.metric, reference, found)


def snippets_for(workspace: Workspace, server: Server, question: str = "") -> dict[str, str]:
    """Programs that use the server, with the system text that the model was trained with."""
    tuned = find_tuned(workspace, get_export(workspace, server.export_id).train_job, weights=False)
    return snippets(address_of(server), question or _("Hello"), tuned.system(workspace))


def snippets_elsewhere(workspace: Workspace, train_job: str, question: str = "") -> dict[str, str]:
    """Programs that use a tuned model at its provider.

    Raises:
        LuthierError: the tuned model of this training is on this computer (``host.is_here``).
    """
    tuned = hosted_model(workspace, train_job)
    system = system_text(workspace, tuned.plan)
    return snippets(address_elsewhere(tuned.endpoint), question or _("Hello"), system)
