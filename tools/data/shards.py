"""The files of one data set that was written in parts: which they are, and which of them are missing."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeGuard

from luthier.tools.data.paths import leads_out

_NUMBERED = re.compile(r"(.*?)(\d{5})-of-(\d{5})(.*)")
_FINGERPRINT = re.compile(r"^-[0-9a-f]{8,}(?=\.|$)")
"""Its own for each part, as data sets pushed to the Hub by older versions of datasets have it."""
_MOST = 10_000  # parts that a name may speak of


def saved_splits(folder: Path) -> dict[str, list[Path]]:
    """Splits and files as ``save_to_disk`` lists them, there or not; {} where it did not write this."""
    if (folder / "dataset_dict.json").is_file():
        found = _json(folder / "dataset_dict.json").get("splits")
        names = filter(_is_plain_name, found) if isinstance(found, list) else ()
        return {name: _files_of(folder / name) for name in names}
    files = _files_of(folder) if (folder / "state.json").is_file() else []
    return {"data": files} if files else {}


def missing_parts(paths: Sequence[Path]) -> list[Path]:
    """The files that names such as ``train-00000-of-00003.parquet`` promise and that are not there."""
    there: dict[tuple[Path, str, str, str], set[int]] = {}
    for path in paths:
        found = _NUMBERED.fullmatch(path.name)
        if found:
            before, number, count, after = found.groups()
            ending = _FINGERPRINT.sub("", after)
            there.setdefault((path.parent, before, count, ending), set()).add(int(number))
    return sorted(
        folder / f"{before}{n:05}-of-{count}{ending}"
        for (folder, before, count, ending), numbers in there.items()
        for n in range(min(int(count), _MOST))
        if n not in numbers
    )


def _files_of(folder: Path) -> list[Path]:
    """What ``state.json`` lists, else every Arrow file."""
    listed = _json(folder / "state.json").get("_data_files")
    entries = listed if isinstance(listed, list) else []
    names = [entry.get("filename") for entry in entries if isinstance(entry, dict)]
    found = [folder / name for name in names if _is_plain_name(name)]
    found = found or (sorted(folder.glob("*.arrow")) if os.path.isdir(folder) else [])
    return [path for path in found if not os.path.isdir(path) and not leads_out(folder, path)]


def _is_plain_name(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and name not in ("", ".", "..") and Path(name).name == name


def _json(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text("utf-8", "replace"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
