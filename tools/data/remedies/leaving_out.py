"""Rows left out by the user's choice: near copies, refusals, cut and looped answers, and their like."""

from __future__ import annotations

from collections.abc import Iterable

from luthier.tools.data.checks.boilerplate import boilerplate
from luthier.tools.data.checks.cut_answers import (
    are_records,
    broken_record,
    open_fence,
    stops_within,
)
from luthier.tools.data.checks.lengths import is_looped
from luthier.tools.data.checks.literal_none import WORDS
from luthier.tools.data.checks.mixed_languages import language_of
from luthier.tools.data.checks.near_duplicates import question_of
from luthier.tools.data.checks.placeholders import PLACEHOLDER
from luthier.tools.data.model import Row
from luthier.tools.data.near_copies import PromptIndex
from luthier.tools.data.remedies.base import MendRow, Remedy, leave_out
from luthier.tools.language import mark


def one_of_near_copies(rows: Iterable[Row], _setting: str) -> MendRow:
    """Learn which questions are near copies; the first of each group stays."""
    index, ids = PromptIndex(), []
    for row in rows:
        index.add(question_of(row))
        ids.append(row.id)
    groups = index.groups()
    first = {ids[position] for position, group in enumerate(groups) if group == position}
    copies = {row_id for row_id in ids if row_id not in first}
    return lambda row: None if row.id in copies else row


def without_cut(rows: Iterable[Row], _setting: str) -> MendRow:
    """Learn the greatest length of an answer, and whether the answers are meant to be JSON."""
    longest = count = whole = broken = 0
    for row in rows:
        answer = row.completion
        count += 1
        longest = max(longest, len(answer))
        if answer[:1] == "{":
            is_broken = broken_record(answer)
            broken, whole = broken + is_broken, whole + (not is_broken)
    records = are_records(whole, broken, count)

    def mend(row: Row) -> Row | None:
        answer = row.completion
        cut = len(answer) == longest and stops_within(answer)
        cut = cut or open_fence(answer) or (records and broken_record(answer))
        return None if cut else row

    return mend


def one_language(rows: Iterable[Row], _setting: str) -> MendRow:
    """Learn the language of most answers; rows whose answer is surely in another one go."""
    counts: dict[str, int] = {}
    for row in rows:
        language = language_of(row.completion[:400])
        if language:
            counts[language] = counts.get(language, 0) + 1
    main = max(counts, key=lambda name: (counts[name], name), default="")
    return lambda row: None if language_of(row.completion[:400]) not in ("", main) else row


def _refuses(row: Row) -> bool:
    return any(m.role == "assistant" and boilerplate(m.content) for m in row.messages)


def _loops(row: Row) -> bool:
    return any(m.role == "assistant" and is_looped(m.content) for m in row.messages)


REMEDIES = (
    Remedy(
        name="drop_refusals",
        label=mark("leave out answers that refuse or speak “as an AI”"),
        mends=("refusals",),
        automatic=False,
        learn=leave_out(_refuses),
    ),
    Remedy(
        name="drop_cut_answers",
        label=mark("leave out answers that were cut"),
        mends=("answer_cut", "answer_cut_by_length", "broken_record"),
        automatic=False,
        learn=without_cut,
    ),
    Remedy(
        name="drop_looped_answers",
        label=mark("leave out answers that run in circles"),
        mends=("looped_answer",),
        automatic=False,
        learn=leave_out(_loops),
    ),
    Remedy(
        name="drop_echoes",
        label=mark("leave out answers that only repeat the question"),
        mends=("answer_repeats_question",),
        automatic=False,
        learn=leave_out(lambda row: bool(row.prompt) and row.completion == row.prompt[-1].content),
    ),
    Remedy(
        name="drop_literal_none",
        label=mark("leave out answers that are the word None, nan or null"),
        mends=("literal_none",),
        automatic=False,
        learn=leave_out(lambda row: row.completion in WORDS),
    ),
    Remedy(
        name="drop_placeholders",
        label=mark("leave out answers with placeholders that nobody filled in"),
        mends=("placeholders",),
        automatic=False,
        learn=leave_out(lambda row: bool(PLACEHOLDER.search(row.completion))),
    ),
    Remedy(
        name="one_language",
        label=mark("leave out answers in another language than most"),
        mends=("mixed_languages",),
        automatic=False,
        learn=one_language,
    ),
    Remedy(
        name="drop_near_copies",
        label=mark("keep one of each group of near copies"),
        mends=("near_duplicates",),
        automatic=False,
        learn=one_of_near_copies,
    ),
)
