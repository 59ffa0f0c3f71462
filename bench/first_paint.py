"""How long a user waits for the first screen: from the start of the process to a painted composer.

Runs ``luthier chat`` in a pseudo-terminal several times and prints the median in seconds.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from fcntl import ioctl

PAINTED = b"Enter sends"
COMMAND = "from luthier.tui.cli import main; main()"


def paint_seconds(home: str, timeout: float = 20) -> float:
    """Seconds from ``exec`` until the composer's hint is on the terminal."""
    started = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(LUTHIER_HOME=home, TERM="xterm-256color", COLORTERM="truecolor")
        os.execv(sys.executable, [sys.executable, "-c", COMMAND, "chat"])
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    seen = b""
    try:
        while time.perf_counter() - started < timeout:
            if select.select([terminal], [], [], 0.05)[0]:
                seen += os.read(terminal, 65536)
                if PAINTED in seen:
                    return time.perf_counter() - started
        raise SystemExit(f"no first paint within {timeout} s; the terminal shows: {seen[-400:]!r}")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as home:
        paint_seconds(home)  # warms the file cache and makes the home folder
        times = [paint_seconds(home) for _ in range(runs)]
    print(f"runs: {', '.join(f'{one:.3f}' for one in times)}")
    print(f"first_paint_seconds: {statistics.median(times):.3f}")


if __name__ == "__main__":
    main()
