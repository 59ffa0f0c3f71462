"""Which process is meant: a process id together with the moment that process was made.

The system gives an old process's id to a new one sooner or later, so an id alone proves nothing.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import psutil

from luthier.tools.language import _

CLOCK_TOLERANCE = 2.0
"""Seconds by which the reported creation time of one process may move when the clock is set."""


def created_at(pid: int) -> float:
    """When the process ``pid`` was made (seconds since the epoch), or 0 where there is none."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def is_alive(pid: int, started: float) -> bool:
    """Whether the very process that was made at ``started`` still runs under ``pid``."""
    if pid <= 0:
        return False
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) <= CLOCK_TOLERANCE
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end_tree(pid: int, patience: float = 10.0) -> None:
    """End a process with all its children: asked first, killed after so many seconds."""
    try:
        parent = psutil.Process(pid)
        family = [*parent.children(recursive=True), parent]
    except psutil.NoSuchProcess:
        return
    for ending in (psutil.Process.terminate, psutil.Process.kill):
        for member in family:
            with suppress(psutil.NoSuchProcess):
                ending(member)
        _gone, family = psutil.wait_procs(family, timeout=patience)
        if not family:
            return


def signal_group(pid: int, number: int) -> None:
    """Send a signal to a process started in a session of its own and to all its children."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def signal_name(number: int) -> str:
    """The name of a signal as people look it up, such as SIGKILL."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return _("signal {number}", number=number)
