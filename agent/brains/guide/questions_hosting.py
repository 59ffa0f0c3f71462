"""What the guide asks at the last stage: how the tuned model is to be used."""

from __future__ import annotations

from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.questions import Choice, Question


def how_to_use(facts: Facts) -> Question:
    """The ways to use the tuned model; what the verdict and the measurements suggest comes first."""
    reason = str((facts.host_proposal or {}).get("reason", ""))
    later = Choice(
        id="later", label=_("Leave it for now"), detail=_("`/chat` talks to it in this program")
    )
    choices = [
        Choice(
            id="serve",
            label=_("Serve it on this computer"),
            detail=_(
                "an address for your programs and a page to try it: {what}. {reason}",
                what=proposal_words(facts),
                reason=reason,
            ),
        ),
        Choice(
            id="gguf",
            label=_("GGUF files: F16, Q8_0 and Q4_K_M, each measured"),
            detail=_("for llama.cpp, Ollama, LM Studio and phones"),
        ),
        Choice(
            id="folder",
            label=_("A folder that runs without Luthier"),
            detail=_("the merged model, a script, a README"),
        ),
    ]
    doubtful = not worth_shipping(facts)
    ordered = (later, *choices) if doubtful else (*choices, later)
    why = _(
        "The model lives in Luthier's home until it is exported. Whatever I export is asked the same "
        "held-out rows as the tuned model, so that you know it still says the same."
    )
    if doubtful:
        why += " " + _("The verdict is not to ship it, so I would leave it for now.")
    return Question(
        id="host",
        text=_("How do you want to use the tuned model?"),
        choices=ordered,
        default=ordered[0].id,
        why=why,
        placeholder=_("or say it: “export to gguf q8_0”, “put it in Ollama”, “put it on the hub”"),
    )


def worth_shipping(facts: Facts) -> bool:
    """Whether the verdict speaks for using the model."""
    verdict = facts.evaluation.verdict if facts.evaluation else None
    return verdict is not None and verdict.decision in ("ship", "ship_with_care")


def proposal_words(facts: Facts) -> str:
    """The proposed export in words that are the same in every language."""
    proposal = facts.host_proposal or {}
    formats = " ".join(str(one) for one in proposal.get("formats", ()))
    return f"{proposal.get('kind', 'merged')} {formats}".strip()


def after_export(facts: Facts) -> Question:
    """What to do with an export that is ready."""
    return Question(
        id="host.ready",
        text=_("What next?"),
        choices=(
            Choice(
                id="serve",
                label=_("Serve it on this computer"),
                detail=str((facts.host_proposal or {}).get("reason", "")),
            ),
            Choice(id="ollama", label=_("Put it in Ollama"), detail=_("where Ollama runs")),
            Choice(id="hub", label=_("Publish it on the Hugging Face Hub")),
            Choice(id="more", label=_("Another export")),
            Choice(id="later", label=_("Leave it for now"), detail=_("everything is kept")),
        ),
        default="serve",
        why=_("An export is a file; a server makes it answer."),
        placeholder=_("or say it: “serve q8_0”, “delete q4_k_m”"),
    )


REPOSITORY = "host.repository"


def repository(export: str = "") -> Question:
    """Where to publish; the question remembers which export was named, if any."""
    return Question(
        id=f"{REPOSITORY}.{export}" if export else REPOSITORY,
        text=_("Under which name shall it be published?"),
        choices=(Choice(id="later", label=_("Leave it for now")),),
        default="later",
        why=_(
            "A repository on the Hugging Face Hub has the form owner/name. It is private unless you say "
            "otherwise, and you are asked before anything is uploaded."
        ),
        placeholder=_("such as anna/shop-tickets"),
    )
