"""What the exit code of ``luthier`` tells a script; the main help text shows this table."""

from __future__ import annotations

OK = 0
FAILED = 1
USAGE = 2
MISSING = 3
NEGATIVE = 4
FAULT = 70
INTERRUPTED = 130

EXIT_CODES: dict[int, str] = {
    OK: "it worked",
    FAILED: "it did not work; the reason is on stderr in plain words",
    USAGE: "the command line was wrong",
    MISSING: "doctor: something that is needed is missing",
    NEGATIVE: "it worked and the answer is no: the data has rows that cannot be used, or the "
    "verdict is not to ship",
    FAULT: "a fault in Luthier; the log file named on stderr has the details",
    INTERRUPTED: "stopped by Ctrl-C; jobs run on",
}
