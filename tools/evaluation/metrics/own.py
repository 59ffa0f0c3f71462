"""The user's own metric: a Python file with ``score(prompt, expected, answer)``, run apart.

It runs in a process of its own, isolated from Luthier's modules, without keys in its environment, and
with a time limit per answer. It is the user's code and can do what he can; so it runs only after a yes.
"""

from __future__ import annotations

import json
import math
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from luthier.tools.errors import LuthierError
from luthier.tools.evaluation.metrics.base import Asked, Bound, Metric, Standards
from luthier.tools.language import _, mark

SECONDS = 10.0  # for one answer
START_SECONDS = 60.0  # for loading the file and the first answer
RUNNER = Path(__file__).with_name("own_runner.py")
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "TEMP", "TMP")


def _own(standards: Standards) -> Bound | None:
    path = standards.plan.own_metric
    if not path:
        return None
    if not Path(path).is_file():
        raise _broken(path, _("there is no such file"))
    return Bound(
        lambda asked: score_all(Path(path), asked), _("Your own measure: {path}.", path=path)
    )


def score_all(path: Path, asked: Sequence[Asked]) -> list[float]:
    """The scores that the file gives, in order.

    Raises:
        LuthierError: it cannot be loaded, fails, takes too long, or gives no number from 0 to 1.
    """
    found = []
    with _process(path) as process:
        for place, one in enumerate(asked):
            limit = SECONDS if place else START_SECONDS
            answer = _ask(process, path, [one.prompt, one.expected, one.answer], limit)
            if "error" in answer:
                raise _broken(path, str(answer["error"]))
            score = float(str(answer["score"]))
            if not (math.isfinite(score) and 0 <= score <= 1):
                raise _broken(
                    path, _("it gave {score} instead of a number from 0 to 1", score=score)
                )
            found.append(score)
    return found


@contextmanager
def _process(path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-I", str(RUNNER), str(path.absolute())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        cwd=path.absolute().parent,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _ask(
    process: subprocess.Popen[str], path: Path, row: Sequence[str], limit: float
) -> dict[str, object]:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(row) + "\n")
        process.stdin.flush()
    except BrokenPipeError as error:
        raise _broken(path, _("it ended the process")) from error
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(limit):
            raise _broken(path, _("it took longer than {seconds:g} seconds", seconds=limit))
    line = process.stdout.readline()
    if not line:
        raise _broken(path, _("it ended the process"))
    answer = json.loads(line)
    assert isinstance(answer, dict)
    return answer


def _broken(path: str | Path, reason: str) -> LuthierError:
    return LuthierError(
        _("Your own measure does not work."),
        why=_("It says: {reason}.", reason=reason.rstrip(".")),
        remedy=_(
            "The file needs a function score(prompt, expected, answer) that returns a number from 0 "
            "(wrong) to 1 (right)."
        ),
        place=str(path),
        code="evaluation.own_metric",
    )


OWN = Metric(
    name="own",
    title=mark("your own measure"),
    explanation=mark("What the function in your file gives, averaged over the answers."),
    bind=_own,
)
