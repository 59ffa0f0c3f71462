"""What is asked: a task of the harness by its name, or a task file with data on this computer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from luthier.tools.errors import LuthierError
from luthier.tools.language import _

_NAME = re.compile(r"[A-Za-z0-9][\w.\-]*")


@dataclass(frozen=True, slots=True)
class HarnessTask:
    """A task; ``file`` is None for one that comes with the harness, whose rows are on the Hub."""

    name: str
    file: Path | None = None

    @property
    def local(self) -> bool:
        """Whether its rows are on this computer."""
        return self.file is not None


def read_task(text: str) -> HarnessTask:
    """The task that ``text`` names: a YAML file, or a name of the harness.

    Raises:
        LuthierError: the file is missing, is no task, wants code to be run, or names data that are
            not there (``harness.bad_task``); or it is neither a file nor a name.
    """
    path = Path(text).expanduser()
    if path.suffix.lower() in (".yaml", ".yml") or path.is_file():
        return _task_in(path.absolute())
    if not _NAME.fullmatch(text):
        raise _bad(text, _("This is neither a file nor a name such as “arc_easy”."))
    return HarnessTask(text)


def _task_in(path: Path) -> HarnessTask:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        text = path.read_text(encoding="utf-8")
        if "!function" in text:
            raise _bad(
                str(path), _("It has code run (“!function”), which Luthier does not do unasked.")
            )
        found = YAML(typ="safe", pure=True).load(text)
    except OSError as error:
        raise _bad(str(path), _("The system says: {reason}.", reason=error.strerror)) from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise _bad(str(path), _("It is not YAML.")) from error
    name = found.get("task") if isinstance(found, dict) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _bad(str(path), _("It has no line “task:” with a name."))
    if any(key in found for key in ("include", "custom_dataset", "unsafe_code")):
        raise _bad(str(path), _("It includes other files or code; write one whole task."))
    missing = [file for file in _data_files(found) if not (path.parent / file).is_file()]
    if missing:
        raise _bad(str(path), _("Its data is not there: {files}.", files=", ".join(missing)))
    return HarnessTask(name, path)


def _data_files(task: dict[str, Any]) -> Iterator[str]:
    """The files of a task whose rows are on this computer, as written."""
    options = task.get("dataset_kwargs")
    files = options.get("data_files") if isinstance(options, dict) else None
    named = files.values() if isinstance(files, dict) else [files]
    for one in named:
        for file in one if isinstance(one, list) else [one]:
            if isinstance(file, str) and "://" not in file:
                yield file


def _bad(place: str, why: str) -> LuthierError:
    return LuthierError(
        _("lm-eval cannot be asked with this task."),
        why=why,
        remedy=_(
            "Name a task file (YAML with “dataset_path: json” and your rows) or a task of lm-eval; "
            "docs/evidence.md shows one."
        ),
        place=place,
        code="harness.bad_task",
    )
