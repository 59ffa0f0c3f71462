"""All jobs of this home, with the live card of the one under the cursor."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import DataTable, Footer

from luthier.tools.jobs.model import Job
from luthier.tools.jobs.store import list_jobs
from luthier.tools.language import _, mark
from luthier.tools.wording import minute
from luthier.tools.workspace import Workspace
from luthier.tui.glyphs import JOB_STATES
from luthier.tui.job_picture import STATE_WORDS
from luthier.tui.screens.base import LuthierScreen
from luthier.tui.text import one_line
from luthier.tui.widgets.job_card import JobCard, Wish
from luthier.tui.widgets.plain import Plain
from luthier.tui.widgets.row_table import RowTable

INTERVAL = 1.0
COLUMNS = (mark("State"), mark("Job"), mark("Kind"), mark("Started"))


class JobsScreen(LuthierScreen[None]):
    """A table of jobs, newest first, and a card below it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", mark("Close")),
        Binding("p", "wish('pause')", mark("Pause")),
        Binding("r", "wish('resume')", mark("Resume")),
        Binding("c", "wish('cancel')", mark("Cancel")),
    ]

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._shown_job = ""

    def compose(self) -> ComposeResult:
        """Table above, card below."""
        with Vertical(classes="page"):
            yield Plain(_("Jobs"), classes="page-title")
            yield Plain(_("No job yet."), classes="page-empty")
            yield RowTable()
            yield VerticalScroll(id="job-detail", can_focus=False)
        yield Footer(compact=True, show_command_palette=False)

    async def on_mount(self) -> None:
        """Load the jobs and keep their states up to date."""
        table = self.query_one(DataTable)
        for name in COLUMNS:
            table.add_column(_(name), key=name)
        table.focus()
        await self.refresh_jobs()
        self.set_interval(INTERVAL, self.refresh_jobs)

    async def refresh_jobs(self) -> None:
        """Read all jobs once; rows are updated in place so that the cursor stays."""
        jobs = await asyncio.to_thread(list_jobs, self._workspace)
        table = self.query_one(DataTable)
        for job in jobs:
            if job.id in table.rows:
                table.update_cell(job.id, "State", _state(job), update_width=True)
            else:
                table.add_row(*_cells(job), key=job.id)
        self.query_one(".page-empty").display = not table.row_count
        table.display = bool(table.row_count)

    @on(DataTable.RowHighlighted)
    async def show_card(self, event: DataTable.RowHighlighted) -> None:
        """Show the job under the cursor."""
        job_id = event.row_key.value if event.row_key else None
        if not job_id or job_id == self._shown_job:
            return
        self._shown_job = job_id
        detail = self.query_one("#job-detail")
        await detail.remove_children()
        await detail.mount(JobCard(job_id))

    def action_wish(self, wish: Wish) -> None:
        """Pass the key on to the card that is shown."""
        for card in self.query(JobCard):
            # Sent from here, the wish would not rise above this screen, which had sent it.
            card.call_later(card.action_wish, wish)


def _state(job: Job) -> Text:
    state = job.status.state
    return Text(f"{JOB_STATES[state.value]} {_(STATE_WORDS[state]).partition(':')[0]}")


def _cells(job: Job) -> tuple[Text, ...]:
    started = minute(job.spec.created_at)
    words = (one_line(job.spec.title, 60), job.spec.kind, started)
    return (_state(job), *(Text(word) for word in words))
