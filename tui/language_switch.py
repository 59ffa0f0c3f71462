"""Another language in the middle of a session: chosen, kept, and the screen drawn again in it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from luthier.agent.events import FactsChanged, QuestionAsked
from luthier.tools.errors import LuthierError
from luthier.tools.language import (
    _,
    current_language,
    languages,
    save_language,
    use_language,
)

if TYPE_CHECKING:
    from luthier.tui.app import LuthierApp


async def speak(app: LuthierApp, wanted: str) -> None:
    """Speak the language called ``wanted``; without a name, the next one in the list.

    What was said stays as it was said; what is open, and everything around it, changes.
    """
    try:
        language = use_language(wanted or _next())
    except LuthierError as error:
        app.notify(error.as_text(), severity="warning", markup=False)
        return
    app.set_class(language.right_to_left, "-rtl")
    await asyncio.to_thread(save_language, app.workspace.home, language)
    if app.session is None:
        return
    transcript = app.chat.transcript
    for event in app.session.history():
        if isinstance(event, FactsChanged):
            transcript.apply(event)
        elif isinstance(event, QuestionAsked):
            transcript.reword(event)
    await app.chat.show_transcript(transcript, app.session.title)
    app.chat.refresh_bindings()
    # Each catalog names its own language here.
    await app.chat.apply(transcript.add_notice(_("From now on I speak English.")))


def _next() -> str:
    known = [language.code for language in languages()]
    return known[(known.index(current_language().code) + 1) % len(known)]
