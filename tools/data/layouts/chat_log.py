"""A chat among people (WhatsApp, Slack): one of them is the one to learn from."""

from __future__ import annotations

from collections import Counter

from luthier.tools.data.cells import lookup
from luthier.tools.data.layouts.base import Columns, Layout, Sample, share
from luthier.tools.data.model import Mapping
from luthier.tools.data.speakers import is_spoken
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark


def _propose(columns: Columns, sample: Sample) -> Mapping | None:
    column = next((name for name in columns if share(sample, name, is_spoken) > 0.5), "")
    if not column:
        return None
    people = speakers(sample, column)
    return Mapping(
        messages=column,
        assistant=people[0] if people else "",
        layout="chat",
        confident=False,
        reason=_(
            "A chat among {count} people ({people}). The model learns to answer as {assistant}, "
            "who answers most; say so if it should be somebody else.",
            count=len(people),
            people=", ".join(people[:6]) + ("…" if len(people) > 6 else ""),
            assistant=f"“{people[0]}”" if people else "?",
        ),
    )


def speakers(sample: Sample, column: str) -> tuple[str, ...]:
    """Everybody in the sample, who answers others most often first."""
    answers: Counter[str] = Counter()
    for record in sample:
        turns = lookup(record.values, column)
        if not is_spoken(turns):
            continue
        before = ""
        for turn in turns:
            speaker = str(turn["speaker"])
            answers[speaker] += bool(before) and before != speaker
            before = speaker
    return tuple(name for name, _count in answers.most_common())


def find_speaker(name: str, people: tuple[str, ...]) -> str:
    """The person meant by ``name``: whole, or a part that only one person's name has.

    Raises:
        LuthierError: nobody or several people are meant; those who speak are named.
    """
    wanted = name.strip().casefold()
    exact = [person for person in people if person.casefold() == wanted]
    found = exact or [person for person in people if wanted and wanted in person.casefold()]
    if len(found) == 1 or exact:
        return found[0]
    raise LuthierError(
        _("Nobody called “{name}” speaks in this chat.", name=name)
        if not found
        else _("Several people could be meant by “{name}”.", name=name),
        why=_("There are: {people}.", people=", ".join(people[:20])),
        remedy=_("Name one of them."),
        code="data.unknown_speaker",
    )


LAYOUT = Layout(
    "chat",
    "chat export",
    mark("conversations whose turns name a speaker"),
    _propose,
    synonyms=("chat export", "chat log"),
)
