"""The catalogue of findings, and the tally that collects them with line numbers and an example."""

from __future__ import annotations

from dataclasses import dataclass, field

from luthier.tools.data.encodings import mend_text
from luthier.tools.data.model import Problem, Severity
from luthier.tools.language import _, mark

_MOST_LINES = 20
_LONGEST_EXAMPLE = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """What a code means. ``message`` follows the count ("3 rows: …")."""

    message: str
    remedy: str
    severity: Severity = "blocks"
    leaves_out: bool = True


CATALOGUE: dict[str, Finding] = {
    "empty_prompt": Finding(
        mark("the prompt is empty"), mark("Fill in the question, or leave the row out.")
    ),
    "empty_completion": Finding(
        mark("the answer is empty or blank"), mark("Write the answer, or leave the row out.")
    ),
    "missing_content": Finding(
        mark("a turn of the conversation is empty or blank"),
        mark("Fill in the turn, or leave the row out."),
    ),
    "message_missing_key": Finding(
        mark("a turn lacks its role or its content"),
        mark("Give every turn a role and a content, or leave the row out."),
    ),
    "missing_messages_list": Finding(
        mark("the conversation has no turns"), mark("Fill it in, or leave the row out.")
    ),
    "example_missing_assistant_message": Finding(
        mark("the assistant does not speak in this conversation"),
        mark("Add the assistant's answer, or leave the row out."),
    ),
    "last_turn_not_assistant": Finding(
        mark("the conversation does not end with the assistant's answer"),
        mark("Add the last answer or remove the turns after it, or leave the row out."),
    ),
    "missing_question": Finding(
        mark("the assistant speaks without having been asked"),
        mark("Add the user's turn, or leave the row out."),
    ),
    "unrecognized_role": Finding(
        mark("a turn has a role that is not known"),
        mark("Use system, user, assistant or tool (ShareGPT's human and gpt are understood)."),
    ),
    "tool_calls": Finding(
        mark("a call of a function, or the list of functions, cannot be read"),
        mark("Give each call a name and arguments that are a JSON object, or leave the row out."),
    ),
    "data_type": Finding(
        mark("a value has the wrong type"),
        mark("Make it a text like the other rows, or leave the row out."),
    ),
    "broken_json": Finding(
        mark("this is not valid JSON"), mark("Mend the line in a text editor, or leave it out.")
    ),
    "ragged": Finding(
        mark("the line has another number of cells than the others"),
        mark("Put texts that hold the delimiter into double quotes, or leave the line out."),
    ),
    "stray_quote": Finding(
        mark("a quote opens and never closes"),
        mark("Close it, or double quotes that belong to the text, or leave the line out."),
    ),
    "set_aside": Finding(
        mark("the row was set aside because a model could not learn it as it is"),
        mark("Shorten its answer or raise the length to use it."),
        severity="note",
    ),
    "marked_bad": Finding(
        mark("the answer is marked as not wanted"),
        mark("Leave these out: a model would learn the bad answers."),
        severity="note",
    ),
    "page_without_text": Finding(
        mark("a page holds no text, only a picture or nothing"),
        mark("Run text recognition over the file (such as ocrmypdf), or leave the page out."),
    ),
    "unreadable_page": Finding(
        mark("a page is damaged"), mark("Print the document to a new PDF, or leave the page out.")
    ),
    "unreadable_file": Finding(
        mark("a file of the folder cannot be read"),
        mark("Mend or remove the file, or leave it out."),
    ),
    "too_short_to_continue": Finding(
        mark("the text is too short to be divided into a beginning and the rest"),
        mark("Leave it out, or join it with the text before it."),
    ),
    "missing_field": Finding(
        mark("a field that the template names is empty"), mark("Fill it in, or leave the row out.")
    ),
    "speaker_silent": Finding(
        mark("the chosen person answers nobody in this conversation"),
        mark("Leave these out; choose another person to learn from, if you like."),
        severity="note",
    ),
    "nothing_weighted": Finding(
        mark("every answer has the weight 0, so nothing would be learned"),
        mark("Give the last answer the weight 1, or leave the row out."),
    ),
    "no_branch": Finding(
        mark("the conversation has no branch that was followed to its end"),
        mark("Export it again, or leave the row out."),
    ),
    "trailing_turns": Finding(
        mark("turns after the last answer to be learned are not used"),
        mark("Nothing needs to be done: they would teach nothing."),
        severity="note",
        leaves_out=False,
    ),
    "unanswered_turns": Finding(
        mark("messages before the first question or after the last answer are not used"),
        mark("Nothing needs to be done: nobody answers them, or they answer nobody."),
        severity="note",
        leaves_out=False,
    ),
    "file_left_out": Finding(
        mark("a file was passed over"),
        mark("Nothing needs to be done, unless you miss its text."),
        severity="note",
        leaves_out=False,
    ),
    "part_left_out": Finding(
        mark("a part of the file was passed over"),
        mark("Name it if you want it read instead."),
        severity="note",
        leaves_out=False,
    ),
    "above_header": Finding(
        mark("rows above the header were passed over"),
        mark("Nothing needs to be done, unless they are data."),
        severity="note",
        leaves_out=False,
    ),
    "heading_alone": Finding(
        mark("a heading has no text under it"),
        mark("Nothing needs to be done: there is nothing to learn from."),
        severity="note",
        leaves_out=False,
    ),
    "no_text": Finding(
        mark("messages without a text (pictures, recordings, deleted ones) are not used"),
        mark("Nothing needs to be done."),
        severity="note",
        leaves_out=False,
    ),
    "no_speaker": Finding(
        mark("notices of the program that nobody wrote are not used"),
        mark("Nothing needs to be done."),
        severity="note",
        leaves_out=False,
    ),
    "damaged_characters": Finding(
        mark("characters were lost before the file came here (shown as �)"),
        mark("Export the file again as UTF-8 if you can."),
        severity="warns",
        leaves_out=False,
    ),
    "several_entries": Finding(
        mark("the nested list has several entries, of which only the first is used"),
        mark("Write one row per entry to use them all."),
        severity="warns",
        leaves_out=False,
    ),
}


@dataclass(slots=True)
class _Count:
    count: int = 0
    lines: list[int] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    example: str = ""
    detail: str = ""


class Tally:
    """Counts findings by code; keeps the first lines and one example of each."""

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}

    def add(
        self,
        code: str,
        line: int,
        detail: str = "",
        example: str = "",
        file: str = "",
        row: int = 0,
    ) -> None:
        """One row with this finding; ``file`` where the source holds several, ``row`` the line."""
        count = self._counts.setdefault(code, _Count())
        count.count += 1
        if len(count.lines) < _MOST_LINES:
            count.lines.append(line)
            count.files.append(file)
            count.rows.append(row)
        count.detail = count.detail or detail
        count.example = count.example or shorten(example)

    def problems(self) -> tuple[Problem, ...]:
        """All findings, most frequent first."""
        ordered = sorted(self._counts.items(), key=lambda item: (-item[1].count, item[0]))
        return tuple(_problem(code, count) for code, count in ordered)


def _problem(code: str, count: _Count) -> Problem:
    finding = CATALOGUE[code]
    message = _(finding.message)
    message = message[:1].upper() + message[1:]
    if count.detail:
        message += f": {count.detail.rstrip('.')}"
    return Problem(
        code=code,
        severity=finding.severity,
        message=mend_text(message) + ".",
        remedy=_(finding.remedy),
        count=count.count,
        lines=tuple(count.lines),
        files=tuple(count.files) if any(count.files) else (),
        rows=tuple(count.rows) if any(count.rows) else (),
        example=count.example,
        leaves_out=finding.leaves_out,
    )


def shorten(text: str, longest: int = _LONGEST_EXAMPLE) -> str:
    """``text`` on one line, cut with an ellipsis."""
    line = " ".join(mend_text(text[: 4 * longest]).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
