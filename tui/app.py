"""The application: wires one session, the chat screen, the job watch and the commands together.

Nothing heavy is imported here: the first screen is painted before LangGraph is loaded.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from luthier.agent.brains.discover import FindServers, find_servers
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, current_language
from luthier.tools.workspace import Workspace
from luthier.tui import bridge, navigation
from luthier.tui.commands import COMMANDS, Command, find, is_command, suggestion
from luthier.tui.direction.filter import visual_order
from luthier.tui.direction.picture import as_seen
from luthier.tui.direction.terminal import hands_off, order_for
from luthier.tui.job_watch import JobWatch
from luthier.tui.language_switch import speak
from luthier.tui.model_talk import StartModels, start_models
from luthier.tui.preferences import Preferences, load_preferences, save_preferences
from luthier.tui.screens.chat import NO_SESSION, OPENING, ChatScreen
from luthier.tui.sessions import AgentDoor, SessionDoor, SessionLike
from luthier.tui.themes import DARK, LIGHT
from luthier.tui.transcript import Change
from luthier.tui.widgets.approval_card import ApprovalCard
from luthier.tui.widgets.composer import Composer
from luthier.tui.widgets.job_card import JobCard
from luthier.tui.widgets.question_card import QuestionCard
from luthier.tui.widgets.user_message import UserMessage

log = logging.getLogger(__name__)

_ON_CHAT_ONLY = {
    *(command.action.partition("(")[0] for command in COMMANDS if command.action),
} - {"quit", "change_theme"}
_IN_FOOTER = ("help", "journey", "sessions", "jobs", "stop", "quit")


class LuthierApp(App[None]):
    """One chat. The session and the jobs live on when the app is closed."""

    TITLE = "Luthier"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            command.key,
            command.action or f"command('{command.name}')",
            command.title,
            show=command.name in _IN_FOOTER,
            # The text field has uses of its own for some function keys.
            priority=command.key.startswith("f"),
        )
        for command in COMMANDS
        if command.key
    ]

    def __init__(
        self,
        workspace: Workspace,
        session_id: str | None = None,
        door: SessionDoor | None = None,
        start_models: StartModels = start_models,
        find_servers: FindServers = find_servers,
    ) -> None:
        """Args: ``door``, ``start_models`` and ``find_servers`` replace the real ones in tests."""
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (110, "-wide")]
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-high")]
        self.workspace = workspace
        self.door = door or AgentDoor(workspace)
        self.start_models = start_models
        self.find_servers = find_servers
        self.session: SessionLike | None = None
        self.watch_jobs = JobWatch(workspace, self._on_job_end, self._tell_failure)
        self._wanted_session = session_id
        self.has_spoken = False
        self._orders = order_for(full_screen=True) == "visual"
        self._preferences = load_preferences(workspace)
        self._main = ChatScreen(self._preferences.show_journey)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Right-to-left text is brought into the order in which it is seen, where needed."""
        filters = super().get_line_filters()
        return [*filters, visual_order()] if self._orders else filters

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """As Textual's; where lines are in the order in which they are seen, nobody orders them again."""
        picture = super().export_screenshot(title=title, simplify=simplify)
        return as_seen(picture) if self._orders else picture

    # -- life ---------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        """The chat is the first screen, at the bottom of the stack."""
        return self._main

    @property
    def chat(self) -> ChatScreen:
        """The chat screen, whatever is shown above it."""
        return self._main

    def on_mount(self) -> None:
        """Paint first, then load the agent."""
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        known = self._preferences.theme in self.available_themes
        self.theme = self._preferences.theme if known else DARK.name
        self.theme_changed_signal.subscribe(self, lambda theme: self._remember(theme=theme.name))
        self.set_class(current_language().right_to_left, "-rtl")
        self.call_after_refresh(self.open_session, self._wanted_session)

    async def on_unmount(self) -> None:
        """Let go of the session; jobs go on."""
        await self._close_session()

    def open_session(self, session_id: str | None, then: str = "") -> None:
        """Replace the present session by another, or by a new one where no id is given.

        Args:
            then: what the user says in it, and nowhere else.
        """
        self.run_worker(
            self._live(session_id, then), group="session", exclusive=True, exit_on_error=False
        )

    async def _live(self, session_id: str | None, then: str) -> None:
        self.chat.show_status(_("opening…"))
        self.chat.unready = OPENING
        try:
            await self._close_session()
            session = await self.door.open(session_id)
            self.session = session
            transcript = bridge.redraw(session)
            if session_id is None:
                await self._mention_last_session(transcript.add_notice)
            await self.chat.show_transcript(transcript, session.title)
        except asyncio.CancelledError:  # another session is opened instead
            self.chat.keep(then)
            raise
        except Exception:
            self.chat.unready = NO_SESSION
            self.chat.keep(then)
            await self._close_session()
            raise
        self.chat.unready = ""
        await self.watch_jobs.enter(session.id)
        self.run_worker(self.watch_jobs.run(), group="jobs", exclusive=True, exit_on_error=False)
        if then:
            self.call_later(self._say_in, session, then)
        if not self._preferences.looked_for_models:
            self._remember(looked_for_models=True)
            self.run_worker(navigation.offer_models(self), exit_on_error=False)
        await bridge.follow(session, transcript, self._apply)

    async def _mention_last_session(self, add_notice: Callable[[str], Change]) -> None:
        current = self.session.id if self.session else ""
        last = await self.door.keeper.newest(current)
        if last is not None:
            add_notice(
                _(
                    "Your last session was “{title}”. F3 opens it or another one.",
                    title=last.title,
                )
            )

    async def _close_session(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            await session.close()

    async def _apply(self, change: Change) -> None:
        if not self.chat.is_attached:
            return
        if self.session is not None:
            self.chat.session_title = self.session.title
        await self.chat.apply(change)

    async def _on_job_end(self, job_id: str) -> None:
        if self.session is not None:
            await self.session.notify_job(job_id)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The one place where a failure of background work is told to the user."""
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        if isinstance(error, LuthierError):
            self._tell_failure(error.as_text())
            return
        log.error("worker %s failed", event.worker.name, exc_info=error)
        self._tell_failure(
            f"{navigation.bug_words(self)} {_('Open the session again to go on (F3).')}"
        )

    def _fatal_error(self) -> None:
        """A bug in the screen itself ends it with plain words instead of Textual's traceback."""
        log.exception("the screen failed")
        self.panic(Text(navigation.last_words(self)))

    def _tell_failure(self, text: str) -> None:
        change = self.chat.transcript.add_notice(text, "bad")
        self.call_later(self.chat.apply, change)
        if self.session is None:
            self.chat.show_status(_(NO_SESSION))
        if self.screen is not self.chat:
            self.notify(text, severity="error", markup=False)

    # -- speaking -----------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Send ``text``; where no session is open, there is nothing that it could be meant for."""
        self.has_spoken = True
        if self.session is None:
            self.notify(_(self.chat.unready), markup=False)
            self.chat.keep(text)
            return
        self.start_work(self.session.send(text, self.chat.seen))

    async def _say_anew(self, message_id: str, text: str) -> None:
        """Say an earlier message otherwise: the conversation forks before it and goes on there."""
        if self.session is not None:
            try:
                forked = await self.door.keeper.fork(self.session.id, message_id, anew=True)
            except LuthierError:
                self.chat.keep(text)
                raise
            self._enter_fork(forked, then=text)

    def _say_in(self, session: SessionLike, text: str) -> None:
        if self.session is session:
            self.say(text)
        else:
            self.chat.keep(text)

    def start_work(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something in the background; its failure is told in the conversation."""
        self.run_worker(work, group="speaking", exit_on_error=False)

    @on(Composer.Sent)
    def send(self, event: Composer.Sent) -> None:
        """A command is carried out here; everything else goes to the session."""
        command = find(event.text)
        edited = self.chat.stop_editing()
        if edited and not command:
            self.start_work(self._say_anew(edited, event.text))
            return
        if is_command(event.text) and (command or not Path(event.text).exists()):
            self.chat.stop_choosing()  # a question that waits is answered by a number again
            self._command(command, event.text)
        else:
            self.say(event.text)

    def _command(self, command: Command | None, text: str) -> None:
        if command is None:
            self.notify(suggestion(text), severity="warning", markup=False)
        elif command.says:
            self.say(_(command.says))
        elif command.takes_text:
            words = text.strip().partition(" ")[2]
            action = command.action.removesuffix("'')")
            self.start_work(self.run_action(f"{action}{words!r})"))
        else:
            self.start_work(self.run_action(command.action))

    @on(QuestionCard.Answered)
    async def answer(self, event: QuestionCard.Answered) -> None:
        """An answer was picked; choosing to open a saved session is the screen's own affair."""
        if event.answer.choice_id == "sessions":
            navigation.open_sessions(self)
        elif self.session is not None:
            self.start_work(self.session.answer(event.key.removeprefix("prompt-"), event.answer))
            await self._settle(event.key)

    @on(QuestionCard.FileWanted)
    def pick_file(self) -> None:
        """The question wants a file."""
        navigation.pick_file(self)

    @on(ApprovalCard.Decided)
    async def decide(self, event: ApprovalCard.Decided) -> None:
        """Yes or no."""
        if self.session is not None:
            self.start_work(self.session.decide(event.key.removeprefix("prompt-"), event.decision))
            await self._settle(event.key)

    async def _settle(self, key: str) -> None:
        for change in self.chat.transcript.settle(key):
            await self.chat.apply(change)

    @on(UserMessage.EditWanted)
    def edit(self, event: UserMessage.EditWanted) -> None:
        """An earlier message is to be changed and said anew."""
        self.chat.start_editing(event.entry)

    @on(UserMessage.ForkWanted)
    def fork(self, event: UserMessage.ForkWanted) -> None:
        """Go on from an earlier message in a session of its own."""
        self.start_work(self._fork_at(event.entry.message_id))

    async def _fork_at(self, message_id: str) -> None:
        if self.session is not None:
            self._enter_fork(await self.door.keeper.fork(self.session.id, message_id))

    def _enter_fork(self, session_id: str, then: str = "") -> None:
        title = self.session.title if self.session else ""
        self.notify(_("A fork: “{title}” stays as it was (F3).", title=title), markup=False)
        self.open_session(session_id, then)

    # -- jobs ---------------------------------------------------------------------------------

    @on(JobCard.Appeared)
    def watch_card(self, event: JobCard.Appeared) -> None:
        """A job card wants to be kept up to date."""
        self.watch_jobs.add(event.card)

    @on(JobCard.Wished)
    def control_job(self, event: JobCard.Wished) -> None:
        """Pause and resume at once; cancel only after a yes."""
        if event.wish == "cancel":
            navigation.confirm_cancel(self, event.job_id)
        else:
            self.start_work(navigation.control_job(self, event.job_id, event.wish))

    # -- actions ------------------------------------------------------------------------------

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The command palette offers the registry."""
        for command in COMMANDS:
            yield SystemCommand(
                _(command.title),
                _(command.help),
                lambda command=command: self._command(command, ""),
            )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that open a screen or act on the chat rest while another screen is open."""
        return action not in _ON_CHAT_ONLY or self.screen is self.chat

    async def action_language(self, wanted: str) -> None:
        """Speak another language."""
        await speak(self, wanted.strip())

    def action_open(self, screen: str) -> None:
        """Open one of the other screens."""
        navigation.OPENERS[screen](self)

    def action_journey(self) -> None:
        """Show or hide the journey."""
        self._remember(show_journey=self.chat.toggle_journey())

    def action_details(self) -> None:
        """Open or close what is folded."""
        self.chat.toggle_details()

    async def action_budget(self, words: str) -> None:
        """Say what was used, or set how much may be."""
        await navigation.set_budget(self, words)

    def action_edit(self) -> None:
        """Choose an earlier message of one's own, to change it or to fork there."""
        if not self.chat.choose_message():
            self.notify(_("You have said nothing yet that could be changed."), markup=False)

    async def action_session(self, wish: str, words: str) -> None:
        """Name, archive, export or write down the session, as its slash command says."""
        await navigation.look_after(self, wish, words)

    async def action_retry(self) -> None:
        """Ask once more what failed last, where anything did."""
        if self.session is None:
            self.notify(_(self.chat.unready), markup=False)
        elif why_not := await self.session.retry():
            self.notify(why_not, markup=False)

    def action_new_session(self) -> None:
        """Start anew."""
        self.open_session(None)

    def action_command(self, name: str) -> None:
        """Carry out a slash command by its key."""
        self._command(find(f"/{name}"), f"/{name}")

    def action_press(self, button: str) -> None:
        """Do what a button of the waiting question does."""
        navigation.press(self, button)

    async def action_interrupt(self) -> None:
        """Close the journey where it covers the chat, else stop the turn; what was said is kept."""
        if self.chat.journey_covers:
            self.action_journey()
        elif self.chat.editing:
            self.chat.stop_editing(keep_text=False)
        elif self.session is not None and self.chat.transcript.busy:
            self.start_work(self.session.cancel())

    async def action_quit(self) -> None:
        """Leave, saying what goes on and how to come back."""
        self.exit(message=Text(navigation.farewell(self)))

    def _remember(self, **changes: Any) -> None:
        self._preferences = Preferences(**{**self._preferences.model_dump(), **changes})
        save_preferences(self.workspace, self._preferences)


def run_app(workspace: Workspace, session_id: str | None = None) -> None:
    """Open the screen on a session, or on a new one, until the user leaves."""
    with hands_off():
        LuthierApp(workspace, session_id).run()
