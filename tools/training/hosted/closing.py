"""What is known of the end of a provider's fine-tuning, said before anybody works for it.

The dates are OpenAI's own: developers.openai.com/api/docs/deprecations, "Update to OpenAI's self-serve
fine-tuning", read in November 2026.
"""

from __future__ import annotations

from luthier.tools.language import _
from luthier.tools.prices.table import line_for
from luthier.tools.training.hosted.profiles import endpoint_of, profile_of
from luthier.tools.training.hosted_plan import HostedPlan

NEW_UNTIL = "2026-05-07"
IDLE_UNTIL = "2026-07-02"
ALL_UNTIL = "2027-01-06"


def closing_notice(hosted: HostedPlan) -> str:
    """The dates, whom they concern, and what remains; empty for providers that go on."""
    profile = profile_of(hosted)
    if not profile.closing:
        return ""
    model = endpoint_of(hosted).model
    line = line_for("api.openai.com", model, "tuning")
    ends = (
        _(
            "The model {model}, and what is tuned from it, answers until {day} (read {read}).",
            model=model,
            day=line.until,
            read=line.read,
        )
        if line and line.until
        else ""
    )
    return " ".join(
        part
        for part in (
            _(
                "OpenAI is closing fine-tuning to the public. Since {new} organisations that never "
                "tuned cannot begin; since {idle} neither can those that have not used a tuned model "
                "for 60 days; from {all} nobody can.",
                new=NEW_UNTIL,
                idle=IDLE_UNTIL,
                all=ALL_UNTIL,
            ),
            ends,
            _(
                "What remains: this computer, Azure OpenAI for those who have it already or with its "
                "open models, or another provider that speaks the same API, such as {names}. If your "
                "organisation still has access, Luthier serves you all the same.",
                names="Nebius Token Factory, Together",
            ),
        )
        if part
    )
