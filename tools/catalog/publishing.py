"""Tools that hand an export to other programs and places: Ollama, the Hugging Face Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.catalog.exports import WhichExport, chosen_export
from luthier.tools.effects import Effect
from luthier.tools.hub_address import hub_place
from luthier.tools.language import _, mark
from luthier.tools.questions import Approval
from luthier.tools.views import Callout

if TYPE_CHECKING:
    from luthier.tools.hosting.model import Export


class ToOllama(WhichExport):
    """A GGUF export and its name in Ollama."""

    name: str = Field(default="", description="the plan's name by default")


def create_in_ollama(context: ToolContext, arguments: ToOllama) -> Outcome:
    """Create a GGUF export in a running Ollama and ask it what the tuned model was asked."""
    from luthier.tools.hosting import ollama
    from luthier.tools.hosting.store import save_export
    from luthier.tools.hosting.tuned import find_tuned
    from luthier.tools.hosting.views import export_views

    export = _gguf(context, arguments)
    tuned = find_tuned(context.workspace, export.train_job, weights=False)
    made = ollama.create_in_ollama(
        context.workspace,
        export,
        tuned,
        name=arguments.name or tuned.name,
        url=ollama.ollama_url(),
        progress=context.progress,
    )
    save_export(context.workspace, made)
    words = " ".join(made.problems) or _("Ready in Ollama: {notes}", notes=" ".join(made.notes))
    return Outcome(words, views=export_views(made), data={"state": made.state})


def _gguf(context: ToolContext, arguments: ToOllama) -> Export:
    """The export that is named, else the best GGUF file, which is all that Ollama takes."""
    from luthier.tools.hosting.elsewhere import export_for
    from luthier.tools.hosting.store import list_exports

    if arguments.export:
        return chosen_export(context, arguments)
    made = list_exports(context.workspace, train_job=context.facts.train_job)
    return export_for(made, "Ollama")


def approve_ollama(context: ToolContext, arguments: ToOllama) -> Approval:
    """Where the file goes."""
    from luthier.tools.hosting.ollama import need_ollama, ollama_url
    from luthier.tools.wording import size

    export = _gguf(context, arguments)
    need_ollama(export, ollama_url())
    return Approval(
        tool="create_in_ollama",
        effect=Effect.NETWORK,
        title=_("Hand {title} to Ollama", title=export.title),
        details=((_("Where"), ollama_url()), (_("Size"), size(export.bytes))),
    )


class PushToHub(WhichExport):
    """An export and the repository to publish it in."""

    repository: str = Field(description="owner/name on the Hugging Face Hub")
    public: bool = Field(default=False, description="private unless the user wants otherwise")


def push_to_hub(context: ToolContext, arguments: PushToHub) -> Outcome:
    """Publish an export with its model card."""
    from luthier.tools.hosting.push import push_export
    from luthier.tools.hosting.store import save_export
    from luthier.tools.hosting.tuned import find_tuned

    export = chosen_export(context, arguments)
    made = push_export(
        context.workspace,
        export,
        find_tuned(context.workspace, export.train_job, weights=False),
        repository=arguments.repository,
        private=not arguments.public,
        progress=context.progress,
    )
    save_export(context.workspace, made)
    return Outcome(
        _("Published: {repository}.", repository=arguments.repository),
        views=(
            Callout(
                tone="good",
                headline=_("Published: {name}", name=arguments.repository),
                lines=made.notes,
            ),
        ),
        data={"repository": arguments.repository},
    )


def approve_push(context: ToolContext, arguments: PushToHub) -> Approval:
    """What leaves this computer, where it goes, and who sees it."""
    from luthier.tools.hosting.push import CARD, files_to_publish, need_publishing, publishable
    from luthier.tools.hosting.store import bytes_in
    from luthier.tools.wording import size

    export = chosen_export(context, arguments)
    need_publishing(arguments.repository)
    names = (*files_to_publish(export), CARD)
    seen = _("everybody") if arguments.public else _("you alone (private)")
    return Approval(
        tool="push_to_hub",
        effect=Effect.UPLOAD,
        title=_("Upload {title} to the Hugging Face Hub", title=export.title),
        details=(
            (_("Where"), f"{hub_place()}/{arguments.repository}"),
            (_("Who sees it"), seen),
            (_("What"), _("the model's files and its card; no row of your data")),
            (_("Files"), ", ".join(names)),
            (_("Size"), size(bytes_in(publishable(export)))),
        ),
    )


TOOLS = (
    Tool(
        name="create_in_ollama",
        description="Create a GGUF export in a running Ollama. The user is asked first.",
        arguments=ToOllama,
        run=create_in_ollama,
        effect=Effect.NETWORK,
        approval=approve_ollama,
        label=mark("Creating it in Ollama"),
    ),
    Tool(
        name="push_to_hub",
        description="Publish an export with a model card on the Hugging Face Hub. The user is asked.",
        arguments=PushToHub,
        run=push_to_hub,
        effect=Effect.UPLOAD,
        approval=approve_push,
        label=mark("Uploading to the Hub"),
    ),
)
