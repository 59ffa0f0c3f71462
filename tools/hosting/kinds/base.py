"""What a kind of export is: how its files are made, and how they are asked to prove themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from luthier.tools.data.model import Message
from luthier.tools.hosting.model import ExportKind
from luthier.tools.hosting.parity import Answers
from luthier.tools.hosting.tuned import Tuned
from luthier.tools.progress import Progress
from luthier.tools.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Build:
    """What every kind may use; ``folder`` becomes the export, ``scratch`` is removed afterwards."""

    workspace: Workspace
    tuned: Tuned
    folder: Path
    scratch: Path
    log: Path
    precision: str
    say: Progress


@dataclass(frozen=True, slots=True)
class Built:
    """The finished files: the one file or folder that counts, and what was found wrong with them."""

    path: Path
    precision: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


Ask = Callable[[Build, Built, Sequence[Sequence[Message]]], Answers]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of export; ``precisions`` are those to choose from, none where there is no choice."""

    name: ExportKind
    make: Callable[[Build], Built]
    ask: Ask
    precisions: tuple[str, ...] = ()
    needs_llama_cpp: bool = False
