"""The installed program in a real pseudo-terminal, with the real agent behind it."""

from __future__ import annotations

import os
import pty
import select
import struct
import sys
import termios
import time
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "from luthier.tui.cli import main; main()", "chat"]


class Terminal:
    """A child process on a pseudo-terminal of 100 columns and 30 rows."""

    def __init__(self, home: Path) -> None:
        self.shown = ""
        # Else the first run would offer the model servers of whoever runs the tests.
        home.mkdir(parents=True, exist_ok=True)
        (home / "screen.json").write_text('{"looked_for_models": true}')
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ.update(LUTHIER_HOME=str(home), TERM="xterm-256color")
            os.execv(COMMAND[0], COMMAND)
        ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def wait_for(self, text: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < end, f"{text!r} is not in {self.shown[-500:]!r}"
            if select.select([self._fd], [], [], 0.1)[0]:
                self.shown += os.read(self._fd, 65536).decode(errors="replace")

    def close(self) -> None:
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path / "home")
    yield terminal
    terminal.close()


def test_greeting_a_question_in_one_burst_of_keys_and_leaving(terminal: Terminal) -> None:
    terminal.wait_for("Enter sends")
    terminal.wait_for("What shall we start with?")
    terminal.wait_for("Just ask a question")
    time.sleep(0.6)  # the grace period, in which a question takes no answer, is real time here
    terminal.press("what is LoRA?\r")
    terminal.wait_for("low-rank adaptation")
    terminal.press("\x11")
    terminal.wait_for("Come back with: luthier resume")
