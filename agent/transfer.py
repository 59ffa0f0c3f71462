"""A session as one file: written without keys, checked before anything of it is taken in.

The file is a zip (``docs/sessions.md`` describes it): ``manifest.json`` names every other entry with its
size and SHA-256. Paths below Luthier's home are written as ``{luthier-home}``, so that they are right
wherever the file is read. Reading trusts nothing: only entries of known names and places are taken.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from luthier.agent.store import SessionInfo
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

FORMAT = "luthier-session"
VERSION = 1
SUFFIX = ".luthier"
HOME = "{luthier-home}"
LARGEST_TEXT = 400_000_000
"""Bytes that the conversation itself may have: more is no conversation but an attack."""


class Entry(BaseModel):
    """One file inside: how large it is and what it hashes to."""

    model_config = ConfigDict(frozen=True)

    bytes: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What the file holds; read before anything else of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: str
    version: int
    luthier: str = ""
    session: SessionInfo
    jobs: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    adapters: bool = False
    files: dict[str, Entry]


def read_manifest(path: Path) -> Manifest:
    """What an exported file says that it holds.

    Raises:
        LuthierError: the file is none of ours, or of a newer version.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return manifest_in(archive, path)
    except (OSError, zipfile.BadZipFile) as error:
        raise no_session(path, error) from error


def manifest_in(archive: zipfile.ZipFile, path: Path) -> Manifest:
    """The manifest of an open file.

    Raises:
        LuthierError: it is none of ours, or of a newer version.
    """
    try:
        with archive.open("manifest.json") as stream:
            content = json.loads(stream.read(LARGEST_TEXT))
        if content["format"] != FORMAT:
            raise KeyError("format")
        if content["version"] > VERSION:
            raise LuthierError(
                _("This session was exported by a newer Luthier."),
                why=_(
                    "Its format has the version {found}; this Luthier knows up to {known}.",
                    found=content["version"],
                    known=VERSION,
                ),
                remedy=_("Update Luthier and import it then. Nothing was changed."),
                place=str(path),
                code="transfer.newer",
            )
        return Manifest.model_validate(content)
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise no_session(path, error) from error


def no_session(path: Path, error: Exception) -> LuthierError:
    """What to say of a file that cannot be read as a session."""
    missing = isinstance(error, FileNotFoundError)
    return LuthierError(
        _("There is no such file.") if missing else _("This file is no session of Luthier's."),
        why="" if missing else _("It cannot be read as `luthier sessions export` writes it."),
        remedy=_("Check the path. Nothing was changed."),
        place=str(path),
        code="transfer.unreadable",
    )


def damaged(path: Path, why: str) -> LuthierError:
    """What to say of a file whose parts do not fit together."""
    return LuthierError(
        _("This file is damaged or was tampered with."),
        why=why,
        remedy=_("Export the session again. Nothing was changed."),
        place=str(path),
        code="transfer.damaged",
    )


def suggested_name(info: SessionInfo, suffix: str = SUFFIX) -> str:
    """A file name for a session that is exported."""
    return f"luthier-{info.id}{suffix}"
