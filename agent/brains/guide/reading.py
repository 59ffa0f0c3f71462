"""How data is read, in the conversation: which part, whose answers, and what becomes of documents."""

from __future__ import annotations

from luthier.agent.brains.guide.reply import Reply, ask, call
from luthier.agent.brains.guide.understand_reading import ReadingWish
from luthier.tools.data.model import Inspection
from luthier.tools.facts import Facts
from luthier.tools.language import _
from luthier.tools.questions import Choice, Question

_MOST_CHOICES = 12
DOCUMENT_TEMPLATE = "Q: What does “{topic}” say? A: {passage}"


def reading_step(facts: Facts) -> Reply | None:
    """What has to be asked before the rows can be understood; None where all is clear."""
    source = facts.source
    if source is None or facts.dataset is not None:
        return None
    mapping = source.mapping
    if len(source.parts) > 1 and "part" not in mapping.asked:
        return ask(part_question(source))
    if mapping.layout == "chat" and not mapping.confident:
        return ask(speaker_question(source))
    if mapping.layout == "chat" and "names" not in mapping.asked:
        return ask(names_question())
    if mapping.continuation and not mapping.confident:
        return ask(documents_question(source))
    return None


def part_question(source: Inspection) -> Question:
    """Which sheet, table or split to read."""
    others = [part for part in source.parts if part != source.part]
    return Question(
        id="part",
        text=_("There are several parts in it. Which one shall I read?"),
        choices=tuple(Choice(id=part, label=part) for part in (source.part, *others))[
            :_MOST_CHOICES
        ],
        default=source.part,
        why=_(
            "Sheets, tables and splits hold different things, so I read one at a time. The first is "
            "the one I took, because it looks most like questions with answers."
        ),
        placeholder=_("or type its name"),
    )


def speaker_question(source: Inspection) -> Question:
    """Whose answers are learned."""
    return Question(
        id="speaker",
        text=_("Whose answers shall the model learn to give?"),
        choices=tuple(Choice(id=name, label=name) for name in source.speakers[:_MOST_CHOICES]),
        default=source.mapping.assistant,
        why=_(
            "In a chat among people one of them has to be the assistant; what the others say becomes "
            "the questions. The first in the list answers most often."
        ),
        placeholder=_("or type a name"),
    )


def names_question() -> Question:
    """Whether the names of people are replaced."""
    return Question(
        id="names",
        text=_("Shall I replace the names of the people by Person A, Person B, …?"),
        choices=(
            Choice(
                id="yes",
                label=_("Replace the names"),
                detail=_("also where they are mentioned in a text"),
            ),
            Choice(id="no", label=_("Keep the names")),
        ),
        default="yes",
        why=_(
            "What a model has learned it may say to anybody. People in a chat did not write for that, "
            "and a name seldom helps the task."
        ),
    )


def documents_question(source: Inspection) -> Question:
    """What becomes of passages that are neither questions nor answers."""
    has_topics = "topic" in source.columns
    choices = [
        Choice(
            id="write",
            label=_("Let a language model write questions and answers"),
            detail=_("needs one connected (/model); three are shown first, nothing without a yes"),
        ),
        Choice(
            id="template",
            label=_("Make rows by a template"),
            detail=DOCUMENT_TEMPLATE,
        ),
        Choice(
            id="continue",
            label=_("Take them as plain text to be continued"),
            detail=_("teaches the manner of writing, not the facts"),
        ),
        Choice(
            id="retrieval",
            label=_("I want it to know what they say"),
            detail=_("then looking things up serves better than tuning"),
        ),
    ]
    if not has_topics:
        choices.pop(1)
    return Question(
        id="documents",
        text=_("These are texts, not questions with answers. How shall they become rows?"),
        choices=tuple(choices),
        default="continue",
        why=_(
            "A model learns answers to questions. I never make questions up silently: rows that a "
            "template or a language model makes are marked as synthetic and keep their passage."
        ),
        placeholder=_(
            "or your own template with fields in braces: Q: … {heading} … A: {passage}",
            heading="{heading}",
            passage="{passage}",
        ),
    )


def rest_of_questions() -> Question:
    """Whether the rest shall be written, once the preview was seen."""
    return Question(
        id="written",
        text=_("Are these good enough to have the rest written?"),
        choices=(
            Choice(id="yes", label=_("Write the rest"), detail=_("asks again, with what it takes")),
            Choice(id="no", label=_("No, another way")),
        ),
        default="no",
        why=_(
            "A model tuned on these rows learns their faults too, and every row takes time or money."
        ),
    )


def respond_to_reading_answer(facts: Facts, question: Question, chosen: str) -> Reply:
    """What a choice at one of the questions here leads to."""
    source = facts.source
    assert source is not None
    if question.id == "part":
        return call("inspect_data", part=chosen)
    if question.id == "speaker":
        return call("inspect_data", assistant=chosen)
    if question.id == "names":
        return call("inspect_data", pseudonyms=chosen == "yes")
    if question.id == "written":
        again = ask(documents_question(source))
        return call("write_questions", everything=True) if chosen == "yes" else again
    return _documents_answer(source, chosen)


def _documents_answer(source: Inspection, chosen: str) -> Reply:
    if chosen == "write":
        return call("write_questions")
    if chosen == "template":
        return call("inspect_data", template=DOCUMENT_TEMPLATE)
    if chosen == "retrieval":
        return ask(
            documents_question(source),
            _(
                "Tuning is poor at teaching facts: the model would learn to sound like your texts and "
                "to make things up in their manner. **Retrieval** (finding the passage and giving it "
                "to the model with the question) answers from what they say, and is changed as soon "
                "as they are. If the model shall also answer in a certain way, give me questions with "
                "such answers, or let a language model write them."
            ),
        )
    return call("inspect_data", read_as="text")


QUESTIONS = ("part", "speaker", "names", "documents", "written")
_ARGUMENT = {"part": "part", "speaker": "assistant"}


def reading_words(question: Question, text: str) -> Reply | None:
    """Free text at one of the questions here: a name of a part or person."""
    argument = _ARGUMENT.get(question.id)
    return call("inspect_data", **{argument: text.strip()}) if argument else None


def respond_to_reading(facts: Facts, wish: ReadingWish) -> Reply:
    """Do what the words wish about how data is read."""
    if wish.kind == "hub":
        return call("fetch_data", dataset=wish.what)
    if facts.source is None:
        return Reply(_("Give me the file first; then I read it as you say."))
    match wish.kind:
        case "as":
            return call("inspect_data", read_as=wish.what)
        case "part":
            return call("inspect_data", part=wish.what)
        case "assistant":
            return call("inspect_data", assistant=wish.what)
        case "template":
            return call("inspect_data", template=wish.what)
        case "write":
            return call("write_questions")
        case _:
            return call("inspect_data", pseudonyms=wish.kind == "names")
