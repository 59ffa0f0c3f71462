"""A question or approval that was answered, as it stays in the conversation."""

from __future__ import annotations

from textual.content import Content

from luthier.tui.transcript import ApprovalEntry, QuestionEntry
from luthier.tui.untrusted import clean
from luthier.tui.widgets.plain import Plain


class SettledPrompt(Plain):
    """The question alone or what was to be approved; the answer follows as the user's message."""

    def __init__(self, entry: QuestionEntry | ApprovalEntry) -> None:
        super().__init__(_words(entry), classes="message asked")


def _words(entry: QuestionEntry | ApprovalEntry) -> Content:
    if isinstance(entry, QuestionEntry):
        return Content(clean(entry.question.text))
    lines: list[str | tuple[str, str]] = [(clean(entry.approval.title), "bold")]
    lines += [f"\n  {clean(name)}: {clean(value)}" for name, value in entry.approval.details]
    return Content.assemble(*lines)
