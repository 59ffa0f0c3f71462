"""A conversation as Markdown, for reading elsewhere: who said what, what was done, every table."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from luthier.agent.conversation import read_conversation
from luthier.agent.events import (
    AgentEvent,
    ApprovalAsked,
    ApprovalSettled,
    QuestionAsked,
    TextDone,
    ToolFinished,
    ToolStarted,
    TurnFailed,
    UserSpoke,
)
from luthier.agent.store import SessionInfo, get_session
from luthier.agent.titles import shown_title
from luthier.agent.translate import replay
from luthier.tools.errors import LuthierError
from luthier.tools.files import write_atomic
from luthier.tools.language import _
from luthier.tools.views import (
    Bars,
    Callout,
    JobView,
    Plot,
    Samples,
    Settings,
    Table,
    Tokens,
    View,
)
from luthier.tools.workspace import Workspace

_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~<>])")


def transcript_of(info: SessionInfo, events: Iterable[AgentEvent]) -> str:
    """The whole conversation; text from files and models is shown as text, never as markup."""
    made = _("Session {id}, begun {date}.", id=info.id, date=info.created_at[:10])
    parts = [f"# {_plain(shown_title(info.title))}", made]
    for event in events:
        parts += [part for part in _said(event) if part]
    return "\n\n".join(parts) + "\n"


async def write_transcript(workspace: Workspace, session_id: str, path: Path) -> None:
    """Write a session's conversation to ``path``; it replaces what was there.

    Raises:
        LuthierError: there is no such session, or the file cannot be written.
    """
    text = await read_transcript(workspace, session_id)
    try:
        await asyncio.to_thread(write_atomic, path, text)
    except OSError as error:
        raise LuthierError(
            _("The transcript could not be written."),
            why=_("The system says: {error}.", error=error.strerror or error),
            remedy=_("Choose another place, or free some disk space."),
            place=str(path),
            code="transcript.not_written",
        ) from error


async def read_transcript(workspace: Workspace, session_id: str) -> str:
    """A session's conversation, with what is asked at its end.

    Raises:
        LuthierError: there is no such session.
    """
    info = await asyncio.to_thread(get_session, workspace, session_id)
    standing = await read_conversation(workspace, info.id)
    pending = [standing.pending] if standing.pending else []
    return transcript_of(info, [*replay(standing.messages), *pending])


def _said(event: AgentEvent) -> Iterator[str]:
    match event:
        case UserSpoke(text=text):
            yield f"**{_('You')}:** {_lines(text)}"
        case TextDone(text=text):
            yield f"**Luthier:** {text}"
        case ToolStarted(label=label):
            yield f"*{_plain(label)}*"
        case ToolFinished():
            if not event.ok:
                yield _("That did not work: {summary}", summary=_lines(event.summary))
            for view in event.views:
                yield "\n".join(_view(view))
        case QuestionAsked(question=question):
            yield f"**Luthier:** {_lines(question.text)}"
        case TurnFailed():
            yield f"*{_plain(event.text)}*"
        case ApprovalAsked(approval=approval) | ApprovalSettled(approval=approval):
            details = [f"- {_plain(name)}: {_plain(value)}" for name, value in approval.details]
            yield "\n".join([f"**Luthier:** {_plain(approval.title)}", "", *details])


def _view(view: View) -> Iterator[str]:
    match view:
        case Table():
            yield from _headed(view.title, _grid(view.columns, view.rows), view.notes)
        case Bars():
            bars = [
                (label, f"{value:g} {view.unit}".strip())
                for label, value in zip(view.labels, view.values, strict=False)
            ]
            yield from _headed(view.title, _grid(("", ""), bars), view.notes)
        case Plot():
            rows = [
                (curve.name, f"{curve.y[0]:.3g}", f"{min(curve.y):.3g}", f"{curve.y[-1]:.3g}")
                for curve in view.curves
                if curve.y
            ]
            columns = (view.y_label, _("first"), _("lowest"), _("last"))
            yield from _headed(view.title, _grid(columns, rows), ())
        case Tokens():
            lines = [
                f"- {span.status} ({len(span.tokens)}): {_plain(''.join(span.tokens))}"
                for span in view.spans
            ]
            yield from _headed(view.title, lines, view.notes)
        case Settings():
            values = [(one.name, one.value, one.reason) for one in view.settings]
            yield from _headed(view.title, _grid(("", "", ""), values), view.notes)
        case Samples():
            yield from _headed(view.title, _samples(view), ())
        case JobView():
            yield f"*{_('Job {id}', id=view.job_id)}*"
        case Callout():
            yield f"> **{_plain(view.headline)}**"
            yield from (f">\n> {_plain(line)}" for line in view.lines)


def _samples(view: Samples) -> Iterator[str]:
    for sample in view.samples:
        marks = dict(sample.marks)
        yield f"- {_plain(sample.prompt)}"
        yield f"  - {_('expected')}: {_plain(sample.expected)}"
        for arm, answer in sample.answers:
            mark = {True: " ✓", False: " ✗"}.get(marks.get(arm), "")  # type: ignore[arg-type]
            yield f"  - {_plain(arm)}{mark}: {_plain(answer)}"


def _headed(title: str, lines: Iterable[str], notes: Iterable[str]) -> Iterator[str]:
    if title:
        yield f"**{_plain(title)}**"
        yield ""
    yield from lines
    for note in notes:
        yield ""
        yield f"*{_plain(note)}*"


def _grid(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    heads = list(columns)
    yield _row(heads)
    yield "|" + "---|" * len(heads)
    yield from (_row(row) for row in rows)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _lines(text: str) -> str:
    """Text that Markdown shows as it is, with its line ends."""
    return "  \n".join(_plain(line) for line in text.splitlines())
