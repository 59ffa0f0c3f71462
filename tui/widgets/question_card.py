"""A question that waits: its answers, why it is asked, and the ways around it."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button

from luthier.tools.language import _
from luthier.tools.questions import Answer
from luthier.tui.transcript import QuestionEntry
from luthier.tui.untrusted import clean
from luthier.tui.widgets.choice_list import ChoiceList
from luthier.tui.widgets.plain import Plain


class QuestionCard(Vertical):
    """Stands above the composer, whose text is a free answer to it."""

    @dataclass
    class Answered(Message):
        """The user chose an answer, is unsure, or wants to go back."""

        key: str
        answer: Answer

    class FileWanted(Message):
        """The user wants to pick the file from a tree."""

    def __init__(self, entry: QuestionEntry) -> None:
        super().__init__(classes="prompt-card question")
        self.entry = entry

    def compose(self) -> ComposeResult:
        """The question, its selectable answers, the reason (hidden) and the ways around it."""
        question = self.entry.question
        yield Plain(clean(question.text), classes="prompt-title")
        if question.choices:
            yield ChoiceList(
                [(one.id, clean(one.label), clean(one.detail)) for one in question.choices]
            )
        why = Plain(clean(question.why), classes="why")
        why.display = False
        yield why
        with Horizontal(classes="prompt-buttons"):
            if question.why:
                yield Button(_("F6 Why do you ask?"), id="why", compact=True)
            yield Button(_("F7 I don't know"), id="unsure", compact=True)
            if question.allow_back:
                yield Button(_("F8 Back"), id="back", compact=True)
            if question.wants_file:
                yield Button(_("F9 Choose a file"), id="pick-file", compact=True)

    @property
    def placeholder(self) -> str:
        """What the composer may hint at while this question waits."""
        example = clean(self.entry.question.placeholder)
        return example or _("Pick an answer above, or write your own here.")

    def take_focus(self) -> bool:
        """Focus the answers; False where there are none to pick from."""
        lists = self.query(ChoiceList)
        if lists:
            lists.first().focus()
        return bool(lists)

    @on(Button.Pressed, "#why")
    def reveal_why(self) -> None:
        """Show or hide why this is asked, without a round trip."""
        why = self.query_one(".why", Plain)
        if self.entry.question.why:
            why.display = not why.display

    @on(Button.Pressed, "#unsure")
    def be_unsure(self) -> None:
        """Stand by the default."""
        self.post_message(self.Answered(self.entry.key, Answer(kind="unsure")))

    @on(Button.Pressed, "#back")
    def go_back(self) -> None:
        """Ask for the question before."""
        if self.entry.question.allow_back:
            self.post_message(self.Answered(self.entry.key, Answer(kind="back")))

    @on(Button.Pressed, "#pick-file")
    def want_file(self) -> None:
        """Open the file picker."""
        if self.entry.question.wants_file:
            self.post_message(self.FileWanted())

    @on(ChoiceList.Picked)
    def pick(self, event: ChoiceList.Picked) -> None:
        """One of the selectable answers."""
        event.stop()
        answer = Answer(kind="choice", choice_id=event.choice_id)
        self.post_message(self.Answered(self.entry.key, answer))
