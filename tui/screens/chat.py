"""The main screen: conversation in the middle, journey at the side, what waits and the composer."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer

from luthier.agent.budget import in_words
from luthier.tools.language import _, mark
from luthier.tui.commands import is_command
from luthier.tui.glyphs import RUNNING
from luthier.tui.grace import Grace
from luthier.tui.screens.base import LuthierScreen
from luthier.tui.transcript import (
    ApprovalEntry,
    Change,
    Prompt,
    QuestionEntry,
    Transcript,
    UserEntry,
)
from luthier.tui.widgets.approval_card import ApprovalCard
from luthier.tui.widgets.choice_list import ChoiceList
from luthier.tui.widgets.composer import Composer
from luthier.tui.widgets.conversation import Conversation
from luthier.tui.widgets.journey_panel import JourneyPanel
from luthier.tui.widgets.plain import Plain
from luthier.tui.widgets.question_card import QuestionCard
from luthier.tui.widgets.title_bar import TitleBar
from luthier.tui.widgets.user_message import UserMessage

PLACEHOLDER = mark("Write here. Enter sends, Ctrl+J starts a new line, / shows commands.")
OPENING = mark("The session is still opening: press Enter again once it is there.")
NO_SESSION = mark("no session: F3 opens one")
READ_ONLY = mark("Only to be read here. /fork goes on in a copy, F3 opens a session.")


class ChatScreen(LuthierScreen[None]):
    """Draws a transcript and passes the user's words on to the app as messages."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page(-1)", mark("Page up"), show=False, priority=True),
        Binding("pagedown", "page(1)", mark("Page down"), show=False, priority=True),
    ]

    def __init__(self, show_journey: bool = True) -> None:
        super().__init__()
        self.transcript = Transcript()
        self.session_title = ""
        self._status = _("opening…")
        self._grace = Grace()
        self.unready = OPENING
        self.editing = ""
        self._draft = ""
        self.set_class(not show_journey, "-journey-hidden")

    def compose(self) -> ComposeResult:
        """The regions from top to bottom."""
        yield TitleBar("", self._status)
        with Horizontal(id="body"):
            with Vertical(id="main"):
                yield Conversation(self.transcript)
                yield Vertical(id="prompt-dock")
                yield Plain("", id="command-hints")
                yield Composer(self._may_send)
            yield JourneyPanel()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Typing is possible from the first moment."""
        self.query_one("#command-hints").display = False
        self.query_one(Composer).focus()

    # -- drawing ----------------------------------------------------------------------------------

    async def show_transcript(self, transcript: Transcript, title: str) -> None:
        """Draw another conversation."""
        self.transcript = transcript
        self.session_title = title
        await self.query_one(Conversation).show_all(transcript)
        self.query_one(JourneyPanel).show(transcript.stages)
        said = [entry.text for entry in transcript.entries if isinstance(entry, UserEntry)]
        self.query_one(Composer).fill_history(said)
        await self.show_prompt()
        self.show_status()

    async def apply(self, change: Change) -> None:
        """Follow one change of the transcript."""
        match change.kind:
            case "facts":
                self.query_one(JourneyPanel).show(self.transcript.stages)
            case "prompt":
                await self.show_prompt()
            case "status":
                self.show_status()
            case "returned":
                self._take_back(change.text)
            case "added" | "changed" | "grew" | "removed" | "thought":
                await self.query_one(Conversation).apply(change)
            case "job":
                pass

    def show_title(self, title: str) -> None:
        """Draw another title."""
        self.session_title = title
        self.show_status()

    def show_status(self, words: str = "") -> None:
        """Draw the title line; ``words`` replace the status while there is no session."""
        self._status = words or _status(self.transcript)
        self.query_one(TitleBar).show(self.session_title, self._status)

    async def show_prompt(self) -> None:
        """Show the question or approval that waits, or none."""
        dock = self.query_one("#prompt-dock", Vertical)
        composer = self.query_one(Composer)
        prompt = self.transcript.prompt
        shown = self.prompt_card
        if shown is not None and prompt is shown.entry:
            return
        if dock.has_focus_within:
            # else the focus falls on a job's card further up and scrolls the conversation there
            self.set_focus(composer, scroll_visible=False)
        await dock.remove_children()
        if prompt is None:
            composer.placeholder = _(READ_ONLY if self.transcript.read_only else PLACEHOLDER)
            composer.focus()
            return
        card = _card(prompt)
        self._grace = Grace()
        await dock.mount(card)
        composer.placeholder = card.placeholder
        if composer.text or not card.take_focus():
            composer.focus()

    @property
    def prompt_card(self) -> QuestionCard | ApprovalCard | None:
        """The card that waits for an answer."""
        for card in self.query("#prompt-dock > .prompt-card"):
            if isinstance(card, QuestionCard | ApprovalCard):
                return card
        return None

    @property
    def is_typing(self) -> bool:
        """Whether something stands in the composer."""
        return bool(self.query_one(Composer).text)

    def toggle_details(self) -> None:
        """Open or close all thoughts and tool calls."""
        self.query_one(Conversation).toggle_details()

    def _may_send(self, text: str) -> bool:
        """Not in the first moment of a question, when Enter was meant for something else.

        Nor before the session is open: the words would answer what nobody has seen yet. Where it can
        only be read, or could not be opened, the words stay too, and why is said.
        """
        if self.unready and not is_command(text):
            self.notify(_(self.unready), markup=False)
            return False
        if self.transcript.read_only and not self.editing and not is_command(text):
            self.notify(_(READ_ONLY), severity="warning", markup=False)
            return False
        waits = self.prompt_card is not None and not self.editing
        return not waits or self._grace.is_over or is_command(text)

    @property
    def seen(self) -> str:
        """The id of the question or approval before the user's eyes; empty where there is none."""
        card = self.prompt_card
        return "" if card is None or card.entry.settled else card.entry.prompt_id

    def _take_back(self, text: str) -> None:
        """Put words that were not heard before whatever is being written; Enter sends them again."""
        if self.editing:
            self._draft = f"{text}\n{self._draft}".rstrip()
            return
        composer = self.query_one(Composer)
        composer.text = f"{text}\n{composer.text}".rstrip()
        composer.move_cursor(composer.document.end)
        composer.focus()
        self._grace = Grace()

    def keep(self, text: str) -> None:
        """Put words that could not be sent back where they were written, unless others stand there."""
        composer = self.query_one(Composer)
        if text and not composer.text:
            composer.text = text
            composer.move_cursor(composer.document.end)

    def action_page(self, by: int) -> None:
        """Scroll the conversation, wherever the focus is; a long text that is being written instead."""
        composer = self.query_one(Composer)
        if self.focused is not composer or composer.document.line_count <= composer.size.height:
            self.query_one(Conversation).page(by)
        elif by < 0:
            composer.action_cursor_page_up()
        else:
            composer.action_cursor_page_down()

    # -- an earlier message -----------------------------------------------------------------------

    def choose_message(self) -> bool:
        """Go to the newest message of the user's own; False where there is none."""
        messages = self.query(UserMessage)
        if messages:
            messages.last().focus()
        return bool(messages)

    def start_editing(self, entry: UserEntry) -> None:
        """Let the words be changed in the composer; what stood there comes back afterwards."""
        composer = self.query_one(Composer)
        if not self.editing:
            self._draft = composer.text
        self.editing = entry.message_id
        composer.border_title = _("An earlier message: Enter sends it in a fork, Esc leaves it")
        composer.text = entry.text
        composer.move_cursor(composer.document.end)
        composer.focus()

    def stop_editing(self, *, keep_text: bool = True) -> str:
        """Leave the earlier message, which is returned by its id; empty where none was changed."""
        edited, self.editing = self.editing, ""
        composer = self.query_one(Composer)
        composer.border_title = None
        if edited and not keep_text:
            composer.text = self._draft
            composer.move_cursor(composer.document.end)
        return edited

    @on(UserMessage.Left)
    def stop_choosing(self) -> None:
        """Back to what waits, or to writing."""
        self._focus_answer()

    def toggle_journey(self) -> bool:
        """Show or hide the panel; on a narrow screen it then covers the conversation."""
        self.toggle_class("-journey-hidden" if self.has_class("-wide") else "-journey-over")
        if not self.journey_covers:
            self._focus_answer()  # what the panel covered has lost the focus, and keys with it
        return not self.has_class("-journey-hidden")

    @property
    def journey_covers(self) -> bool:
        """Whether the journey hides the conversation, as it does on a narrow screen."""
        return self.has_class("-journey-over") and not self.has_class("-wide")

    def _focus_answer(self) -> None:
        composer, card = self.query_one(Composer), self.prompt_card
        if composer.text or card is None or not card.take_focus():
            composer.focus()

    # -- typing -----------------------------------------------------------------------------------

    @on(ChoiceList.TypedElsewhere)
    def continue_typing(self, event: ChoiceList.TypedElsewhere) -> None:
        """A letter typed over the answers begins a free answer; Enter sends it."""
        composer = self.query_one(Composer)
        if event.text:
            composer.type_in(event.text)
        else:
            # Sent from here, the text would not rise above this screen, which had sent it.
            composer.call_later(composer.action_send)

    @on(Composer.Typing)
    def show_hints(self, event: Composer.Typing) -> None:
        """The commands that the text may become."""
        hints = self.query_one("#command-hints", Plain)
        hints.display = bool(event.matches)
        hints.update("\n".join(event.matches[:6]))

    @on(ApprovalCard.ReasonWanted)
    def ask_reason(self) -> None:
        """The reason for a no is written in the composer."""
        composer = self.query_one(Composer)
        composer.placeholder = _("Why not? Enter sends it as your no.")
        composer.focus()


def _card(prompt: Prompt) -> QuestionCard | ApprovalCard:
    return ApprovalCard(prompt) if isinstance(prompt, ApprovalEntry) else QuestionCard(prompt)


def _status(transcript: Transcript) -> str:
    used = in_words(transcript.usage, transcript.budget)
    return f"{_state(transcript)} · {used}" if used else _state(transcript)


def _state(transcript: Transcript) -> str:
    match transcript.prompt:
        case QuestionEntry():
            return _("? waiting for your answer")
        case ApprovalEntry():
            return _("? waiting for your yes or no")
    if transcript.read_only:
        return _("read only")
    if not transcript.busy:
        return _("ready")
    label = transcript.waiting or transcript.working_on
    return f"{RUNNING} {label or _('thinking')}"
