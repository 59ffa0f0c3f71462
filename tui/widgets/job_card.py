"""A job, live: how far it is, its losses, what it says, and the keys to pause or stop it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button

from luthier.tools.errors import LuthierError
from luthier.tools.jobs.model import JobState
from luthier.tools.language import _, mark
from luthier.tui.glyphs import JOB_STATES, TONES
from luthier.tui.job_picture import STATE_WORDS, JobPicture
from luthier.tui.untrusted import clean
from luthier.tui.widgets.live_text import LiveText
from luthier.tui.widgets.progress_line import ProgressLine

if TYPE_CHECKING:
    from luthier.tui.widgets.curves import Curves

Wish = Literal["pause", "resume", "cancel"]

_BUTTONS = {
    "pause": ("p", mark("Pause")),
    "resume": ("r", mark("Resume")),
    "cancel": ("c", mark("Cancel")),
}


class JobCard(Vertical, can_focus=True):
    """Follows one job; the app reads the job folders and calls :meth:`show`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "wish('pause')", mark("Pause")),
        Binding("r", "wish('resume')", mark("Resume")),
        Binding("c", "wish('cancel')", mark("Cancel")),
    ]

    @dataclass
    class Wished(Message):
        """The user wants this of the job."""

        job_id: str
        wish: Wish

    @dataclass
    class Appeared(Message):
        """A card is on the screen and wants to be kept up to date."""

        card: JobCard

    def __init__(self, job_id: str) -> None:
        super().__init__(classes="view job-card")
        self.job_id = job_id
        self._picture = JobPicture(job_id)
        self._state: JobState | None = None
        self._curves: Curves | None = None

    def compose(self) -> ComposeResult:
        """Head, bar, facts, plot, notices and buttons; empty ones are hidden."""
        yield LiveText(_("Looking for the job…"), classes="job-head")
        yield ProgressLine()
        yield LiveText(classes="job-facts")
        yield LiveText(classes="job-notices")
        with Horizontal(classes="prompt-buttons"):
            for wish, (_key, label) in _BUTTONS.items():
                yield Button(_(label), id=wish, compact=True)

    def on_mount(self) -> None:
        """Ask to be kept up to date."""
        self.query_one(ProgressLine).display = False
        self._show_buttons()
        self.post_message(self.Appeared(self))

    def show(self, picture: JobPicture) -> None:
        """Draw the newest state of the job."""
        self._picture = picture
        self.query_one(".job-head", LiveText).show(_head(picture))
        self._show_bar()
        self.query_one(".job-facts", LiveText).show(Content(" · ".join(picture.facts())))
        self.query_one(".job-notices", LiveText).show(_notices(picture))
        self._show_losses()
        if picture.state is not self._state:
            self._state = picture.state
            self._show_buttons()
            self.refresh_bindings()

    @property
    def is_known(self) -> bool:
        """Whether the job was read from its folder yet."""
        return bool(self._picture.title)

    def action_wish(self, wish: Wish) -> None:
        """Pass a wish on where it makes sense now."""
        if self._is_possible(wish):
            self.post_message(self.Wished(self.job_id, wish))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The footer offers only what makes sense now."""
        return action != "wish" or self._is_possible(str(parameters[0]))

    def _is_possible(self, wish: str) -> bool:
        picture = self._picture
        return {
            "pause": picture.can_pause,
            "resume": picture.can_resume,
            "cancel": picture.can_cancel,
        }[wish]

    def on_focus(self) -> None:
        """Now its keys work, so they are named."""
        self._name_keys(True)

    def on_blur(self) -> None:
        """Its keys go elsewhere."""
        self._name_keys(False)

    def _name_keys(self, named: bool) -> None:
        for wish, (key, label) in _BUTTONS.items():
            button = self.query_one(f"#{wish}", Button)
            button.label = f"{key} {_(label)}" if named else _(label)

    @on(Button.Pressed)
    def press(self, event: Button.Pressed) -> None:
        """A button says the same as its key."""
        event.stop()
        for wish in ("pause", "resume", "cancel"):
            if event.button.id == wish:
                self.action_wish(wish)

    def _show_bar(self) -> None:
        bar = self.query_one(ProgressLine)
        share = self._picture.share
        bar.display = share is not None and self._picture.state is not JobState.SUCCEEDED
        bar.share = share or 0.0

    def _show_losses(self) -> None:
        picture = self._picture
        if len(picture.losses) < 2:
            return
        if self._curves is None:
            from luthier.tui.widgets.curves import Curves

            self._curves = Curves()
            self.mount(self._curves, before=self.query_one(".job-notices"))
        self._curves.show(picture.curves())

    def _show_buttons(self) -> None:
        wishes = ("pause", "resume", "cancel")
        for wish in wishes:
            self.query_one(f"#{wish}").display = self._is_possible(wish)
        self.query_one(".prompt-buttons").display = any(map(self._is_possible, wishes))


def _head(picture: JobPicture) -> Content:
    sign = JOB_STATES[picture.state.value]
    words = _(STATE_WORDS[picture.state])
    label = f" · {clean(picture.label)}" if picture.label and not picture.state.is_final else ""
    return Content.assemble((f"{sign} {clean(picture.title)}", "bold"), f" · {words}{label}")


def _notices(picture: JobPicture) -> Content:
    lines: list[Content] = []
    if picture.error:
        words = clean(LuthierError.from_dict(picture.error).as_text()).replace("\n", "\n  ")
        lines.append(Content.assemble((f"{TONES['bad']} {words}", "$text-error")))
    lines += [Content(f"{TONES[tone]} {clean(text)}") for tone, text in reversed(picture.notices)]
    return Content("\n").join(lines)
