"""From key to echo while this computer trains: the real screen in a pseudo-terminal.

The screen shows the live card of a training job whose events are appended four times a second, with
its loss plot. Meanwhile as many processes as there are cores multiply matrices as a training worker
does, at a worker's niceness. Random letters are typed at a fast typist's pace; the figure is the
95th percentile of the time until a letter stands in the composer's line on the terminal.
"""

from __future__ import annotations

import argparse
import os
import pty
import random
import select
import signal
import statistics
import string
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from fcntl import ioctl
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from fakes import scenes  # noqa: E402  # the path above has to be set first
from fakes.job_folder import place_job, report, training_events  # noqa: E402

from luthier.tools.jobs.worker_main import NICENESS  # noqa: E402
from luthier.tools.workspace import Workspace, open_workspace  # noqa: E402

WIDTH, HEIGHT, LINE = 120, 40, 60
BUSY = (
    "import os, torch; os.nice({nice}); torch.set_num_threads(1); a = torch.rand(1024, 1024)\n"
    "while True: a = torch.tanh(a @ a)"
)


def run_screen(home: Path) -> None:
    """In the pseudo-terminal: the real screen over a session that has launched a training job."""
    from fakes.screen import make_app

    app, _ = make_app(open_workspace(home), [scenes.launches("job-1")])
    app.run()


def train(workspace: Workspace, stop: threading.Event) -> None:
    """Append the events of a training step four times a second."""
    for event in training_events(4000, 4000)[20:]:
        if stop.wait(0.25):
            return
        report(workspace.jobs / "job-1", [event])


class Terminal:
    """The pseudo-terminal with the screen in it."""

    def __init__(self, home: Path) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
            os.execv(sys.executable, [sys.executable, __file__, "--screen", str(home)])
        ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._fd, text.encode())

    def wait_for(self, text: str, timeout: float) -> float:
        """Seconds until ``text`` is written to the terminal."""
        started = time.perf_counter()
        seen = b""
        while (waited := time.perf_counter() - started) < timeout:
            if select.select([self._fd], [], [], 0.02)[0]:
                seen += os.read(self._fd, 65536)
                if text.encode() in seen:
                    return time.perf_counter() - started
        raise SystemExit(f"{text!r} did not appear within {waited:.0f} s: {seen[-300:]!r}")

    def rest(self, seconds: float) -> None:
        """Read and forget what is drawn meanwhile."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            if select.select([self._fd], [], [], left)[0]:
                os.read(self._fd, 65536)

    def close(self) -> None:
        """End the screen."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


def measure(terminal: Terminal, keys: int) -> list[float]:
    """Milliseconds from key to echo, one per key."""
    letters = random.Random(7)
    times, line = [], ""
    while len(times) < keys:
        if len(line) == LINE:
            terminal.type("\x15")  # Ctrl+U empties the line
            line = ""
            terminal.rest(0.3)
        letter = letters.choice(string.ascii_lowercase)
        line += letter
        terminal.type(letter)
        waited = terminal.wait_for(line[-4:], 10)
        if len(line) > 3:
            times.append(waited * 1000)
        terminal.rest(letters.uniform(0.06, 0.18))
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--idle", action="store_true", help="without the busy processes")
    parser.add_argument("--screen", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.screen:
        run_screen(options.screen)
        return
    cores = 0 if options.idle else len(os.sched_getaffinity(0))
    busy = [
        subprocess.Popen([sys.executable, "-c", BUSY.format(nice=NICENESS)]) for _ in range(cores)
    ]
    stop = threading.Event()
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(Path(home))
        place_job(workspace, training_events(20, 4000))
        worker = threading.Thread(target=train, args=(workspace, stop))
        worker.start()
        terminal = Terminal(Path(home))
        try:
            terminal.wait_for("tokens/s", 30)
            terminal.rest(3)
            times = sorted(measure(terminal, options.keys))
        finally:
            terminal.close()
            stop.set()
            worker.join()
            for process in busy:
                process.kill()
                process.wait()
    print(f"keys: {len(times)}, busy processes: {cores}")
    print(f"median: {statistics.median(times):.1f} ms, worst: {times[-1]:.1f} ms")
    print(f"typing_p95_ms: {times[int(len(times) * 0.95)]:.1f}")


if __name__ == "__main__":
    main()
