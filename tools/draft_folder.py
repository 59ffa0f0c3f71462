"""A folder for what is not finished: gone with its end, or with the next one where its maker was killed.

Whoever makes one holds a lock in it. A process number would say less: in another container that shares
the disk it belongs to nobody, or to somebody else.
"""

from __future__ import annotations

import os
import shutil
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

_LOCK = ".luthier-lock"


class DraftFolder:
    """A fresh folder ``path`` below ``parent``; what is left of others with that prefix goes first.

    It goes with the last reference, at the end of the process, or when it is removed.

    Attributes:
        path: the folder to write to. It may be moved away once it is finished.
    """

    def __init__(self, parent: Path, prefix: str) -> None:
        """Raises: OSError where nothing can be written to ``parent``."""
        from filelock import FileLock  # 0.1 s that a start without such a folder is spared

        _remove_abandoned(parent, prefix)
        while True:
            folder = parent / f"{prefix}{os.urandom(8).hex()}"
            lock = FileLock(folder / _LOCK, thread_local=False)
            # Before it is there, so that it goes in whatever moment the process is told to end.
            self._finish = weakref.finalize(self, _remove, folder, lock)
            folder.mkdir(mode=0o700)
            if _take(lock):
                break
        self.path = folder / "draft"
        self.path.mkdir()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Remove the folder with everything that still lies in it."""
        self._finish()


def _remove(folder: Path, lock: BaseFileLock) -> None:
    lock.release()
    shutil.rmtree(folder, ignore_errors=True)


def _take(lock: BaseFileLock) -> bool:
    """Hold the lock; False where the folder was taken for abandoned in the moment it was made."""
    try:
        lock.acquire(blocking=False)
    except (FileNotFoundError, TimeoutError):
        return False
    return True


def _remove_abandoned(parent: Path, prefix: str) -> None:
    from filelock import FileLock

    for folder in parent.glob(f"{prefix}*"):
        with suppress(OSError):  # there is something in it, somebody holds it, or it is not ours
            folder.rmdir()  # its maker was killed before there was a lock, or makes another one
        with suppress(OSError):
            if (folder / _LOCK).is_file() and not folder.is_symlink():
                with FileLock(folder / _LOCK, blocking=False):
                    shutil.rmtree(folder, ignore_errors=True)
