"""A large JSON Lines file through `luthier data check` and `luthier data prepare`, as they are typed.

The check looks at every row for everything, near copies, personal data and keys included, as far as
their bounds go; `--quick` leaves those out. Each command runs in a process of its own, one after the
other, with a home of its own. Peak memory is that of the whole process tree, sampled five times a second
(PSS and RSS as in data_million.py).

    python bench/data_large.py [--megabytes 200] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parent))

from data_million import make_rows, tree_memory

BYTES_PER_ROW = 360
COMMANDS = {
    "check_quick": ("check", "--quick"),
    "check": ("check",),
    "prepare": ("prepare", "--leave-out-unusable"),
}
DONE = (0, 4)  # 4: some rows cannot be used, which is so here


def main() -> None:
    """Make the file, run the commands, print what they took."""
    parser = argparse.ArgumentParser(description="data check and prepare on a large file")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--keep", type=Path, help="folder for the file, kept afterwards")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="data-large-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        measure_all(folder, options.megabytes)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def measure_all(folder: Path, megabytes: int) -> None:
    source = folder / f"rows-{megabytes}.jsonl"
    make_rows(source, megabytes * 1_000_000 // BYTES_PER_ROW)
    print(f"file_megabytes: {source.stat().st_size / 1e6:.0f}")
    print(f"cores: {os.cpu_count()}")
    for name, (command, *options) in COMMANDS.items():
        seconds, pss, rss, found = measure(folder, [command, str(source), *options])
        rows = found.get("rows_in", 0)
        print(f"{name}_rows: {rows}")
        print(f"{name}_rows_accounted_for: {accounted(found)}")
        print(f"{name}_peak_pss_megabytes: {pss / 1e6:.0f}")
        print(f"{name}_peak_rss_megabytes: {rss / 1e6:.0f}")
        print(f"{name}_seconds: {seconds:.1f}")


def accounted(found: dict[str, Any]) -> int:
    """Rows used, copies, and rows left out."""
    used = found.get("usable") or sum(found[side] for side in ("train", "validation", "test"))
    problems = sum(p["count"] for p in found["problems"] if p["leaves_out"])
    return int(used + found["duplicates"] + problems)


def measure(folder: Path, arguments: list[str]) -> tuple[float, int, int, dict[str, Any]]:
    """Seconds, peak PSS and RSS in bytes, and what the command printed as JSON."""
    home, out = folder / "home", folder / "out.json"
    shutil.rmtree(home, ignore_errors=True)
    command = [sys.executable, "-P", "-m", "luthier.tui.cli", "data", *arguments, "--json"]
    environment = {**os.environ, "LUTHIER_HOME": str(home)}
    started = time.monotonic()
    with (
        out.open("wb") as stream,
        subprocess.Popen(
            command, stdout=stream, stderr=subprocess.DEVNULL, env=environment
        ) as process,
    ):
        pss = rss = 0
        root = psutil.Process(process.pid)
        while process.poll() is None:
            now_pss, now_rss = tree_memory(root)
            pss, rss = max(pss, now_pss), max(rss, now_rss)
            time.sleep(0.2)
    seconds = time.monotonic() - started
    if process.returncode not in DONE:
        raise SystemExit(f"luthier data {arguments[0]} failed ({process.returncode})")
    return seconds, pss, rss, json.loads(out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
