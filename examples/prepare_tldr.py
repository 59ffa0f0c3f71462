"""Take the commands of a few programs from the tldr pages: what I want, and the command that does it.

The pages (tldr-pages contributors, CC BY 4.0) are not part of this project; give them as JSON lines
with ``description`` and ``command``. Run as: ``python examples/prepare_tldr.py FILE.jsonl OUTPUT.csv``.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from pathlib import Path

PROGRAMS = ("cargo", "docker", "gh", "git", "kubectl", "npm")
ROWS = 400


def read_rows(path: Path, programs: tuple[str, ...] = PROGRAMS) -> list[tuple[str, str]]:
    """Every (description, command) of these programs, in file order, once each."""
    with path.open(encoding="utf-8") as file:
        pages = [json.loads(line) for line in file if line.strip()]
    rows = [(page["description"].strip(), page["command"].strip()) for page in pages]
    return list(dict.fromkeys(row for row in rows if row[1].split(" ")[0] in programs))


def main() -> None:
    """Write the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=Path, help="JSON lines with description and command")
    parser.add_argument("output", type=Path, help="the CSV file to write")
    parser.add_argument("--rows", type=int, default=ROWS, help="how many, drawn by chance")
    parser.add_argument("--seed", type=int, default=13)
    chosen = parser.parse_args()
    rows = read_rows(chosen.pages)
    random.Random(chosen.seed).shuffle(rows)
    with chosen.output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("request", "command"))
        writer.writerows(rows[: chosen.rows])


if __name__ == "__main__":
    main()
