"""Choosing a data file from a tree that starts where the user's files are likely to be."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DirectoryTree

from luthier.tools.data.example import is_example
from luthier.tools.language import _, mark
from luthier.tui.widgets.plain import Plain

SUFFIXES = frozenset({".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".txt"})


def start_folder(last: str, luthiers: Path) -> Path:
    """Where to look first: beside the ``last`` file, else where Luthier was started, else at home.

    The built-in examples and what lies in Luthier's own home (``luthiers``) are no files of the user's,
    and the root of the disk is where programs start that nobody started from a folder.
    """
    beside = Path(last).parent if last and not is_example(last) else None
    if beside is not None and beside.is_dir() and not beside.is_relative_to(luthiers):
        return beside
    try:
        here = Path.cwd()
    except OSError:  # the folder was deleted since
        return Path.home()
    return Path.home() if here == Path(here.anchor) else here


class DataTree(DirectoryTree):
    """Folders and data files; hidden ones are left out."""

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """What may be shown of a folder."""
        return [path for path in paths if not path.name.startswith(".") and _is_offered(path)]


class FilePicker(ModalScreen[Path | None]):
    """Closes with the chosen path, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", mark("Close")),
        Binding("backspace", "up", mark("Folder above")),
    ]

    def __init__(self, start: Path) -> None:
        super().__init__()
        self._start = start

    def compose(self) -> ComposeResult:
        """A hint above the tree."""
        with Vertical(classes="dialog tall"):
            yield Plain(
                _(
                    "Enter opens a folder or takes a file, Backspace goes to the folder above, Esc "
                    "closes. You can also paste a path in the chat."
                )
            )
            yield DataTree(self._start)

    def on_mount(self) -> None:
        """The tree takes the keys."""
        self.query_one(DataTree).focus()

    def action_up(self) -> None:
        """Show the folder above."""
        tree = self.query_one(DataTree)
        tree.path = Path(tree.path).absolute().parent

    @on(DirectoryTree.FileSelected)
    def choose(self, event: DirectoryTree.FileSelected) -> None:
        """A file was taken."""
        event.stop()
        self.dismiss(event.path)


def _is_offered(path: Path) -> bool:
    try:
        return path.is_dir() or path.suffix.lower() in SUFFIXES
    except OSError:
        # A folder that may not be looked into is simply not offered.
        return False
