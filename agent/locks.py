"""One Luthier at a time per session: the lock that the others see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.workspace import Workspace


def lock_path(workspace: Workspace, session_id: str) -> Path:
    """The file whose lock says that a session is open."""
    return workspace.home / f".session-{session_id}.lock"


def try_lock(workspace: Workspace, session_id: str) -> FileLock | None:
    """The session's lock, to be released by the caller; None where somebody else holds it."""
    lock = FileLock(lock_path(workspace, session_id))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return lock


@contextmanager
def alone_with(workspace: Workspace, session_id: str) -> Iterator[None]:
    """Hold the session's lock, for what must not happen while the session is open.

    Raises:
        LuthierError: the session is open, here or in another Luthier (``session.open``).
    """
    lock = try_lock(workspace, session_id)
    if lock is None:
        raise LuthierError(
            _("This session is open in a Luthier."),
            remedy=_("Close it there first, or open another session there."),
            place=session_id,
            code="session.open",
        )
    try:
        yield
    finally:
        lock.release()
