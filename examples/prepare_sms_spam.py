"""Turn the SMS Spam Collection into a CSV with a message and a label, ham or spam.

The collection (Almeida and Hidalgo 2011) is not part of this project; give its file
``SMSSpamCollection``, whose lines are a label, a tab and a message with stray quotation marks.
Run as: ``python examples/prepare_sms_spam.py SMSSpamCollection OUTPUT.csv``.
"""

from __future__ import annotations

import argparse
import csv
import random
from pathlib import Path

ROWS = 1000


def read_rows(path: Path) -> list[tuple[str, str]]:
    """Every (message, label); quotation marks are text, not quoting."""
    rows = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        label, tab, message = line.partition("\t")
        if tab and message.strip():
            rows.append((message.strip(), label.strip()))
    return rows


def choose(rows: list[tuple[str, str]], count: int, seed: int) -> list[tuple[str, str]]:
    """So many different messages, half of them spam where there are enough, drawn by chance."""
    different = sorted(set(rows))
    random.Random(seed).shuffle(different)
    spam = [row for row in different if row[1] == "spam"][: count // 2]
    ham = [row for row in different if row[1] != "spam"][: count - len(spam)]
    chosen = spam + ham
    random.Random(seed).shuffle(chosen)
    return chosen


def main() -> None:
    """Write the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="the file SMSSpamCollection")
    parser.add_argument("output", type=Path, help="the CSV file to write")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=13)
    chosen = parser.parse_args()
    rows = choose(read_rows(chosen.source), chosen.rows, chosen.seed)
    with chosen.output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("message", "label"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
