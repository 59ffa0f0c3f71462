"""Flatten Snips' voice requests into two columns: the request, and its intent and slots as JSON.

The data set (Coucke et al. 2018, CC0) is not part of this project; give the folder with its
``train_*_full.json`` files. Run as: ``python examples/prepare_snips.py FOLDER OUTPUT.csv``.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from pathlib import Path
from typing import Any

ROWS = 800


def read_rows(folder: Path) -> list[tuple[str, str]]:
    """Every request of the training files with its JSON, in file order."""
    rows = []
    for path in sorted(folder.glob("train_*_full.json")):
        for intent, requests in json.loads(decode(path.read_bytes())).items():
            rows += [flatten(intent, request["data"]) for request in requests]
    return rows


def decode(content: bytes) -> str:
    """UTF-8 in which one of the files holds an emoji as two surrogates (CESU-8)."""
    text = content.decode("utf-8", "surrogatepass")
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def flatten(intent: str, parts: list[dict[str, Any]]) -> tuple[str, str]:
    """Join the parts of a request; slots in order of appearance, repeated ones joined by commas."""
    slots: dict[str, str] = {}
    for part in parts:
        name, text = part.get("entity"), part["text"].strip()
        if name:
            slots[name] = f"{slots[name]}, {text}" if name in slots else text
    request = " ".join("".join(part["text"] for part in parts).split())
    answer = json.dumps({"intent": intent, "slots": slots}, ensure_ascii=False)
    return request, answer


def main() -> None:
    """Write the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with train_*_full.json")
    parser.add_argument("output", type=Path, help="the CSV file to write")
    parser.add_argument("--rows", type=int, default=ROWS, help="how many, drawn by chance")
    parser.add_argument("--seed", type=int, default=13)
    chosen = parser.parse_args()
    rows = read_rows(chosen.folder)
    if not rows:
        parser.error(f"no train_*_full.json in {chosen.folder}")
    random.Random(chosen.seed).shuffle(rows)
    with chosen.output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("request", "json"))
        writer.writerows(rows[: chosen.rows])


if __name__ == "__main__":
    main()
