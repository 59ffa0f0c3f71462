"""What can be done to the session itself in the plain chat: the same slash commands as on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from luthier.agent.events import UserSpoke
from luthier.agent.session import Session
from luthier.tools.language import _
from luthier.tools.wording import minute, size
from luthier.tui.places import place_for
from luthier.tui.session_door import SessionKeeper, SessionLine, must_be_ours


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The chat goes on in another session, where ``text`` is said first."""

    session_id: str
    text: str = ""


class PlainSessions:
    """Answers commands on sessions; everything else is left to the chat."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._keeper = SessionKeeper(session.workspace)

    async def answer(self, line: str) -> str | Elsewhere | None:
        """What to say to a command, or where to go on; None where ``line`` is none of these.

        Raises:
            LuthierError: it cannot be done; says why.
        """
        name, _blank, words = line.strip().partition(" ")
        words = words.strip()
        if name.casefold() in ("/rename", "/archive"):
            must_be_ours(self._session.read_only)
        match name.casefold():
            case "/sessions":
                return _listed(await self._keeper.search(words))
            case "/rename":
                await self._keeper.rename(self._session.id, words)
                self._session.call(words)
                return _("This session is now called “{title}”.", title=words)
            case "/archive":
                await self._keeper.archive(self._session.id, True)
                return _("In the archive; it can go on all the same.")
            case "/export" | "/transcript":
                return await self._write(name.casefold(), words)
            case "/fork":
                return Elsewhere(await self._keeper.fork(self._session.id))
            case "/import":
                return Elsewhere(await self._keeper.take_in(place_for(Path(words), "")))
            case "/edit":
                return await self._edit(words)
        return None

    async def _write(self, name: str, words: str) -> str:
        path = Path(words) if words else None
        known = self._session.id
        if name == "/export":
            target = place_for(path, f"luthier-{known}.luthier")
            await self._keeper.export(known, target, data=False, adapters=False)
        else:
            target = place_for(path, f"luthier-{known}.md")
            await self._keeper.write_transcript(known, target)
        return _("Written: {path}", path=target)

    async def _edit(self, words: str) -> str | Elsewhere:
        """``/edit`` numbers the user's messages; ``/edit 2 other words`` says the second one anew."""
        said = [event for event in self._session.history() if isinstance(event, UserSpoke)]
        number, _blank, text = words.partition(" ")
        if text.strip() and number.isdecimal() and 1 <= int(number) <= len(said):
            message_id = said[int(number) - 1].message_id
            forked = await self._keeper.fork(self._session.id, message_id, anew=True)
            return Elsewhere(forked, text.strip())
        lines = [f"  {place}. {event.text}" for place, event in enumerate(said, start=1)]
        how = _("Say one of them otherwise, in a fork, with its number: /edit 1 other words")
        return "\n".join([_("What you have said:"), *lines, how])


def _listed(lines: Sequence[SessionLine]) -> str:
    if not lines:
        return _("Nothing fits these words.")
    told = [
        f"  {line.id}: {line.title}, {minute(line.updated_at)}, {size(line.bytes)}"
        for line in lines
    ]
    return "\n".join([*told, _("Go on with one: luthier resume ID")])
