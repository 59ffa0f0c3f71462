"""Newer prices from a file or an address that the user names; they are kept in the home folder."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from luthier.tools.errors import LuthierError
from luthier.tools.files import write_atomic
from luthier.tools.language import _
from luthier.tools.prices.table import COLUMNS, TABLE, PriceLine, price_table, read_lines
from luthier.tools.workspace import Workspace

LARGEST = 2_000_000  # bytes; a table of prices is far smaller
SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Update:
    """What an update would bring: lines that are new or say something else than now."""

    lines: tuple[PriceLine, ...]
    older: int


def read_source(source: str) -> str:
    """The text of a file, or of an https address.

    Raises:
        LuthierError: it cannot be read.
    """
    if urlsplit(source).scheme in ("http", "https"):
        return _fetch(source)
    path = Path(source).expanduser()
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LuthierError(
            _("The prices could not be read."),
            why=str(getattr(error, "strerror", "") or error),
            remedy=_("Check the path."),
            place=str(path),
            code="prices.not_readable",
        ) from error


def compare(workspace: Workspace, text: str, source: str) -> Update:
    """What ``text`` would change; lines that are older than the present ones are left out.

    Raises:
        LuthierError: it is no table of prices (``prices.bad_line``).
    """
    present = price_table(workspace.home / TABLE)
    found = read_lines(text, source)
    newer = []
    for line in found:
        before = present.get((line.host, line.model, line.kind))
        if before is None or (line.read >= before.read and line != before):
            newer.append(line)
    return Update(tuple(newer), len(found) - len(newer))


def take(workspace: Workspace, update: Update) -> Path:
    """Keep the new lines beside those that the user took before; the place they are in."""
    path = workspace.home / TABLE
    kept = read_lines(path.read_text(encoding="utf-8-sig"), str(path)) if path.is_file() else []
    lines = {(line.host, line.model, line.kind): line for line in (*kept, *update.lines)}
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for key in sorted(lines):
        writer.writerow(_row(lines[key]))
    write_atomic(path, stream.getvalue())
    return path


def _row(line: PriceLine) -> dict[str, object]:
    values = {name: getattr(line, name) for name in COLUMNS}
    values["methods"] = " ".join(line.methods)
    return {name: "" if value is None else value for name, value in values.items()}


def _fetch(url: str) -> str:
    import httpx2

    try:
        with httpx2.Client(timeout=SECONDS, follow_redirects=True) as client:
            answer = client.get(url)
            answer.raise_for_status()
    except httpx2.HTTPError as error:
        raise LuthierError(
            _("The prices could not be fetched."),
            why=str(error),
            remedy=_("Check the address, or save the table and name the file."),
            place=url,
            code="prices.not_fetched",
        ) from error
    if len(answer.content) > LARGEST:
        raise LuthierError(
            _("What is there is too large for a table of prices."),
            place=url,
            code="prices.too_large",
        )
    return answer.text
