"""What the exit code of ``luthier`` tells a script; the main help text shows this table."""

from __future__ import annotations

from luthier.tools.language import mark

OK = 0
FAILED = 1
USAGE = 2
MISSING = 3
NEGATIVE = 4
FAULT = 70
INTERRUPTED = 130

EXIT_CODES: dict[int, str] = {
    OK: mark("it worked"),
    FAILED: mark("it did not work; the reason is on stderr in plain words"),
    USAGE: mark("the command line was wrong"),
    MISSING: mark("doctor: something that is needed is missing"),
    NEGATIVE: mark(
        "it worked and the answer is no: the data has rows that cannot be used, or the "
        "verdict is not to ship"
    ),
    FAULT: mark("a fault in Luthier; the log file named on stderr has the details"),
    INTERRUPTED: mark("stopped by Ctrl-C; jobs run on"),
}
