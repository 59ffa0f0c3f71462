"""The built-in examples: small data sets of our own that come with the installed package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from luthier.tools.errors import LuthierError
from luthier.tools.language import _, mark

EXAMPLES: dict[str, str] = {
    "shop_tickets.csv": mark(
        "600 messages of a shop's customers, each with the JSON ticket it becomes"
    ),
    "elle.jsonl": mark("ten limericks on chemical elements by an assistant named Elle"),
}


def example_path(name: str = "shop_tickets.csv") -> Path:
    """The file of a built-in example, by its file name or the name without the ending.

    Raises:
        LuthierError: there is no such example (``example.unknown``), or the installed package
            lacks its file (``example.missing``).
    """
    chosen = next((known for known in EXAMPLES if name in (known, Path(known).stem)), None)
    if chosen is None:
        raise LuthierError(
            _("There is no built-in example named {name!r}.", name=name),
            remedy=_("Choose one of: {examples}.", examples=", ".join(EXAMPLES)),
            code="example.unknown",
        )
    path = Path(str(files("luthier.tools") / "data" / "example_files" / chosen))
    if not path.is_file():
        raise LuthierError(
            _("The built-in example is not where it was installed."),
            remedy=_("Install Luthier again."),
            place=str(path),
            code="example.missing",
        )
    return path


def is_example(path: str) -> bool:
    """Whether this is the file of a built-in example."""
    name = Path(path).name
    return name in EXAMPLES and Path(path) == example_path(name)
