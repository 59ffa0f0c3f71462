"""What the guide asks where the training is at a provider, and something was declined or is missing."""

from __future__ import annotations

from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.questions import Choice, Question


def unmeasured() -> Question:
    """After a no to asking the untuned model at the provider."""
    return Question(
        id="unmeasured",
        text=_("Nothing was asked at the provider. How shall we learn what is to be had untuned?"),
        choices=(
            Choice(
                id="here",
                label=_("With the base model on this computer"),
                detail=_(
                    "free, and nothing leaves; but it is another model than the one that is tuned "
                    "there, so take its scores as a hint. The comparison at the end asks the provider"
                ),
            ),
            Choice(
                id="skip",
                label=_("Go on without measuring"),
                detail=_(
                    "you pay for the tuning without knowing whether it is needed; the comparison "
                    "at the end asks the same then"
                ),
            ),
            Choice(id="later", label=_("Leave it for now"), detail=_("everything is kept")),
        ),
        default="here",
        why=_(
            "Without something to compare with, nobody can say whether the tuning was worth its price."
        ),
    )


def unjudged(facts: Facts) -> Question:
    """After a no to the comparison of the tuned model at its provider."""
    host = _host(facts)
    return Question(
        id="unjudged",
        text=_(
            "Nothing was asked at {host}, so nobody knows yet whether the tuned model is better than its "
            "alternatives. What next?",
            host=host,
        ),
        choices=(
            Choice(
                id="later",
                label=_("Leave it unmeasured for now"),
                detail=_(
                    "the tuned model and everything measured so far are kept; “measure it” goes on from "
                    "here, in any session later"
                ),
            ),
            Choice(
                id="talk",
                label=_("Try it by hand first"),
                detail=_("`/chat` asks it what you type; each answer costs a little there"),
            ),
            Choice(
                id="measure",
                label=_("Measure it after all"),
                detail=_("you are asked with rows and price once more"),
            ),
        ),
        default="later",
        why=_(
            "Figures that the provider names, such as the validation loss, do not say whether the "
            "answers are better than those of a good prompt. Only the held-out rows do."
        ),
        placeholder=_("or say “compare with checkpoint 10” or “train it on this computer”"),
    )


def endpoint(facts: Facts) -> Question:
    """Where a tuned model answers only once the user has started something at the provider."""
    model = str((facts.training or {}).get("endpoint", {}).get("model", ""))
    return Question(
        id="endpoint",
        text=_("Does the tuned model answer at {host} now?", host=_host(facts)),
        choices=(
            Choice(
                id="later",
                label=_("Not yet"),
                detail=_("everything is kept; say “it answers as NAME” or “go on” once it does"),
            ),
            Choice(
                id="ready",
                label=_("Yes, under its own name"),
                detail=_("{model}; then it is measured, after you agree", model=model),
            ),
        ),
        default="later",
        why=_(
            "A model that does not answer cannot be measured, and each try would end in an error."
        ),
        placeholder=_("or say the endpoint's name: “it answers as NAME”"),
    )


def blocked_elsewhere() -> Question:
    """What speaks against a training at a provider, and was said just now."""
    return Question(
        id="blocked_elsewhere",
        text=_("This has to be solved before the provider can train. What shall I do?"),
        choices=(
            Choice(
                id="again", label=_("Try again"), detail=_("once you have done what is said above")
            ),
            Choice(
                id="local",
                label=_("Train on this computer instead"),
                detail=_("free, and nothing leaves"),
            ),
            Choice(id="data", label=_("Go back to the data"), detail=_("mend or leave out rows")),
            Choice(id="later", label=_("Leave it for now"), detail=_("everything is kept")),
        ),
        default="later",
        why=_("What the provider would refuse is found here, before anything is sent or paid for."),
    )


def _host(facts: Facts) -> str:
    """The provider's host as the training's result names it."""
    from luthier.tools.endpoints.model import EndpointModel

    found = (facts.training or {}).get("endpoint")
    return EndpointModel.model_validate(found).host if found else _("the provider")
