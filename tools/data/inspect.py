"""Look at a source: format, encoding, columns, mapping, findings, task. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from luthier.tools.data.cells import column_names
from luthier.tools.data.checks.base import Check
from luthier.tools.data.encodings import mend_text
from luthier.tools.data.layouts.chat_log import find_speaker, speakers
from luthier.tools.data.layouts.registry import find_layout, layout_names
from luthier.tools.data.model import Format, Inspection, Lineage, Mapping
from luthier.tools.data.places import place_of
from luthier.tools.data.propose import check_mapping, propose_mapping, unknown_columns
from luthier.tools.data.readers.base import Item, Record, Remark, Source, Unreadable
from luthier.tools.data.readers.registry import find_format, read_items
from luthier.tools.data.source import open_source
from luthier.tools.data.split_choice import propose_split, sample_records, split_for
from luthier.tools.data.survey import Survey, survey
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark
from luthier.tools.progress import Progress, silent

_SAMPLE_ROWS = 500
LOOK_CLOSELY = 2000
"""Rows at which the expensive checks look when a file is first read: about a second's work."""
_WITH_ENCODING = ("csv", "tsv", "json", "jsonl", "text", "markdown", "whatsapp")
EVERYBODY = ("*",)
"""As ``people`` of a wished mapping: replace the names of all who speak."""


def inspect_file(
    path: Path,
    *,
    mapping: Mapping | None = None,
    file_format: str | None = None,
    closely: int = LOOK_CLOSELY,
    also: Sequence[Check] = (),
    progress: Progress = silent,
) -> Inspection:
    """What the source holds and how it would be used; memory stays bounded for files of any size.

    Args:
        path: a file of any format that a reader knows, whatever its name ends in, or a folder.
        mapping: the user's choice of columns; without it, or where it names none, one is proposed.
        file_format: read it as this file format or row layout instead of the detected one.
        closely: rows at which the expensive checks look (near copies, personal data, keys).
        also: checks made for this look alone, such as the comparison with an evaluation.
        progress: told bytes read of bytes there are.

    Raises:
        LuthierError: it cannot be read or used at all, in plain words with place and remedy.
    """
    mapping = read_as(file_format, mapping) if file_format else mapping
    source = open_mapped(path, mapping, None, progress)
    chosen, columns = settle_mapping(source, mapping)
    found = survey(source, chosen, closely=closely, also=also, progress=progress)
    if not _names_columns(mapping) and _fits_badly(found):
        chosen = chosen.model_copy(update={"confident": False})
    return _inspection(source, chosen, columns, found)


def read_as(name: str, mapping: Mapping | None = None) -> Mapping:
    """``mapping`` with the user's word on the file's format or its rows' layout ("alpaca").

    Raises:
        LuthierError: there is neither a format nor a layout of that name.
    """
    base = mapping or Mapping()
    layout = find_layout(name)
    if layout is not None:
        return base.model_copy(update={"layout": layout.name})
    found = find_format(name, or_else=layout_names())
    return base.model_copy(update={"file_format": found})


def open_mapped(
    path: Path, mapping: Mapping | None, file_format: str | None, progress: Progress
) -> Source:
    """The source, recognised as the user or the mapping says, or by its content.

    Raises:
        LuthierError: as for :func:`inspect_file`.
    """
    wanted = file_format or (mapping.file_format if mapping else "")
    known: Format | None = find_format(wanted) if wanted else None
    header = mapping.header if mapping else None
    part = mapping.part if mapping else ""
    return open_source(path, file_format=known, header=header, part=part, progress=progress)


def settle_mapping(source: Source, mapping: Mapping | None) -> tuple[Mapping, tuple[str, ...]]:
    """The mapping to use (given or proposed) and the columns there are.

    Raises:
        LuthierError: no row can be read, or the mapping does not fit the columns.
    """
    found = (item for item in read_items(source) if not isinstance(item, Remark))
    items = list(islice(found, 4 * _SAMPLE_ROWS))
    sample = [item for item in items if isinstance(item, Record)][:_SAMPLE_ROWS]
    columns = column_names(record.values for record in sample)
    if not columns:
        raise _no_rows(source, items)
    if mapping is not None and _names_columns(mapping):
        if len(items) == 4 * _SAMPLE_ROWS and unknown_columns(mapping, columns):
            columns = _all_columns(source)
        chosen = mapping
        if not chosen.reason and chosen.template:
            chosen = chosen.model_copy(update={"reason": _(_BY_TEMPLATE)})
    else:
        wanted = mapping.layout if mapping else ""
        wishes = mapping or Mapping()
        if wishes.template and not wanted:
            proposed = _for_template(columns, wishes)
        else:
            proposed = propose_mapping(columns, sample, source.path.name, wanted)
        chosen = _with_wishes(proposed, wishes, sample)
    if source.recognition.parts:
        chosen = chosen.model_copy(update={"part": source.recognition.part})
    if chosen.people == EVERYBODY:
        chosen = chosen.model_copy(update={"people": _everybody(source, chosen)})
    check_mapping(chosen, columns)
    return chosen, columns


def _names_columns(mapping: Mapping | None) -> bool:
    if mapping is None:
        return False
    made = mapping.template and mapping.answer_template
    return bool(mapping.messages or mapping.prompt or mapping.completion or made)


def _for_template(columns: Sequence[str], wishes: Mapping) -> Mapping:
    """Rows by the user's template; without one for the answer, the text column is the answer."""
    answer = "text" if "text" in columns else columns[-1]
    return Mapping(completion=answer, reason=_(_BY_TEMPLATE))


_BY_TEMPLATE = mark("Each row is made by your template, and marked as synthetic.")


def _with_wishes(proposed: Mapping, wishes: Mapping, sample: Sequence[Record]) -> Mapping:
    """The proposal with everything the user asked for besides columns."""
    kept = {
        name: getattr(wishes, name)
        for name in ("system", "header", "file_format", "part", "template", "answer_template",
                     "people", "remedies", "asked")
    }  # fmt: skip
    if wishes.template:
        kept |= {"continuation": False, "prompt": (), "confident": True}
    if wishes.assistant and proposed.messages:
        name = find_speaker(wishes.assistant, speakers(sample, proposed.messages))
        reason = _("The model learns to answer as “{name}”, as you said.", name=name)
        kept |= {"assistant": name, "confident": True, "reason": reason}
    return proposed.model_copy(update=kept)


def _everybody(source: Source, mapping: Mapping) -> tuple[str, ...]:
    """Everybody who speaks anywhere in the source, the one to learn from first."""
    records = [item for item in read_items(source) if isinstance(item, Record)]
    found = speakers(records, mapping.messages)
    return tuple(sorted(found, key=lambda name: name != mapping.assistant))


def _all_columns(source: Source) -> tuple[str, ...]:
    """Columns of the whole file, for a mapping that names one which the first rows do not have."""
    return column_names(item.values for item in read_items(source) if isinstance(item, Record))


def _fits_badly(found: Survey) -> bool:
    """Whether the mapped cells are empty or of a wrong type in most rows."""
    codes = ("empty_prompt", "empty_completion", "missing_content", "data_type")
    empty = sum(problem.count for problem in found.problems if problem.code in codes)
    return empty * 2 > found.rows_in


def _inspection(
    source: Source, mapping: Mapping, columns: tuple[str, ...], found: Survey
) -> Inspection:
    sample = sample_records(source)
    recognition = source.recognition
    decoded = recognition.format in _WITH_ENCODING
    return Inspection(
        path=str(source.path),
        sha256=source.sha256,
        bytes=source.bytes,
        format=recognition.format,
        format_reason=mend_text(recognition.reason),
        encoding=source.encoding.name if decoded else "",
        encoding_reason=source.encoding.reason if decoded else "",
        columns=columns,
        rows_in=found.rows_in,
        mapping=mapping,
        samples=found.samples,
        problems=found.problems,
        usable=found.usable,
        duplicates=found.duplicates,
        task=found.task,
        split=propose_split(sample, mapping) or split_for(found.task, sample, mapping),
        looked_closely=found.looked_closely,
        parts=recognition.parts,
        part=recognition.part,
        speakers=_speakers(source, mapping),
        licence=recognition.licence,
    )


def _speakers(source: Source, mapping: Mapping) -> tuple[str, ...]:
    if not mapping.assistant:
        return ()
    records = (item for item in read_items(source) if isinstance(item, Record))
    return speakers(list(islice(records, 4 * _SAMPLE_ROWS)), mapping.messages)


def _no_rows(source: Source, items: Sequence[Item]) -> LuthierError:
    first = items[0] if items else None
    if isinstance(first, Unreadable):
        return LuthierError(
            _("Not one row of this file can be read."),
            why=_("The first place: {detail}.", detail=first.detail),
            remedy=_(
                "Mend the file or export it again; if the format was guessed wrongly ({format}), say "
                "which it is.",
                format=source.recognition.format,
            ),
            place=place_of(Lineage(file=source.path.name, line=first.line, row=first.row)),
            code="data.nothing_readable",
        )
    return LuthierError(
        _("This file has no rows."),
        why=_("It holds only a header or an empty list."),
        remedy=_("Check that the export went through, and that it is the file you meant."),
        place=str(source.path),
        code="data.no_rows",
    )
