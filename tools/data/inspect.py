"""Look at a file: format, encoding, columns, mapping, findings, task. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from luthier.tools.data.cells import column_names
from luthier.tools.data.checks.base import Check
from luthier.tools.data.encodings import mend_text
from luthier.tools.data.model import Inspection, Mapping
from luthier.tools.data.propose import check_mapping, propose_mapping, unknown_columns
from luthier.tools.data.readers.base import Format, Item, Record, Source, Unreadable
from luthier.tools.data.readers.registry import read_items, reader_for
from luthier.tools.data.source import open_source
from luthier.tools.data.split_choice import propose_split, sample_records, split_for
from luthier.tools.data.survey import Survey, survey
from luthier.tools.errors import LuthierError
from luthier.tools.progress import Progress, silent

_SAMPLE_ROWS = 500
LOOK_CLOSELY = 2000
"""Rows at which the expensive checks look when a file is first read: about a second's work."""
_FORMATS: dict[str, Format] = {
    "csv": "csv",
    "tsv": "tsv",
    "json": "json",
    "jsonl": "jsonl",
    "parquet": "parquet",
}


def inspect_file(
    path: Path,
    *,
    mapping: Mapping | None = None,
    file_format: str | None = None,
    closely: int = LOOK_CLOSELY,
    also: Sequence[Check] = (),
    progress: Progress = silent,
) -> Inspection:
    """What the file holds and how it would be used; memory stays bounded for files of any size.

    Args:
        path: a CSV, TSV, JSON, JSONL or Parquet file, whatever its name ends in.
        mapping: the user's choice of columns; without it one is proposed.
        file_format: read it as this format instead of the detected one.
        closely: rows at which the expensive checks look (near copies, personal data, keys).
        also: checks made for this look alone, such as the comparison with an evaluation.
        progress: told bytes read of bytes there are.

    Raises:
        LuthierError: it cannot be read or used at all, in plain words with place and remedy.
    """
    source = open_mapped(path, mapping, file_format, progress)
    chosen, columns = settle_mapping(source, mapping, file_format)
    found = survey(source, chosen, closely=closely, also=also, progress=progress)
    if mapping is None and _fits_badly(found):
        chosen = chosen.model_copy(update={"confident": False})
    return _inspection(source, chosen, columns, found)


def open_mapped(
    path: Path, mapping: Mapping | None, file_format: str | None, progress: Progress
) -> Source:
    """The source, recognised as the user or the mapping says, or by its content.

    Raises:
        LuthierError: as for :func:`inspect_file`.
    """
    wanted = (file_format or (mapping.file_format if mapping else "")).lower()
    if wanted:
        reader_for(wanted)  # type: ignore[arg-type]  # refuses unknown names in plain words
    header = mapping.header if mapping else None
    return open_source(path, file_format=_FORMATS.get(wanted), header=header, progress=progress)


def settle_mapping(
    source: Source, mapping: Mapping | None, file_format: str | None = None
) -> tuple[Mapping, tuple[str, ...]]:
    """The mapping to use (given or proposed) and the columns there are.

    Raises:
        LuthierError: no row can be read, or the mapping does not fit the columns.
    """
    items = list(islice(read_items(source), 4 * _SAMPLE_ROWS))
    sample = [item for item in items if isinstance(item, Record)][:_SAMPLE_ROWS]
    columns = column_names(record.values for record in sample)
    if not columns:
        raise _no_rows(source, items)
    if mapping is not None and (mapping.messages or mapping.prompt or mapping.completion):
        if len(items) == 4 * _SAMPLE_ROWS and unknown_columns(mapping, columns):
            columns = _all_columns(source)
        check_mapping(mapping, columns)
        chosen = mapping
    else:
        chosen = propose_mapping(columns, sample, source.path.name)
        if mapping is not None:
            kept = {"system": mapping.system, "header": mapping.header}
            chosen = chosen.model_copy(update=kept | {"file_format": mapping.file_format})
    if file_format:
        chosen = chosen.model_copy(update={"file_format": file_format.lower()})
    return chosen, columns


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
    return Inspection(
        path=str(source.path),
        sha256=source.sha256,
        bytes=source.bytes,
        format=source.recognition.format,
        format_reason=mend_text(source.recognition.reason),
        encoding="" if source.recognition.format == "parquet" else source.encoding.name,
        encoding_reason="" if source.recognition.format == "parquet" else source.encoding.reason,
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
    )


def _no_rows(source: Source, items: Sequence[Item]) -> LuthierError:
    first = items[0] if items else None
    if isinstance(first, Unreadable):
        return LuthierError(
            "Not one row of this file can be read.",
            why=f"The first place: {first.detail}.",
            remedy="Mend the file or export it again; if the format was guessed wrongly "
            f"({source.recognition.format}), say which it is.",
            place=f"{source.path.name}, line {first.line}",
            code="data.nothing_readable",
        )
    return LuthierError(
        "This file has no rows.",
        why="It holds only a header or an empty list.",
        remedy="Check that the export went through, and that it is the file you meant.",
        place=str(source.path),
        code="data.no_rows",
    )
