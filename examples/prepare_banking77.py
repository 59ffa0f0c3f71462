"""Take some of the 77 labels of Banking77, few enough to learn in minutes on a CPU.

The data set (Casanueva et al. 2020, CC BY 4.0) is not part of this project; give its
``train.csv``. Run as: ``python examples/prepare_banking77.py TRAIN.csv OUTPUT.csv``.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import Counter
from pathlib import Path

LABELS = 12
ROWS = 1000


def read_rows(path: Path) -> list[tuple[str, str]]:
    """Every (message, label); line breaks inside a message become blanks."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return [(" ".join(row["text"].split()), row["category"].strip()) for row in rows]


def choose(
    rows: list[tuple[str, str]], labels: int, count: int, seed: int
) -> list[tuple[str, str]]:
    """So many rows of the most frequent labels, drawn by chance."""
    frequent = Counter(label for _, label in rows).most_common(labels)
    wanted = {label for label, _ in frequent}
    chosen = [row for row in rows if row[1] in wanted]
    random.Random(seed).shuffle(chosen)
    return chosen[:count]


def main() -> None:
    """Write the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="Banking77's train.csv")
    parser.add_argument("output", type=Path, help="the CSV file to write")
    parser.add_argument("--labels", type=int, default=LABELS, help="77 for all")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=13)
    chosen = parser.parse_args()
    rows = choose(read_rows(chosen.source), chosen.labels, chosen.rows, chosen.seed)
    with chosen.output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("message", "label"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
