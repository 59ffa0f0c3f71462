"""sqlite-utils, imported in a tenth of a second instead of half a second.

It imports pandas and NumPy where they are installed, only to name the column types of their values,
which Luthier never stores. Every room takes these names from here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _absent(*names: str) -> Iterator[None]:
    """Let an import of these modules fail, unless they are loaded already."""
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own mark for "not there"
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with _absent("numpy", "pandas"):
    from sqlite_utils import Database, Migrations
    from sqlite_utils.db import NotFoundError

__all__ = ["Database", "Migrations", "NotFoundError"]
