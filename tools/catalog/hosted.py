"""Tools for what is at a provider already: jobs, files, tuned models."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from luthier.tools.catalog.base import Outcome, Tool, ToolContext
from luthier.tools.catalog.jobs import start_job
from luthier.tools.catalog.plan import not_yet, plan_of
from luthier.tools.effects import Effect
from luthier.tools.language import _, mark
from luthier.tools.questions import Approval
from luthier.tools.training.hosted.profiles import Account
from luthier.tools.training.hosted_plan import HostedPlan
from luthier.tools.training.tuned_model import answers_as
from luthier.tools.views import JobView


class ListHosted(BaseModel):
    """What to look at."""

    what: Literal["jobs", "files", "models"] = "jobs"


def list_hosted(context: ToolContext, arguments: ListHosted) -> Outcome:
    """Show the jobs, files or tuned models of the account at the provider."""
    from luthier.tools.training.hosted import listing
    from luthier.tools.training.hosted.errands import files_there, jobs_there

    account = _account(context)
    label = account.profile.label
    if arguments.what == "files":
        table = listing.files_table(files_there(account), label)
    else:
        draw = listing.jobs_table if arguments.what == "jobs" else listing.models_table
        table = draw(jobs_there(account), label)
    number = len(table.rows)
    words = _("{title}: {number}.", title=table.title, number=number)
    return Outcome(words, views=(table,), data={"rows": [list(row) for row in table.rows]})


class AdoptJob(BaseModel):
    """A job at the provider that was started elsewhere."""

    id: str = Field(description="such as ftjob-abc")


def adopt_job(context: ToolContext, arguments: AdoptJob) -> Outcome:
    """Follow a job that was started elsewhere as if Luthier had started it."""
    from luthier.tools.training.backends import backend_of
    from luthier.tools.training.hosted.errands import refuse_known

    plan = plan_of(context)
    backend = backend_of(plan.backend)
    if not backend.remote:
        raise not_yet(
            _("This plan is not trained at a provider."),
            _("Say where first, such as “use OpenAI instead”; then say it again."),
        )
    refuse_known(context.workspace, arguments.id)
    plan = backend.prepared(context.workspace, plan)
    job = start_job(
        context,
        "train",
        _("Following {name}", name=arguments.id),
        {"plan": plan.model_dump(mode="json"), "adopt": arguments.id},
        keys=backend.key_variables(plan),
        remote=True,
    )
    return Outcome(
        _("Job {id} follows {name} at the provider.", id=job.id, name=arguments.id),
        facts={"train_job": job.id},
        views=(JobView(job_id=job.id),),
        data={"job_id": job.id},
    )


class NameEndpoint(BaseModel):
    """The name by which the tuned model answers at its provider."""

    name: str = Field(description="of the endpoint that the user has started there", min_length=1)


def name_endpoint(context: ToolContext, arguments: NameEndpoint) -> Outcome:
    """Ask the tuned model by another name from now on: that of the endpoint it answers by."""
    if context.facts.training is None:
        raise not_yet(_("There is no tuned model yet."), _("Train first; then it can be measured."))
    result = answers_as(context.workspace, context.facts.train_job, arguments.name)
    kept = {key: value for key, value in result.items() if key != "history"}
    return Outcome(
        _("The tuned model is asked as {name} from now on.", name=arguments.name),
        facts={"training": kept},
        data={"name": arguments.name},
    )


class DeleteHosted(BaseModel):
    """What to delete at the provider."""

    id: str = Field(
        default="",
        description="a file (file-...) or a tuned model (ft:...); empty: the files of this training",
    )


def delete_hosted(context: ToolContext, arguments: DeleteHosted) -> Outcome:
    """Delete files or a tuned model at the provider."""
    from luthier.tools.training.hosted.errands import delete_there

    account, names = _account(context), _doomed(context, arguments)
    for name in names:
        delete_there(account, name)
    return Outcome(
        _("Deleted at the provider: {names}.", names=", ".join(names)),
        data={"deleted": list(names)},
    )


def approve_deletion(context: ToolContext, arguments: DeleteHosted) -> Approval:
    """What is deleted, where, and what no longer works then."""
    names = _doomed(context, arguments)
    model = not names[0].startswith("file")
    loss = (
        _("the tuned model answers no more; it can only be made again by training anew")
        if model
        else _("the rows are gone there; a tuned model that learned from them stays")
    )
    return Approval(
        tool="delete_hosted",
        effect=Effect.DELETES,
        title=_("Delete at {label}", label=_account(context).profile.label),
        details=((_("What"), ", ".join(names)), (_("After that"), loss)),
    )


def _doomed(context: ToolContext, arguments: DeleteHosted) -> tuple[str, ...]:
    from luthier.tools.training.hosted.errands import uploaded_by

    if arguments.id:
        return (arguments.id,)
    job = context.facts.train_job
    found = uploaded_by(context.workspace, job) if job else ()
    if not found:
        raise not_yet(
            _("This session has sent no file to a provider."),
            _("“Show my files at OpenAI” lists what is there; then name one."),
        )
    return found


def _account(context: ToolContext) -> Account:
    """The account of the plan, of the place that the user has chosen, or at OpenAI."""
    from luthier.tools.training.backends import backend_of

    plan, facts = context.facts.plan, context.facts
    if plan:
        return backend_of(plan.backend).account(plan.hosted)
    return backend_of(facts.backend).account(facts.hosted or HostedPlan())


TOOLS = (
    Tool(
        name="list_hosted",
        description="Show the fine-tuning jobs, files or tuned models at OpenAI or the chosen provider.",
        arguments=ListHosted,
        run=list_hosted,
        effect=Effect.READS,
        label=mark("Looking at what is at the provider"),
    ),
    Tool(
        name="adopt_job",
        description="Follow a fine-tuning job that was started elsewhere, by its id at the provider.",
        arguments=AdoptJob,
        run=adopt_job,
        effect=Effect.WRITES_HOME,
        label=mark("Taking over the job"),
    ),
    Tool(
        name="name_endpoint",
        description="Note the name of the endpoint by which the tuned model answers at its provider, "
        "where training.awaits_endpoint says that the user has to start one.",
        arguments=NameEndpoint,
        run=name_endpoint,
        effect=Effect.WRITES_HOME,
        label=mark("Noting the endpoint's name"),
    ),
    Tool(
        name="delete_hosted",
        description="Delete files or a tuned model at the provider. The user is asked first.",
        arguments=DeleteHosted,
        run=delete_hosted,
        effect=Effect.DELETES,
        approval=approve_deletion,
        label=mark("Deleting at the provider"),
    ),
)
