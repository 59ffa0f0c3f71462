"""The sessions browser: find a conversation, open it, and look after it."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DataTable, Footer, Input

from luthier.agent.belongings import deletion_lines
from luthier.agent.titles import TITLES, shown_title
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.wording import minute, size
from luthier.tui.places import place_for
from luthier.tui.screens.ask_text import AskTextScreen
from luthier.tui.screens.base import LuthierScreen
from luthier.tui.screens.choose import ChooseScreen
from luthier.tui.session_door import Running, SessionKeeper, SessionLine
from luthier.tui.text import one_line
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain
from luthier.tui.widgets.row_table import RowTable

COLUMNS = (
    mark("Session"),
    mark("Stage"),
    mark("Last used"),
    mark("Messages"),
    mark("On disk"),
)


WIDE = 110
"""Characters from which on a row says where a session was forked and in which year it was used."""
WIDE_COLUMNS, NARROW_COLUMNS = 66, 56
"""Characters that the page and all columns but the title take."""

_RUNNING: dict[str, Running] = {"cancel": "cancel", "keep": "keep"}


class SessionsTable(RowTable):
    """The list; its keys are shown while it has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "screen.rename", mark("Rename")),
        Binding("f", "screen.fork", mark("Fork")),
        Binding("a", "screen.archive", mark("Archive")),
        Binding("d,delete", "screen.delete", mark("Delete")),
        Binding("x", "screen.export", mark("Export")),
        Binding("t", "screen.transcript", mark("Transcript")),
        Binding("i", "screen.import", mark("Import")),
        Binding("v", "screen.show_archive", mark("Archive/list")),
        Binding("slash", "screen.find", mark("Search")),
    ]


class SessionsScreen(LuthierScreen[str | None]):
    """Lists all sessions, newest first; typing narrows the list, Enter opens."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", mark("Close"))]

    def __init__(self, keeper: SessionKeeper, current: str = "") -> None:
        super().__init__()
        self._keeper = keeper
        self._current = current
        self._archived = False
        self._lines: Sequence[SessionLine] = ()

    def compose(self) -> ComposeResult:
        """Search field, table, and a word for when there is nothing."""
        with Vertical(classes="page"):
            yield Plain(_("Sessions"), classes="page-title")
            yield Input(placeholder=_("Type to search, ↓ to the list and its keys, Enter opens"))
            yield Plain("", classes="page-empty")
            yield SessionsTable()
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Load the list."""
        table = self.query_one(DataTable)
        for name in COLUMNS:
            table.add_column(_(name), key=name)
        self.query_one(Input).focus()
        self.reload()

    def on_resize(self) -> None:
        """Titles are as long as there is room for."""
        self._fill(bool(self.query_one(Input).value.strip()))

    @on(Input.Changed)
    def narrow(self) -> None:
        """Show only sessions in whose title or messages every typed word occurs."""
        self.reload()

    @on(Input.Submitted)
    def open_first(self) -> None:
        """Enter in the search field opens the row under the cursor."""
        line = self._line()
        if line is not None:
            self.dismiss(line.id)

    @on(DataTable.RowSelected)
    def open_selected(self, event: DataTable.RowSelected) -> None:
        """Enter or a click on a row opens it."""
        self.dismiss(event.row_key.value)

    def on_key(self, event: events.Key) -> None:
        """Down leaves the search field for the list."""
        if event.key == "down" and isinstance(self.focused, Input):
            event.stop()
            self.query_one(DataTable).focus()

    # -- what is done to a session ----------------------------------------------------------------

    def action_find(self) -> None:
        """Back to the search field."""
        self.query_one(Input).focus()

    def action_show_archive(self) -> None:
        """Show the archive, or the list again."""
        self._archived = not self._archived
        title = _("Sessions in the archive") if self._archived else _("Sessions")
        self.query_one(".page-title", Plain).update(title)
        self.reload()

    @work
    async def action_rename(self) -> None:
        """Give the session another title."""
        line = self._line()
        if line is None:
            return
        question = _("What shall this session be called?")
        given = await self.app.push_screen_wait(AskTextScreen(question, shown_title(line.title)))
        if given is not None:
            await self._do(self._keeper.rename(line.id, given.text))

    @work
    async def action_fork(self) -> None:
        """Begin a session that shares all of this one, and open it."""
        line = self._line()
        forked = line and await self._do(self._keeper.fork(line.id))
        if forked:
            self.dismiss(forked)

    @work
    async def action_archive(self) -> None:
        """Take the session out of the list, or back into it."""
        line = self._line()
        if line is not None:
            await self._do(self._keeper.archive(line.id, not self._archived))
            words = _("Back in the list.") if self._archived else _("In the archive; v shows it.")
            self.notify(words, markup=False)

    @work
    async def action_delete(self) -> None:
        """Delete the session after a yes that knows what goes."""
        line = self._line()
        held = line and await self._do(self._keeper.belongings(line.id))
        if line is None or not held:
            return
        answers = [("", _("Keep it"))]
        if held.running:
            answers += [
                ("cancel", _("Delete, cancel its jobs")),
                ("keep", _("Delete, let its jobs run")),
            ]
        else:
            answers.append(("cancel", _("Delete")))
        question = clean("\n".join(deletion_lines(held)))
        answer = await self.app.push_screen_wait(ChooseScreen(question, tuple(answers)))
        running = _RUNNING.get(answer)
        if running:
            await self._do(self._keeper.delete(line.id, running))

    @work
    async def action_export(self) -> None:
        """Write the session into one file."""
        line = self._line()
        if line is None:
            return
        given = await self.app.push_screen_wait(
            AskTextScreen(
                _("Write this session into one file, without keys. Where to?"),
                str(place_for(None, f"luthier-{line.id}.luthier")),
                (
                    ("data", _("with its data sets and measured answers")),
                    ("adapters", _("with its tuned adapters")),
                ),
            )
        )
        if given is not None:
            path = place_for(Path(given.text), f"luthier-{line.id}.luthier")
            data, adapters = "data" in given.ticked, "adapters" in given.ticked
            work = self._keeper.export(line.id, path, data=data, adapters=adapters)
            self._tell_written(await self._do(work))

    @work
    async def action_transcript(self) -> None:
        """Write the conversation as Markdown."""
        line = self._line()
        if line is None:
            return
        name = f"luthier-{line.id}.md"
        question = _("Write the conversation as Markdown. Where to?")
        given = await self.app.push_screen_wait(AskTextScreen(question, str(place_for(None, name))))
        if given is not None:
            path = place_for(Path(given.text), name)
            self._tell_written(await self._do(self._keeper.write_transcript(line.id, path)))

    @work
    async def action_import(self) -> None:
        """Take a session in from a file, and open it."""
        question = _("Take in a session from which file?")
        given = await self.app.push_screen_wait(AskTextScreen(question, str(place_for(None, ""))))
        if given is not None:
            path = Path(given.text).expanduser()  # noqa: ASYNC240 - looks at no file
            taken = await self._do(self._keeper.take_in(path))
            if taken:
                self.dismiss(taken)

    def _tell_written(self, path: Path | None) -> None:
        if path is not None:
            self.notify(_("Written: {path}", path=path), markup=False)

    async def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do something to a session and show the list anew; a failure is told in its own words."""
        try:
            return await work
        except LuthierError as error:
            self.notify(error.as_text(), severity="error", markup=False)
            return None
        finally:
            self.reload()

    # -- the list ---------------------------------------------------------------------------------

    @work(exclusive=True, group="list")
    async def reload(self) -> None:
        """Look the words up and fill the table; the cursor stays on its session."""
        words = self.query_one(Input).value
        try:
            self._lines = await self._keeper.search(words, self._archived)
        except LuthierError as error:
            self.notify(error.as_text(), severity="error", markup=False)
        self._fill(bool(words.strip()))

    def _line(self) -> SessionLine | None:
        """The session under the cursor."""
        table = self.query_one(DataTable)
        if not table.row_count:
            return None
        chosen = table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value
        return next((line for line in self._lines if line.id == chosen), None)

    def _fill(self, searched: bool) -> None:
        table = self.query_one(DataTable)
        before = self._line()
        row = table.cursor_row
        table.clear()
        for line in self._lines:
            table.add_row(*(Text(cell) for cell in self._cells(line)), key=line.id)
        ids = [line.id for line in self._lines]
        place = ids.index(before.id) if before and before.id in ids else row
        table.move_cursor(row=max(0, min(place, len(ids) - 1)))
        empty = self.query_one(".page-empty", Plain)
        empty.display = not self._lines
        if searched:
            empty.update(_("Nothing fits these words."))
        else:
            empty.update(
                _("The archive is empty.") if self._archived else _("No saved session yet.")
            )

    def _cells(self, line: SessionLine) -> tuple[str, ...]:
        narrow = self.size.width < WIDE
        title = one_line(shown_title(line.title), 60)
        marks = [_("open now")] if line.id == self._current else []
        if line.forked_from and not narrow:
            marks.append(_("forked from {id}", id=line.forked_from))
        if marks:
            title += f" ({_(', ').join(marks)})"
        if line.excerpt:
            title += f": {one_line(line.excerpt, 60)}"
        stage = _(TITLES[line.stage]) if line.stage in TITLES else line.stage
        used = minute(line.updated_at)[5 if narrow else 0 :]
        room = max(self.size.width - (NARROW_COLUMNS if narrow else WIDE_COLUMNS), 20)
        bytes_ = size(line.bytes) if line.bytes else ""
        return one_line(title, room), stage, used, str(line.messages), bytes_
