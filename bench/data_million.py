"""A million rows from a JSON Lines file to frozen splits: Luthier beside plain `datasets` calls.

Both read the file, make canonical chat rows, run the same checks (all but near copies and personal
data), drop exact duplicates, split and write, each in a process tree of its own, one after the other.
The `datasets` side is written as its guide shows: one ``map`` for the rows, one ``map`` that runs all of
Luthier's checks, two ``filter`` calls, ``train_test_split``, ``to_json``; everything that can be shared
between processes uses ``num_proc`` = the cores of this machine. What the checks found stays in its
workers (plain ``map`` has no place for it), which saves it the gathering.

    python bench/data_million.py [--rows 1000000] [--keep FOLDER]

Luthier is run first, then `datasets` twice: row by row, and with ``batched=True``.

Peak memory is that of the whole process tree, sampled five times a second: PSS, in which pages that
processes share count once, and RSS, in which they count for each.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

TEXT = (
    "order parcel lamp chair refund invoice delivery broken missing colour size box return address "
    "please thanks today yesterday the a my your it is was and but with for not can will have help "
    "where what when how never still again week Monday number account card payment app screen error "
    "login password reset phone call shop store item price discount voucher code gift"
)
SIDES = ("luthier", "datasets", "datasets_batched")
CORES = os.cpu_count() or 1


@dataclass
class Measured:
    """One side: seconds by the clock and of the cores, and the peak of its process tree in bytes."""

    seconds: float
    core_seconds: float
    pss: int
    rss: int
    counts: dict[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(description="Luthier beside datasets on a large file")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="folder for the files, kept afterwards")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        print("COUNTS" + json.dumps(run_side(options.side, options.keep)))
        return
    folder = options.keep or Path(tempfile.mkdtemp(prefix="data-million-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        compare(folder, options.rows)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def run_side(side: str, folder: Path) -> dict[str, int]:
    if side == "luthier":
        return with_luthier(folder)
    return with_datasets(folder, batched=side == "datasets_batched")


def compare(folder: Path, rows: int) -> None:
    source = folder / "rows.jsonl"
    make_rows(source, rows)
    print(f"rows: {rows}")
    print(f"file_megabytes: {source.stat().st_size / 1e6:.0f}")
    print(f"cores: {CORES}")
    print(f"datasets_num_proc: {CORES}")
    measured = {}
    for name in SIDES:
        side = measured[name] = measure(name, folder)
        print(f"{name}_seconds: {side.seconds:.1f}")
        print(f"{name}_core_seconds: {side.core_seconds:.1f}")
        print(f"{name}_rows_per_second: {rows / side.seconds:.0f}")
        print(f"{name}_peak_pss_megabytes: {side.pss / 1e6:.0f}")
        print(f"{name}_peak_rss_megabytes: {side.rss / 1e6:.0f}")
        print(f"{name}_rows_kept: {side.counts['kept']}")
    ours = measured["luthier"]
    for name in SIDES[1:]:
        print(f"times_faster_than_{name}: {measured[name].seconds / ours.seconds:.2f}")


def measure(side: str, folder: Path) -> Measured:
    """Run one side in a process of its own and watch the memory of its tree."""
    command = [sys.executable, "-P", __file__, "--side", side, "--keep", str(folder)]
    started, before = time.monotonic(), core_seconds()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        pss = rss = 0
        root = psutil.Process(process.pid)
        while process.poll() is None:
            now_pss, now_rss = tree_memory(root)
            pss, rss = max(pss, now_pss), max(rss, now_rss)
            time.sleep(0.2)
        assert process.stdout is not None
        output = process.stdout.read()
    seconds = time.monotonic() - started
    if process.returncode:
        raise SystemExit(f"the side {side} failed")
    counts = json.loads(output.split("COUNTS")[1])
    return Measured(seconds, core_seconds() - before, pss, rss, counts)


def core_seconds() -> float:
    """Seconds of processors used by ended children and theirs: steadier than the clock."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tree_memory(root: psutil.Process) -> tuple[int, int]:
    pss = rss = 0
    try:
        members = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0, 0
    for member in members:
        try:
            memory = member.memory_full_info()
        except psutil.Error:
            continue
        pss += memory.pss
        rss += memory.rss
    return pss, rss


def make_rows(path: Path, rows: int) -> None:
    """Questions and answers of a shop: 2 % exact copies, 0.1 % empty, some with faults of the text."""
    if path.exists():
        return
    chance, words = random.Random(7), TEXT.split()
    line = ""
    with path.open("w", encoding="utf-8") as stream:
        for number in range(rows):
            if number % 50 or not line:
                question = (
                    " ".join(chance.choices(words, k=chance.randint(8, 30))).capitalize() + "?"
                )
                answer = (
                    " ".join(chance.choices(words, k=chance.randint(12, 45))).capitalize() + "."
                )
                if number % 997 == 0:
                    answer = ""
                elif number % 1499 == 0:
                    question = f"<b>{question}</b> &amp; more"
                elif number % 1999 == 0:
                    answer = f"cafÃ© {answer}"
                turns = [
                    {"role": "user", "content": question},
                    {"role": "assistant", "content": answer},
                ]
                line = json.dumps({"messages": turns}, ensure_ascii=False) + "\n"
            stream.write(line)


def with_luthier(folder: Path) -> dict[str, int]:
    from luthier.tools.data.prepare import prepare_dataset
    from luthier.tools.workspace import open_workspace

    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    info = prepare_dataset(
        open_workspace(home), folder / "rows.jsonl", None, leave_out_unusable=True
    )
    return {"kept": info.train + info.validation + info.test}


def with_datasets(folder: Path, batched: bool) -> dict[str, int]:
    from datasets import disable_progress_bars, load_dataset

    disable_progress_bars()
    out = folder / "datasets"
    shutil.rmtree(out, ignore_errors=True)
    rows = load_dataset(
        "json", data_files=str(folder / "rows.jsonl"), split="train", cache_dir=str(out / "cache")
    )
    if batched:
        rows = rows.map(many(canonical), batched=True, num_proc=CORES, remove_columns=["messages"])
        rows = rows.filter(
            lambda all_ok: all_ok, input_columns=["ok"], batched=True, num_proc=CORES
        )
        rows = rows.map(many(check), batched=True, num_proc=CORES)
    else:
        rows = rows.map(canonical, num_proc=CORES, remove_columns=["messages"])
        rows = rows.filter(lambda ok: ok, input_columns=["ok"], num_proc=CORES)
        rows = rows.map(check, num_proc=CORES)
    seen: set[str] = set()

    def is_new(row_id: str) -> bool:
        if row_id in seen:
            return False
        seen.add(row_id)
        return True

    rows = rows.filter(is_new, input_columns=["id"])  # one process: the set cannot be shared
    held_out = rows.train_test_split(test_size=300, seed=13)
    ends = held_out["test"].train_test_split(test_size=200, seed=13)
    parts = {"train": held_out["train"], "validation": ends["train"], "test": ends["test"]}
    for name, part in parts.items():
        part.to_json(str(out / f"{name}.jsonl"), num_proc=CORES if len(part) > 1000 else None)
    return {"kept": sum(len(part) for part in parts.values())}


def canonical(row: dict[str, Any]) -> dict[str, Any]:
    """The row as Luthier writes it: turns without outer blanks, an id by content, whether usable."""
    import hashlib

    turns = [{"role": t["role"], "content": t["content"].strip()} for t in row["messages"]]
    content = json.dumps([[turn["role"], turn["content"]] for turn in turns])
    digest = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
    ok = all(turn["content"] for turn in turns) and turns[-1]["role"] == "assistant"
    return {"id": digest, "turns": turns, "ok": ok}


def check(row: dict[str, Any]) -> dict[str, Any]:
    """All of Luthier's checks but the expensive ones, on one row."""
    from luthier.tools.data.model import Lineage, Message, Row

    turns = tuple(Message(role=t["role"], content=t["content"]) for t in row["turns"])
    made = Row(id=row["id"], messages=turns, source=Lineage(file="rows.jsonl", line=1))
    for one in checks():
        one.see(made)
    return row


def checks() -> list[Any]:
    """One set of checks per process."""
    from luthier.tools.data.checks.registry import CHECKS

    if not _CHECKS:
        _CHECKS.extend(make() for make in CHECKS)
    return _CHECKS


_CHECKS: list[Any] = []


def many(function: Any) -> Any:
    """``function`` for ``batched=True``: columns in, columns out."""

    def batch(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
        rows = [
            function(dict(zip(columns, cells, strict=True)))
            for cells in zip(*columns.values(), strict=True)
        ]
        return {name: [row[name] for row in rows] for name in rows[0]}

    return batch


if __name__ == "__main__":
    main()
