"""From what a person types, pastes or drops into a terminal to a path, and from a path to a file.

Terminals paste a dropped file in several ways: in quotes, with blanks escaped by backslashes, or as
a ``file://`` URL. All of them mean the same file.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

_QUOTES = {"'": "'", '"': '"', "‘": "’", "“": "”", "`": "`", "<": ">"}


def parse_path(text: str) -> Path:
    """The path meant by ``text``: quoted, escaped, a ``file://`` URL, with ``~`` or plain.

    The file need not exist: ``inspect_file`` says what is wrong with it in plain words.

    Raises:
        LuthierError: nothing was typed, several files were dropped at once, or it is a web address.
    """
    cleaned = _without_quotes(text.strip())
    if not cleaned or "\x00" in cleaned:
        raise LuthierError(
            _("No file was named."),
            remedy=_("Type or paste the path of a file or folder, or drop it into this window."),
            code="data.no_path",
        )
    if re.match(r"(?i)(https?|ftp|s3|hf)://", cleaned):
        raise LuthierError(
            _("This is a web address, not a file on this machine."),
            remedy=_("Download the file first, then give its path."),
            place=cleaned,
            code="data.web_address",
        )
    if cleaned.lower().startswith("file:"):
        return Path(unquote(urlsplit(cleaned).path or cleaned[5:]))
    if _exists(_expand(cleaned)):
        return _expand(cleaned)
    parts = _shell_words(text.strip())
    if len(parts) == 1 and _exists(_expand(parts[0])):
        return _expand(parts[0])
    _refuse_several(parts)
    return _expand(_without_escapes(cleaned))


def require_source(path: Path) -> Path:
    """``path`` made absolute, once it is sure that it is a file or folder that can be read.

    Raises:
        LuthierError: it does not exist (names like it are suggested), is a device, or may not be
            read.
    """
    path = path.absolute()
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise _not_found(path) from None
    except (OSError, ValueError) as error:
        raise unreadable_error(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        return _require_folder(path)
    if not stat.S_ISREG(status.st_mode):
        raise LuthierError(
            _("This is not a regular file."),
            why=_("It is a device, a pipe or a socket, which cannot be read twice."),
            remedy=_("Save its content to a file and give that path."),
            place=str(path),
            code="data.not_a_file",
        )
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        raise unreadable_error(path, error) from error
    return path


def leads_out(folder: Path, path: Path) -> bool:
    """Whether ``path`` below ``folder`` is a link to something outside, which nobody has named.

    A folder in the cache of the Hugging Face Hub is made of links to the files beside it.
    """
    if not path.is_symlink():
        return False
    root, target = folder.resolve(), path.resolve()
    cache = root.parent.parent if root.parent.name == "snapshots" else None
    within = (root, cache / "blobs") if cache else (root,)
    return not any(target.is_relative_to(place) for place in within)


def _without_quotes(text: str) -> str:
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text


def _without_escapes(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text) if os.sep == "/" else text


def _expand(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # ~name of a user that does not exist
        return Path(text)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # names that the system refuses, such as very long ones
        return False


def _shell_words(text: str) -> list[str]:
    """What a shell would take the text for; nothing where a quotation mark is left open."""
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _refuse_several(parts: list[str]) -> None:
    if len(parts) > 1 and all(_exists(_expand(part)) for part in parts):
        raise LuthierError(
            _("{number} files were given; Luthier reads one at a time.", number=len(parts)),
            remedy=_("Drop a single file. To use several, put their rows into one file first."),
            place=", ".join(Path(part).name for part in parts[:5]),
            code="data.several_files",
        )


def _not_found(path: Path) -> LuthierError:
    parent = path.parent
    if not _exists(parent):
        while not _exists(parent) and parent != parent.parent:
            parent = parent.parent
        remedy = _(
            "The folder {folder} does not exist either; {above} does. Check the path.",
            folder=path.parent,
            above=parent,
        )
    else:
        near = _near_names(path)
        remedy = (
            _("Did you mean {names}?", names=_(" or ").join(near))
            if near
            else _("Check the spelling, or drop the file into this window to paste its full path.")
        )
    return LuthierError(
        _("There is no file called {name}.", name=path.name),
        remedy=remedy,
        place=str(path),
        code="data.not_found",
    )


def _near_names(path: Path) -> list[str]:
    try:
        names = {entry.name.lower(): entry.name for entry in os.scandir(path.parent)}
    except OSError:
        return []
    close = difflib.get_close_matches(path.name.lower(), names, n=3, cutoff=0.6)
    same_stem = [low for low in sorted(names) if Path(low).stem == path.stem.lower()]
    chosen = dict.fromkeys([*close, *same_stem])
    return [names[low] for low in chosen][:3]


def _require_folder(path: Path) -> Path:
    try:
        next(path.iterdir(), None)
    except OSError as error:
        raise unreadable_error(path, error) from error
    return path


def unreadable_error(path: Path, error: Exception) -> LuthierError:
    """The error for a file that the system refuses to read."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return LuthierError(
        _("This file cannot be read."),
        why=_("The system says: {reason}.", reason=reason),
        remedy=_(
            "Check that you may read it (on Linux and macOS: chmod u+r FILE), or copy it to a "
            "folder of your own."
        ),
        place=str(path),
        code="data.unreadable_file",
    )
