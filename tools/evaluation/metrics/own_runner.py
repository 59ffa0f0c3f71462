"""Runs in a process of its own: loads the user's file and scores one row per line of JSON.

``python -I own_runner.py FILE``: each line in is ``[prompt, expected, answer]``, each line out
``{"score": ...}`` or ``{"error": ...}``. Nothing of Luthier is imported, and what the file prints goes
to stderr.
"""

from __future__ import annotations

import json
import runpy
import sys


def main() -> None:
    """Score until the input ends."""
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        score = runpy.run_path(sys.argv[1])["score"]
        problem = ""
    except KeyError:
        problem = "the file has no function called score"
    except Exception as error:  # noqa: BLE001 -- whatever the user's file raises is told in words
        problem = f"{type(error).__name__}: {error}"
    for line in sys.stdin:
        answer: dict[str, str | float] = {"error": problem}
        if not problem:
            try:
                answer = {"score": float(score(*json.loads(line)))}
            except Exception as error:  # noqa: BLE001 -- as above
                answer = {"error": f"{type(error).__name__}: {error}"}
        out.write(json.dumps(answer) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
