"""Seeded faults found, located and mended: Luthier beside the cookbook's rules, TRL and LLaMA-Factory.

Writes the tables of docs/data-doctor.md. LLaMA-Factory pins other versions of the libraries and needs an
environment of its own, whose Python is named by ``LUTHIER_LLAMA_FACTORY``; without it its column says so.

    python bench/seeded_faults.py [--out docs/data-doctor.md] [--real FOLDER] [--no-trl]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.tiny_model import write_tiny_model
from faults.catalogue import FAULTS
from faults.cookbook import validate
from faults.page import page
from faults.real import real_files
from faults.seeds import Fault, dump, rows

from luthier.tools.data.checks.evaluation_overlap import EvaluationOverlap
from luthier.tools.data.held_out import held_out_rows
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.mend import mend
from luthier.tools.data.model import Inspection
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import SPLITS, load_rows
from luthier.tools.models.learning import learning_report
from luthier.tools.models.rendering import Renderer
from luthier.tools.workspace import Workspace, open_workspace

PEERS = Path(__file__).parent / "faults"
MAX_LENGTH = 512


@dataclass(frozen=True)
class Outcome:
    """What one checker made of one file."""

    found: bool = False
    located: bool = False
    mended: str = ""
    words: str = ""


def main() -> None:
    """Run all checkers over all faults and write the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path)
    options.add_argument("--real", type=Path, help="folder of real files for the second table")
    options.add_argument("--no-trl", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = write_tiny_model(folder / "model")
        files = write_all(folder / "files")
        home = open_workspace(folder / "home")
        luthier = [by_luthier(home, fault, path, model) for fault, path in files]
        cookbook = [by_cookbook(path) for _fault, path in files]
        everything = [folder / "files" / "clean.jsonl", *(path for _fault, path in files)]
        trl = None
        if not chosen.no_trl:
            trl = by_peer([sys.executable, str(PEERS / "peer_trl.py"), str(model)], everything)
        factory = None
        if python := os.environ.get("LUTHIER_LLAMA_FACTORY", ""):
            script = str(PEERS / "peer_llama_factory.py")
            factory = by_peer([python, script, str(model), str(folder / "files")], everything)
    text = page([fault.name for fault in FAULTS], luthier, cookbook, trl, factory)
    if chosen.real:
        text += real_files(chosen.real)
    if chosen.out:
        chosen.out.write_text(text, encoding="utf-8")
    else:
        print(text)
    for fault, outcome in zip(FAULTS, luthier, strict=True):
        if not outcome.found or (fault.lines and not outcome.located):
            print(f"missed: {fault.name} ({outcome.words})", file=sys.stderr)
    print(f"faults_found: {sum(each.found for each in luthier)} of {len(luthier)}")


def write_all(folder: Path) -> list[tuple[Fault, Path]]:
    """The clean file and one file per fault."""
    folder.mkdir()
    dump(folder / "clean.jsonl", rows())
    files = []
    for number, fault in enumerate(FAULTS, 1):
        place = folder / f"fault{number:02}.jsonl"
        fault.write(place)
        files.append((fault, place))
    assert not inspect_file(folder / "clean.jsonl", closely=1000).problems, "the base has faults"
    return files


def by_luthier(home: Workspace, fault: Fault, path: Path, model: Path) -> Outcome:
    """Checked as ``luthier data check`` does, and mended by the remedies that the finding names."""
    if fault.learning:
        return _by_the_gate(home, fault, path, model)
    found = _inspected(path, fault)
    problem = next((p for p in found.problems if p.code in fault.codes), None)
    if problem is None:
        return Outcome(words=", ".join(p.code for p in found.problems))
    located = bool(fault.lines) and set(problem.lines) >= set(fault.lines)
    return Outcome(True, located, _mended(home, fault, path, found), problem.code)


def _inspected(path: Path, fault: Fault) -> Inspection:
    also = []
    if fault.against:
        evaluation = path.with_name("evaluation.jsonl")
        also.append(EvaluationOverlap(held_out_rows(evaluation), str(evaluation), evaluation.name))
    return inspect_file(path, closely=100_000, also=also)


def _mended(home: Workspace, fault: Fault, path: Path, found: Inspection) -> str:
    """Whether the remedies named make the finding go away, and what they do to the row."""
    problem = next(p for p in found.problems if p.code in fault.codes)
    by_hand = "left out if agreed" if problem.leaves_out else ""
    if not problem.remedies:
        return "of itself" if problem.code in ("duplicates", "encoding") else by_hand
    after = mend(home, found, problem.remedies, closely=100_000)
    assert after.usable + after.duplicates + after.left_out == after.rows_in
    if any(p.code in fault.codes for p in after.problems):
        return by_hand
    removed = sum(p.count for p in after.problems if p.code == "removed_by_remedy")
    expected = {"removed_by_remedy", "duplicates", *(p.code for p in found.problems)}
    if removed:
        return "left out by choice"
    return "yes" if {p.code for p in after.problems} <= expected else ""


def _by_the_gate(home: Workspace, fault: Fault, path: Path, model: Path) -> Outcome:
    """What shows only in the model's tokens blocks the launch, where rows can be set aside."""
    info = prepare_dataset(home, path, None, leave_out_unusable=True)
    made = [row for split in SPLITS for row in load_rows(home, info.id, split)]
    report = learning_report(Renderer(model), made, MAX_LENGTH)
    problem = next((p for p in report.blockers if p.code in fault.codes), None)
    if problem is None:
        return Outcome(words=", ".join(p.code for p in report.blockers))
    aside = tuple(made[index].id for index in report.blocked_rows)
    kept = prepare_dataset(home, path, None, leave_out_unusable=True, exclude=aside)
    left = [row for split in SPLITS for row in load_rows(home, kept.id, split)]
    clean = not learning_report(Renderer(model), left, MAX_LENGTH).blockers
    located = set(problem.lines) >= set(fault.lines)
    return Outcome(True, located, "left out by choice" if clean else "", problem.code)


def by_cookbook(path: Path) -> Outcome:
    """The notebook's rules: errors are counted, none is located; a broken file stops it."""
    try:
        errors = validate(path)
    except (ValueError, UnicodeError) as error:
        return Outcome(True, words=f"stops: {type(error).__name__}: {error}")
    return Outcome(bool(errors), words=", ".join(f"{n} {name}" for name, n in errors.items()))


def by_peer(command: list[str], files: list[Path]) -> list[Outcome]:
    """What a trainer says while it prepares each file, beyond what it says of the clean one."""
    done = subprocess.run(
        [*command, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""},
    )
    if "FOUND" not in done.stdout:
        raise SystemExit(f"{command[1]} did not come to an end:\n{done.stderr[-3000:]}")
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.split("FOUND")[-1])
    clean = found[str(files[0])]
    if clean["outcome"] != "takes":
        raise SystemExit(f"{command[1]} does not take the clean file: {clean['words']}")
    return [_said(found[str(path)], clean, path) for path in files[1:]]


def _said(result: dict[str, Any], clean: dict[str, Any], path: Path) -> Outcome:
    rows_in = len(path.read_bytes().splitlines())
    if result["outcome"] == "stops":
        return Outcome(True, _names_a_line(result["words"]), words=f"stops: {result['words']}")
    news = [words for words in result["words"] if words not in clean["words"]]
    if news:
        return Outcome(True, any(map(_names_a_line, news)), words=f"says: {news[0]}")
    lost = rows_in - result["rows"]
    return Outcome(words=f"loses {lost} in silence" if lost > 0 else "takes it in silence")


def _names_a_line(words: str) -> bool:
    return bool(re.search(r"\b(?:row|line) 6[01]\b", words))


if __name__ == "__main__":
    main()
