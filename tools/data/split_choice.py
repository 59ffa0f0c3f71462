"""How rows are dealt to training, validation and test: a proposal with its reason, or the user's word.

A column that names customers, documents or the like and repeats is proposed as the group: rows of
one customer on both sides would let a model be tested on what it has seen. Labels are drawn in
proportion. Time is never assumed, only offered, because only the user knows whether the model will be
asked about later rows than it learned from.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from luthier.tools.data.cells import WrongType, as_text, column_names, lookup
from luthier.tools.data.model import Mapping, SplitChoice, SplitMethod, Task
from luthier.tools.data.readers.base import Record, Remark, Source
from luthier.tools.data.readers.registry import read_items
from luthier.tools.data.times import TimeFormat, recognise_times
from luthier.tools.data.vocabulary import plain_name
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark

_SAMPLE_ROWS = 500
_GROUP_NAME = re.compile(
    r"(?:^|_)(?:customer|client|user|patient|account|member|subscriber|person|author|speaker|session"
    r"|thread|conversation|dialogue?|document|doc|source_document|page|article|passage|file|case"
    r"|order|family|company|household|device|student|employee)(?:_?(?:id|no|nr|number|name|key|ref))?$"
)
_TIME_NAME = re.compile(
    r"(?:^|_)(?:date|time|timestamp|datetime|day|month|year|created|updated|at)(?:_|$)"
)
_AS_SAID = mark("as you said")
_FEWEST_GROUPS = 10
_REPEATED = 1.25  # rows per group from which a column is taken to repeat
_LARGEST_SHARE = 0.5  # of the rows in one group, beyond which no split could keep it whole


def sample_records(source: Source) -> list[Record]:
    """The first rows of the source, by which a column is judged."""
    found = (item for item in read_items(source) if not isinstance(item, Remark))
    items = islice(found, 4 * _SAMPLE_ROWS)
    return [item for item in items if isinstance(item, Record)][:_SAMPLE_ROWS]


def propose_split(sample: Sequence[Record], mapping: Mapping) -> SplitChoice | None:
    """By group where a column that names customers, documents or the like repeats; else None."""
    used = {*mapping.prompt, mapping.completion, mapping.messages, mapping.only_where}
    for column in column_names(record.values for record in sample):
        if column in used or not _GROUP_NAME.search(plain_name(column)):
            continue
        counts = Counter(text for record in sample if (text := cell_text(record, column)))
        rows = sum(counts.values())
        if len(counts) < _FEWEST_GROUPS or rows < _REPEATED * len(counts):
            continue
        if rows * 2 < len(sample) or max(counts.values()) > _LARGEST_SHARE * rows:
            continue
        return SplitChoice(
            method="group",
            column=column,
            reason=_(
                "“{column}” repeats ({values} different values in {rows} rows): all rows of one stay "
                "on one side, so that the test shows what the model does with new ones",
                column=column,
                values=len(counts),
                rows=rows,
            ),
        )
    return None


def split_for(task: Task, sample: Sequence[Record], mapping: Mapping) -> SplitChoice:
    """The split where no column was chosen: label by label, or by chance."""
    dated = _time_column(sample, mapping)
    labels = task.kind == "labels"
    reason = (
        _("each label is tested in proportion to its rows")
        if labels
        else _("drawn by chance, the same every time")
    )
    if dated:
        reason = _(
            "{reason}; “{column}” holds dates: say “use the newest rows as test” to split by time",
            reason=reason,
            column=dated,
        )
    return SplitChoice(method="stratified" if labels else "random", reason=reason)


def settle_split(
    choice: SplitChoice, sample: Sequence[Record], mapping: Mapping
) -> tuple[SplitChoice, TimeFormat | None]:
    """The user's choice with its column checked (or found), and how its times are written.

    Raises:
        LuthierError: ``data.unknown_column``, ``data.no_group_column`` or ``data.no_times``.
    """
    if choice.method not in ("group", "time"):
        return choice.model_copy(
            update={"column": "", "reason": choice.reason or _(_AS_SAID)}
        ), None
    columns = column_names(record.values for record in sample)
    column = choice.column or _found_column(choice.method, sample, mapping)
    column = _existing(column, columns, sample)
    texts = [text for record in sample if (text := cell_text(record, column))]
    if choice.method == "group":
        reason = choice.reason or _(
            "as you said: all rows of one “{column}” stay on one side", column=column
        )
        return choice.model_copy(update={"column": column, "reason": reason}), None
    times = recognise_times(texts)
    if times is None or len(texts) * 2 < len(sample):
        raise LuthierError(
            _("The column “{column}” cannot be read as dates or times.", column=column),
            why=_("It holds, for instance, “{text}”.", text=texts[0][:40])
            if texts
            else _("It is mostly empty."),
            remedy=_("Name a column of dates such as 2025-03-31, or choose another split."),
            place=column,
            code="data.no_times",
        )
    reason = choice.reason or _("the newest rows are the test, as the model will meet later ones")
    if times.words not in reason:
        reason += f" ({times.words})"
    return choice.model_copy(update={"column": column, "reason": reason}), times


def cell_text(record: Record, column: str) -> str:
    """The cell as text, "" where it is empty or no text."""
    try:
        return as_text(lookup(record.values, column))
    except WrongType:
        return ""


def _existing(column: str, columns: Sequence[str], sample: Sequence[Record]) -> str:
    """The column as the file calls it: "Customer ID" and "customer" find ``customer_id``."""
    if column in columns or any(lookup(record.values, column) is not None for record in sample):
        return column
    wanted = plain_name(column)
    same = [name for name in columns if plain_name(name) == wanted]
    inside = [name for name in columns if wanted in plain_name(name).split("_")]
    if len(same) == 1 or len(inside) == 1:
        return (same or inside)[0]
    raise _unknown(column, columns)


def _found_column(method: SplitMethod, sample: Sequence[Record], mapping: Mapping) -> str:
    if method == "time":
        found = _time_column(sample, mapping)
        if found:
            return found
        what = _("No column of dates or times was found.")
    else:
        proposed = propose_split(sample, mapping)
        if proposed:
            return proposed.column
        what = _("No column that repeats, such as a customer or document id, was found.")
    columns = ", ".join(column_names(record.values for record in sample))
    raise LuthierError(
        what,
        why=_("The file has these columns: {columns}.", columns=columns),
        remedy=_("Name the column, or choose another split."),
        code="data.no_times" if method == "time" else "data.no_group_column",
    )


def _time_column(sample: Sequence[Record], mapping: Mapping) -> str:
    used = {*mapping.prompt, mapping.completion, mapping.messages}
    for column in column_names(record.values for record in sample):
        if column in used or not _TIME_NAME.search(plain_name(column)):
            continue
        texts = [text for record in sample if (text := cell_text(record, column))]
        if len(texts) * 2 >= len(sample) and recognise_times(texts) and len(set(texts)) > 1:
            return column
    return ""


def _unknown(column: str, columns: Sequence[str]) -> LuthierError:
    near = difflib.get_close_matches(column.lower(), [name.lower() for name in columns], 1)
    meant = [name for name in columns if near and name.lower() == near[0]]
    return LuthierError(
        _("There is no column called “{column}”.", column=column),
        why=_("The file has these columns: {columns}.", columns=", ".join(columns)),
        remedy=_("Did you mean “{meant}”?", meant=meant[0]) if meant else _("Name one of them."),
        place=_("columns: {columns}", columns=column),
        code="data.unknown_column",
    )
