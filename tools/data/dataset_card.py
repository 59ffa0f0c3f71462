"""A data set's README as the Hugging Face Hub writes it: its licence, and which files are which split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """What the YAML at the top of README.md states; empty where there is none.

    ``files`` maps a split, or ``configuration/split`` where there are several, to glob patterns.
    """

    licence: str = ""
    files: tuple[tuple[str, tuple[str, ...]], ...] = ()


def read_card(folder: Path) -> DatasetCard:
    """The card of the data set in ``folder``."""
    path = folder / "README.md"
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            text = stream.read(_LARGEST)
    except OSError:
        return DatasetCard()
    lines = text.lstrip("\ufeff").split("\n")
    if lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        return DatasetCard()
    end = next(index for index, line in enumerate(lines[1:], 1) if line.strip() == "---")
    values = _yaml("\n".join(lines[1:end]))
    return DatasetCard(_licence(values), _files(values.get("configs")))


def _yaml(text: str) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        values = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError, TypeError, AttributeError, LookupError):
        return {}  # a card that cannot be read states nothing
    return values if isinstance(values, dict) else {}


def _licence(values: dict[str, Any]) -> str:
    found = values.get("license_name") or values.get("license") or values.get("licence") or ""
    if isinstance(found, list):
        found = ", ".join(str(entry) for entry in found)
    return str(found)[:100]


def _files(configs: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    entries = [entry for entry in configs or () if isinstance(entry, dict)] if isinstance(
        configs, list) else []  # fmt: skip
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        name = str(entry.get("config_name") or "default")
        for split, patterns in _splits(entry.get("data_files")):
            found[f"{name}/{split}" if len(entries) > 1 else split] = patterns
    return tuple(found.items())


def _splits(files: Any) -> list[tuple[str, tuple[str, ...]]]:
    if isinstance(files, str):
        return [("train", (files,))]
    if isinstance(files, list) and all(isinstance(entry, str) for entry in files):
        return [("train", tuple(files))]
    splits = []
    for entry in files if isinstance(files, list) else ():
        if isinstance(entry, dict) and entry.get("split") and entry.get("path"):
            path = entry["path"]
            patterns = path if isinstance(path, list) else [path]
            splits.append((str(entry["split"]), tuple(str(pattern) for pattern in patterns)))
    return splits
