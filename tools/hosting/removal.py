"""Removing exports: what is on this computer is deleted, what is elsewhere is only forgotten."""

from __future__ import annotations

from luthier.tools.errors import LuthierError
from luthier.tools.hosting.model import Export
from luthier.tools.hosting.ollama import delete_from_ollama
from luthier.tools.hosting.serving import list_servers
from luthier.tools.hosting.store import delete_export
from luthier.tools.language import _
from luthier.tools.workspace import Workspace


def need_unused(workspace: Workspace, export: Export) -> None:
    """Make sure that nothing is served from the files of an export.

    Raises:
        LuthierError: a server is (``export.in_use``).
    """
    served = [one for one in list_servers(workspace) if one.export_id == export.id]
    if served:
        raise LuthierError(
            _("{title} is being served.", title=export.title),
            why=_("A server reads from its files: {url}", url=served[0].url),
            remedy=_(
                "Stop the server first: “stop the server {id}”, or `luthier host stop {id}`.",
                id=served[0].id[-6:],
            ),
            code="export.in_use",
        )


def removed_words(export: Export) -> str:
    """What has gone, and what has not."""
    if export.kind == "hub":
        return _(
            "{name} is off the list; what was published stays on the Hugging Face Hub.",
            name=export.path,
        )
    return _("{title} is deleted.", title=export.title)


def remove_export(workspace: Workspace, export: Export) -> None:
    """Delete an export with its files; a model in Ollama is deleted there, too.

    Raises:
        LuthierError: it is being served (``export.in_use``), or Ollama does not answer.
    """
    need_unused(workspace, export)
    if export.kind == "ollama" and export.state == "ready":
        name, _open, url = export.path.partition(" (")
        delete_from_ollama(url.removesuffix(")"), name)
    delete_export(workspace, export.id)
