"""The chat as linear text: for screen readers, pipes and scripts. Nothing is drawn or redrawn.

Lines from a pipe are taken one at a time, each only when the turn before is over, so that a whole
conversation can be piped in. What a person types ahead is heard next, unless a question comes first,
which it cannot have been meant for. The end of stdin ends the chat; jobs run on.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TextIO

from luthier.agent.brains.guide.arabic import in_english
from luthier.agent.brains.guide.understand import asks_why
from luthier.agent.decisions import read_decision
from luthier.agent.events import (
    AgentEvent,
    ApprovalAsked,
    ApprovalSettled,
    BrainChanged,
    BrainNoted,
    FactsChanged,
    ForkedFrom,
    ModelWaits,
    QuestionAsked,
    TextDone,
    ToolFinished,
    ToolStarted,
    TurnFailed,
    UserSpoke,
    WordsReturned,
)
from luthier.agent.session import Session, open_session
from luthier.agent.store import list_sessions
from luthier.agent.titles import shown_title
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark, save_language, use_language
from luthier.tools.questions import Answer
from luthier.tools.workspace import Workspace
from luthier.tui.commands import find, is_command, suggestion
from luthier.tui.grace import Grace
from luthier.tui.plain_details import Backstage
from luthier.tui.plain_jobs import POLL_SECONDS, JobWatch
from luthier.tui.plain_questions import (
    approval_lines,
    question_lines,
    read_answer,
    settled_lines,
)
from luthier.tui.plain_returned import Returned
from luthier.tui.plain_sessions import Elsewhere, PlainSessions
from luthier.tui.plain_streams import Say, Voice, read_lines
from luthier.tui.plain_views import lines_of
from luthier.tui.transcript import forked_words, waiting_words
from luthier.tui.untrusted import clean

LEAVE = frozenset({"quit", "exit", "bye", "/quit", "/exit", "/q"})
_WORDS = frozenset({"help", "jobs", "details", "allowed", "allowed back"})
"""Commands without a slash."""
HELP = mark(
    "Say what you want in your own words. Besides: jobs (what runs), details (what the tools were "
    "called with and told, and what a model thought), /budget (what a model has used), /allowed (what is "
    "not asked again), /sessions (the others), /edit (say something otherwise), /retry (ask again what "
    "failed), /send (say what was given back to you), /rename, /fork, /archive, /export, /import, "
    "/transcript, quit (leave; jobs run on)."
)


async def chat_plainly(
    workspace: Workspace,
    session_id: str | None,
    *,
    wait: bool = False,
    source: TextIO | None = None,
    target: TextIO | None = None,
) -> None:
    """Hold the conversation until the user leaves or ``source`` (stdin) ends.

    Args:
        wait: wait for the session's jobs to rest before every line and before ending.

    Raises:
        LuthierError: there is no such session, or its files cannot be used.
    """
    output = target or sys.stdout

    def say(text: str) -> None:
        print(clean(text), file=output, flush=True)

    lines: asyncio.Queue[str | None] | None = None
    following: Elsewhere | None = Elsewhere(session_id or "")
    while following is not None:
        session = await open_session(workspace, following.session_id or None)
        try:
            if not following.session_id:
                await _mention_last_session(workspace, session.id, say)
            lines = lines or read_lines(source or sys.stdin)
            jobs = JobWatch(workspace, session, say)
            voice, live = Voice(output, say), (source or sys.stdin).isatty()
            chat = PlainChat(session, jobs, lines, voice, wait=wait, live=live)
            following = await chat.run(following.text)
        finally:
            await session.close()
        known = await asyncio.to_thread(list_sessions, workspace)
        if any(info.id == session.id for info in known):
            say(_("Session {id} is saved. Go on with: luthier resume {id}", id=session.id))


async def _mention_last_session(workspace: Workspace, current: str, say: Say) -> None:
    others = [info for info in await asyncio.to_thread(list_sessions, workspace) if info.messages]
    others = [info for info in others if info.id != current]
    if others:
        say(
            _(
                "Your last session: {title}. Go on with: luthier resume {id}",
                title=shown_title(others[0].title),
                id=others[0].id,
            )
        )


class PlainChat:
    """One session on two streams of lines."""

    def __init__(
        self,
        session: Session,
        jobs: JobWatch,
        lines: asyncio.Queue[str | None],
        say: Voice,
        *,
        wait: bool,
        live: bool,
    ) -> None:
        """Args: ``live`` says that a person types, who cannot answer what is not yet asked."""
        self._session = session
        self._sessions = PlainSessions(session)
        self._following: Elsewhere | None = None
        self._jobs = jobs
        self._lines = lines
        self._say = say
        self._wait = wait
        self._live = live
        self._echo = not live
        self._seen = ""
        self._grace = Grace()
        self._returned = Returned()
        self._stage = ""
        self._backstage = Backstage(session)

    async def run(self, first: str = "") -> Elsewhere | None:
        """Show what was said before, then take turns until the end of the input.

        Args:
            first: what the user says at once.

        Returns:
            where the chat goes on, or None where it is over.
        """
        for event in self._session.history():
            # A fork that begins in the middle of the chat repeats nothing: it was just read.
            if not first or isinstance(event, ForkedFrom):
                self._show(event, live=False)
        listener = asyncio.create_task(self._listen())
        await asyncio.sleep(0)  # lets the listener subscribe before anything happens
        watcher = asyncio.create_task(self._jobs.watch())
        try:
            await self._session.start()
            if first:
                await self._idle()
                self._say(_("You: {text}", text=first))
                await self._session.send(first)
            else:
                self._ask()
            while self._following is None and await self._take_line():
                pass
        finally:
            for task in (listener, watcher):
                task.cancel()
            await asyncio.gather(listener, watcher, return_exceptions=True)
        return self._following

    async def _take_line(self) -> bool:
        """Wait until it is the user's turn, then act on one line; False at the end."""
        if not self._live or self._wait:
            await self._settle()
        line = await self._lines.get()
        if line is None and self._wait:
            await self._jobs.rest()
        text = (line or "").strip()
        word = in_english(text).casefold()
        if self._live and await self._take_at_once(text, word):
            return True
        await self._idle()  # a job may have ended while the user was thinking
        if line is None or word in LEAVE:
            return False
        if self._echo and text:
            self._say(_("You: {text}", text=text))
        if word in ("help", "/help"):
            self._say(_(HELP))
        elif word in ("jobs", "/jobs"):
            self._jobs.tell()
        elif word.split(" ")[0] == "/language":
            self._speak(text.partition(" ")[2])
        elif told := await self._backstage.answer(word if word == "details" else text):
            self._say(told)
        elif text.startswith("/"):
            await self._command(text)
        elif text:
            await self._act(text)
        return True

    async def _take_at_once(self, text: str, word: str) -> bool:
        """Hear what is said to the brain before a turn ends: what is asked by then was not meant."""
        if word == "/send":
            await self._send_returned()
        elif text and not (is_command(text) or word in _WORDS | LEAVE):
            await self._hear(text)
        else:
            return False
        return True

    async def _command(self, text: str) -> None:
        """A slash command: those on sessions, and those that say something to the brain."""
        if text.casefold() == "/send":
            await self._send_returned()
            return
        command = find(text)
        try:
            told = await self._sessions.answer(text)
        except LuthierError as error:
            self._say(error.as_text())
            return
        if isinstance(told, Elsewhere):
            self._following = told
        elif told:
            self._say(told)
        elif not is_command(text):
            await self._act(text)
        elif command and command.name == "retry":
            if why_not := await self._session.retry():
                self._say(why_not)
        elif command and command.says:
            await self._act(_(command.says))
        elif command:
            self._say(_("/{name} works on the screen only.", name=command.name))
        else:
            self._say(suggestion(text))

    def _speak(self, wanted: str) -> None:
        """Speak another language from now on, and ask again what is open."""
        try:
            language = use_language(wanted)
        except LuthierError as error:
            self._say(error.as_text())
            return
        save_language(self._session.workspace.home, language)
        self._say(_("From now on I speak English."))
        self._ask()

    async def _settle(self) -> None:
        """Wait until it is the user's turn; with ``wait`` only once every job rests."""
        await self._idle()
        while self._wait and self._session.pending is None:
            # whoever else looks at the jobs may have told the end of one, and a turn has begun
            if not await self._jobs.look() and not self._session.busy:
                return
            await asyncio.sleep(POLL_SECONDS)
            await self._idle()

    async def _idle(self) -> None:
        """Wait until no turn is under way and the listener has said all that it heard."""
        await self._session.idle()
        await asyncio.sleep(0)

    async def _hear(self, text: str) -> bool:
        """Words that a person typed: an answer only to what stood there for a moment before.

        Returns:
            whether they could be taken.
        """
        await asyncio.sleep(0)
        pending = self._session.pending
        is_seen = pending is None or (pending.id == self._seen and self._grace.is_over)
        if self._session.busy or not is_seen:
            await self._session.send(text, "")
            return True
        return await self._act(text)

    async def _send_returned(self) -> None:
        """Say what was given back, now that the question stands there."""
        text = self._returned.take()
        if not text:
            self._say(_("Nothing was given back to you."))
            return
        self._say(_("You: {text}", text=text))
        if not await (self._hear(text) if self._live else self._act(text)):
            self._returned.put_back(text)

    async def _act(self, text: str) -> bool:
        """Say it, as the answer to what is asked; whether it could be taken.

        What was given back before is done with then.
        """
        if self._session.read_only:
            await self._session.send(text)  # which says why not
            return False
        match self._session.pending:
            case QuestionAsked(id=question_id, question=question):
                answer = read_answer(question, text)
                if isinstance(answer, str):
                    self._say(answer)
                    return False
                saying = self._answer(question_id, answer)
            case ApprovalAsked(id=approval_id, approval=approval):
                decision = read_decision(text, approval)
                if decision is None and not asks_why(text):
                    self._say(_("Please answer yes or no."))
                    return False
                saying = self._session.send(text, approval_id)
            case None:
                saying = self._session.send(text)
        await self._returned.are_done_with(saying)
        return True

    async def _answer(self, question_id: str, answer: Answer) -> bool:
        is_said = await self._session.answer(question_id, answer)
        if is_said:
            await self._session.drop_returned()
        return is_said

    async def _listen(self) -> None:
        async for event in self._session.subscribe():
            self._show(event, live=True)

    def _show(self, event: AgentEvent, *, live: bool) -> None:
        self._backstage.hear(event)
        match event:
            case UserSpoke(text=text):
                if not live:
                    self._say(_("You: {text}", text=text))
            case WordsReturned():
                self._say(self._returned.hear(event))
            case ForkedFrom(title=title):
                self._say(forked_words(title))
            case TextDone(text=text):
                self._say.markdown(text)
            case ToolStarted():
                self._show_start(event, live)
            case ToolFinished():
                self._show_result(event)
            case QuestionAsked() | ApprovalAsked() | ApprovalSettled():
                self._show_asked(event, live)
            case FactsChanged():
                self._show_stage(event, live)
            case BrainChanged() | ModelWaits() | BrainNoted():
                self._show_brain(event)
            case TurnFailed():
                self._show_failure(event)

    def _show_asked(
        self, event: QuestionAsked | ApprovalAsked | ApprovalSettled, live: bool
    ) -> None:
        if isinstance(event, ApprovalSettled):
            self._say("\n".join(settled_lines(event.approval)))
        elif live:
            self._ask()

    def _show_brain(self, event: BrainChanged | ModelWaits | BrainNoted) -> None:
        match event:
            case BrainChanged(name=name):
                self._say(_("From now on you talk to {name}.", name=name))
            case ModelWaits(seconds, total) if seconds == total:  # said once, not every second
                self._say(f"… {waiting_words(event)}")
            case BrainNoted(text=text):
                self._say(text)

    def _show_start(self, event: ToolStarted, live: bool) -> None:
        if live:
            self._say(f"… {event.label}")
        if live and event.allowed:
            self._say(_("Not asked again, as you allowed: {what}", what=event.allowed))

    def _show_stage(self, event: FactsChanged, live: bool) -> None:
        if event.stage != self._stage and live:
            titles = {stage.name: stage.title for stage in event.stages}
            self._say(f"[{titles.get(event.stage, event.stage)}]")
        self._stage = event.stage

    def _show_failure(self, event: TurnFailed) -> None:
        shown = event.text if event.remedy in event.text else f"{event.text}\n{event.remedy}"
        self._say(_("Problem: {words}", words=shown))

    def _show_result(self, event: ToolFinished) -> None:
        if not event.ok:
            self._say(_("That did not work: {summary}", summary=event.summary))
        for view in event.views:
            for line in lines_of(view):
                self._say(line)

    def _ask(self) -> None:
        if self._session.read_only:
            return
        match self._session.pending:
            case QuestionAsked(id=asked, question=question):
                lines = question_lines(question)
            case ApprovalAsked(id=asked, approval=approval):
                lines = approval_lines(approval)
            case None:
                return
        self._seen, self._grace = asked, Grace()
        self._say("\n".join(lines))
