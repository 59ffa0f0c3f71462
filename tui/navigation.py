"""Actions that open another screen. Each screen is imported when it is first opened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from luthier.tools.language import _
from luthier.tui.session_door import must_be_ours
from luthier.tui.widgets.question_card import QuestionCard

if TYPE_CHECKING:
    from luthier.agent.brains.discover import LocalServer
    from luthier.tools.training.tuned_model import TunedModel
    from luthier.tui.app import LuthierApp


def open_help(app: LuthierApp) -> None:
    """Keys, commands and what can be said."""
    from luthier.tui.screens.help import HelpScreen

    app.push_screen(HelpScreen())


def open_sessions(app: LuthierApp) -> None:
    """The sessions browser; the chosen session replaces the present one."""
    from luthier.tui.screens.sessions import SessionsScreen

    current = app.session.id if app.session else ""
    is_free_to_write = app.session is not None and not app.session.read_only

    def switch(session_id: str | None) -> None:
        # One that could only be read is opened anew: what held it may be closed by now.
        if session_id and not (session_id == current and is_free_to_write):
            app.open_session(session_id)

    app.push_screen(SessionsScreen(app.door.keeper, current), switch)


def open_jobs(app: LuthierApp) -> None:
    """All jobs with their live cards."""
    from luthier.tui.screens.jobs import JobsScreen

    app.push_screen(JobsScreen(app.workspace))


def pick_file(app: LuthierApp) -> None:
    """The file picker; the chosen path is said as if it was typed."""
    from luthier.tui.screens.file_picker import FilePicker, start_folder

    def say(path: Path | None) -> None:
        if path is not None:
            app.say(str(path))

    source = app.session.facts.source if app.session else None
    start = start_folder(source.path if source else "", app.workspace.home)
    app.push_screen(FilePicker(start), say)


def open_model_chat(app: LuthierApp) -> None:
    """Talk to the tuned model of this session, where there is one."""
    from luthier.tui.screens.model_chat import ModelChatScreen

    facts = app.session.facts if app.session else None
    training = facts.training if facts else None
    if facts is None or not training or not (training.get("adapter") or training.get("endpoint")):
        app.notify(
            _("There is no tuned model in this session yet. Train one first."),
            title=_("Nothing to talk to"),
            markup=False,
        )
        return
    model_id = facts.plan.model.id if facts.plan else facts.model_id
    system = facts.dataset.mapping.system if facts.dataset else ""
    tuned: Path | TunedModel
    if training.get("endpoint"):
        from luthier.tools.training.tuned_model import tuned_model

        tuned = tuned_model(app.workspace.jobs / facts.train_job, training)
    else:
        tuned = Path(training["adapter"])
    app.push_screen(ModelChatScreen(app.workspace, app.start_models, model_id, tuned, system))


def open_brain(app: LuthierApp, servers: Sequence[LocalServer] | None = None) -> None:
    """Choose who speaks; the conversation goes on with the new one."""
    from luthier.tui.screens.brain import BrainScreen, Seat

    session = app.session
    if session is None:
        return

    def take(seat: Seat | None) -> None:
        if seat is not None:
            app.start_work(session.set_brain(seat.settings))

    app.push_screen(BrainScreen(app.workspace, session.brain_name, servers), take)


async def offer_models(app: LuthierApp) -> None:
    """In the first run: where a model server runs on this computer, ask who shall speak.

    Whoever has begun to type is not interrupted; a line in the conversation says the same.
    """
    from luthier.agent.settings import load_settings

    if await asyncio.to_thread(load_settings, app.workspace):
        return
    servers = await app.find_servers()
    if not servers or app.session is None:
        return
    if app.screen is app.chat and not app.has_spoken and not app.chat.is_typing:
        open_brain(app, servers)
        return
    names = ", ".join(server.name for server in servers)
    words = _("{name} runs on this computer; /model lets one of its models speak.", name=names)
    await app.chat.apply(app.chat.transcript.add_notice(words))


def open_doctor(app: LuthierApp) -> None:
    """What this machine can do."""
    from luthier.tui.screens.doctor import DoctorScreen

    app.push_screen(DoctorScreen(app.workspace))


def press(app: LuthierApp, button: str) -> None:
    """Do what a button of the waiting question does, or say that nothing waits."""
    card = app.chat.prompt_card
    if not isinstance(card, QuestionCard):
        app.notify(_("No question is waiting for you now."), markup=False)
        return
    {
        "why": card.reveal_why,
        "unsure": card.be_unsure,
        "back": card.go_back,
        "pick-file": card.want_file,
    }[button]()


def farewell(app: LuthierApp) -> str:
    """What goes on without the chat, and how to come back to it."""
    titles = _(", ").join(f"“{picture.title}”" for picture in app.watch_jobs.under_way)
    lines = [_("Going on without the chat: {titles}.", titles=titles)] if titles else []
    if app.session is not None and app.chat.transcript.entries:
        lines.append(_("Come back with: luthier resume {id}", id=app.session.id))
    return "\n".join(lines)


def bug_words(app: LuthierApp) -> str:
    """What to say when Luthier itself is at fault."""
    place = app.workspace.logs / "luthier.log"
    return _(
        "Luthier itself failed at this. This is a bug; nothing that was said or done is lost.\n"
        "Details are in {place}.",
        place=place,
    )


def last_words(app: LuthierApp) -> str:
    """What to say when a bug ends the screen."""
    return f"{bug_words(app)}\n{farewell(app)}".rstrip()


def confirm_cancel(app: LuthierApp, job_id: str) -> None:
    """Cancel a job after a yes."""
    from luthier.tui.screens.confirm import ConfirmScreen

    def act(yes: bool | None) -> None:
        if yes:
            app.start_work(control_job(app, job_id, "cancel"))

    question = _("Cancel this job? What it has saved so far is kept, but it does not go on.")
    app.push_screen(ConfirmScreen(question, _("Cancel the job"), _("Let it run")), act)


async def control_job(app: LuthierApp, job_id: str, wish: str) -> None:
    """Pause, resume or cancel a job.

    Raises:
        LuthierError: the job can no longer do that.
    """
    from luthier.tools.jobs import supervisor
    from luthier.tools.jobs.store import get_job

    job = await asyncio.to_thread(get_job, app.workspace, job_id)
    ours = app.session is not None and job.spec.session_id == app.session.id
    if wish == "resume" and job.status.state.is_final and ours:
        # The brain has taken note of this job's end, so it has to take the new start back in.
        app.say(_("resume the job"))
        return
    act = {
        "pause": supervisor.request_pause,
        "resume": supervisor.resume,
        "cancel": supervisor.request_cancel,
    }[wish]
    await asyncio.to_thread(act, app.workspace, job_id)
    await app.watch_jobs.step()


async def set_budget(app: LuthierApp, words: str) -> None:
    """Without words say what the session has used; else set how much it may use.

    Raises:
        LuthierError: no amount can be read in the words.
    """
    from luthier.agent.budget import in_words, read_budget

    session, transcript = app.session, app.chat.transcript
    if session is None:
        return
    if words.strip():
        budget = read_budget(words)
        await session.set_budget(budget)
        transcript.budget = budget
    used = in_words(transcript.usage, transcript.budget) or _("nothing, since the guide is free")
    change = transcript.add_notice(
        _(
            "Used in this session: {used}. “/budget 50k tokens” or “/budget $2” sets how much may be, "
            "“/budget none” sets no limit. At the limit nothing more is asked of the model; the guide "
            "goes on.",
            used=used,
        )
    )
    await app.chat.apply(change)
    app.chat.show_status()


def open_allowed(app: LuthierApp) -> None:
    """What is not asked again in this session."""
    from luthier.tui.screens.allowed import AllowedScreen

    if app.session is not None:
        app.push_screen(AllowedScreen(app.workspace, app.session.id))


async def look_after(app: LuthierApp, wish: str, words: str) -> None:
    """Carry out a command about the session that is open.

    Raises:
        LuthierError: it cannot be done; says why.
    """
    from luthier.tui.places import place_for

    session, keeper = app.session, app.door.keeper
    if session is None:
        return
    path = Path(words) if words else None
    if wish in ("rename", "archive"):
        must_be_ours(session.read_only)
    match wish:
        case "rename":
            await keeper.rename(session.id, words)
            session.call(words)
            app.chat.show_title(session.title)
        case "fork":
            app.open_session(await keeper.fork(session.id))
        case "archive":
            await keeper.archive(session.id, True)
            app.notify(_("In the archive; it can go on all the same."), markup=False)
        case "import":
            app.open_session(await keeper.take_in(place_for(path, "")))
        case "export":
            target = place_for(path, f"luthier-{session.id}.luthier")
            await keeper.export(session.id, target, data=False, adapters=False)
            app.notify(_("Written: {path}", path=target), markup=False)
        case "transcript":
            target = place_for(path, f"luthier-{session.id}.md")
            await keeper.write_transcript(session.id, target)
            app.notify(_("Written: {path}", path=target), markup=False)


OPENERS: dict[str, Callable[[LuthierApp], None]] = {
    "help": open_help,
    "sessions": open_sessions,
    "jobs": open_jobs,
    "model_chat": open_model_chat,
    "brain": open_brain,
    "doctor": open_doctor,
    "allowed": open_allowed,
}
"""The screens that a command opens."""
