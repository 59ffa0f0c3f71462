"""Questions and approvals as numbered lines, and what a typed line means as an answer to them."""

from __future__ import annotations

from luthier.agent.brains.guide.arabic import in_english
from luthier.tools.language import _
from luthier.tools.questions import Answer, Approval, Question

WHY = frozenset({"why", "why?", "why do you ask", "why do you ask?"})
UNSURE = frozenset({"?", "don't know", "dont know", "i don't know", "i dont know"})


def question_lines(question: Question) -> list[str]:
    """The question, its numbered choices, and the words that always work."""
    lines = [_("Question: {text}", text=question.text)]
    for number, choice in enumerate(question.choices, start=1):
        usual = f" ({_('usual')})" if choice.id == question.default else ""
        detail = f": {choice.detail}" if choice.detail else ""
        lines.append(f"  {number}. {choice.label}{usual}{detail}")
    if question.placeholder:
        lines.append("  " + _("For example: {words}", words=question.placeholder))
    own_words = _("a number or your own words") if question.choices else _("your own words")
    words = [own_words, _("? if you do not know")]
    if question.why:
        words.append(_("why for the reason"))
    if question.allow_back:
        words.append(_("back for the question before"))
    lines.append("  " + _("Answer with {ways}.", ways=_(", ").join(words)))
    return lines


def approval_lines(approval: Approval) -> list[str]:
    """What will happen, its details, and how to say yes or no."""
    lines = [_("Your yes is needed: {title}", title=approval.title)]
    lines += [f"  {name}: {value}" for name, value in approval.details]
    if approval.note:
        lines.append(f"  {approval.note}")
    lines.append(
        "  " + _("Answer yes or no; a no may have a reason, such as: no, it takes too long.")
    )
    if approval.editable:
        values = _(", ").join(f"{one.label} {one.value}" for one in approval.editable)
        words = _("To change a value first, name it. It is now: {values}.", values=values)
        lines.append(f"  {words}")
    if approval.lasting:
        words = _(
            "“yes, and do not ask again” covers this for the rest of the session: {what}.",
            what=approval.lasting.words,
        )
        lines.append(f"  {words}")
    return lines


def settled_lines(approval: Approval) -> list[str]:
    """What was asked, when the conversation is read again; what was said to it follows."""
    lines = [_("Your yes was needed: {title}", title=approval.title)]
    return lines + [f"  {name}: {value}" for name, value in approval.details]


def read_answer(question: Question, line: str) -> Answer | str:
    """The answer that a typed line means, or the text to say where it asks something back."""
    text = line.strip()
    word = in_english(text).casefold().rstrip(".!")
    if word in WHY:
        if not question.why:
            return _("There is no more to say on why.")
        return _("Why I ask: {why}", why=question.why)
    if word in UNSURE:
        return Answer(kind="unsure")
    if word == "back":
        if question.allow_back:
            return Answer(kind="back")
        return _("There is no question before this one.")
    if text.isdecimal() and question.choices:
        number = int(text)
        if 1 <= number <= len(question.choices):
            return Answer(kind="choice", choice_id=question.choices[number - 1].id)
    for choice in question.choices:
        if text.casefold() == choice.label.casefold():
            return Answer(kind="choice", choice_id=choice.id)
    return Answer(kind="text", text=text)
