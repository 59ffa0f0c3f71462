"""The page docs/data-doctor.md: what was found, located and mended, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from luthier.tools.data.inspect import inspect_file
from luthier.tools.errors import LuthierError

MENDED = ("yes", "of itself", "left out by choice")
INTRODUCTION = """\
# The data doctor, measured

Made by `python bench/seeded_faults.py --out docs/data-doctor.md --real FOLDER`; the faults are written down
in `bench/faults/catalogue.py`. Each file is the same {rows} good conversations (or labelled rows) as
OpenAI messages, one object per line, with one fault put in.

- **Luthier**: what `luthier data check` reports. *Located*: the finding names the faulty line. *Mended*: the
  remedy named by the finding was applied and the finding was gone, with every row accounted for; "left
  out by choice" where a remedy leaves the row out; "left out if agreed" where the row cannot be used and no
  remedy helps; "–" where only you can know what is right. Faults of a whole file stand on no line.
- **Cookbook**: the rules of the OpenAI cookbook's "Data preparation and analysis for chat model
  fine-tuning", written again in `bench/faults/cookbook.py`. It counts, locates nothing and mends nothing. Its
  token limit is left out (it needs a download).
- **TRL** ({trl}) and **LLaMA-Factory** ({factory}): what their own preparation does with the file (`max_length` and `cutoff_len` 512, a tiny model).
  "Stops" and "says" count as found, silence does not; neither mends.

They are trainers, not checkers, and the faults were chosen by us: the table says what reaches the model
unnoticed, not which program is better.

"""


def page(
    names: Sequence[str],
    luthier: Sequence[Any],
    cookbook: Sequence[Any],
    trl: Sequence[Any] | None,
    factory: Sequence[Any] | None,
) -> str:
    """The introduction, the sums and the table."""
    peers = [("Cookbook", cookbook), ("TRL", trl), ("LLaMA-Factory", factory)]
    text = INTRODUCTION.format(
        rows=120,
        trl="not run" if trl is None else _version("trl"),
        factory="not run: no environment with it was named" if factory is None else "0.9 series",
    )
    text += "| | found | located | mended |\n|---|---|---|---|\n"
    text += _sums("Luthier", luthier)
    text += "".join(_sums(name, found) for name, found in peers if found is not None)
    text += "\n| fault | Luthier: found | located | mended | Cookbook | TRL | LLaMA-Factory |\n"
    text += "|---|---|---|---|---|---|---|\n"
    for number, name in enumerate(names):
        own = luthier[number]
        cells = [
            name,
            f"`{own.words}`" if own.found else "–",
            "yes" if own.located else "–",
            own.mended or "–",
            *(_words(found[number]) if found is not None else "not run" for _name, found in peers),
        ]
        text += "| " + " | ".join(cells) + " |\n"
    return text


def _sums(name: str, found: Sequence[Any]) -> str:
    numbers = (
        sum(each.found for each in found),
        sum(each.located for each in found),
        sum(each.mended in MENDED for each in found),
    )
    return f"| {name} | " + " | ".join(f"{n} of {len(found)}" for n in numbers) + " |\n"


def _words(outcome: Any) -> str:
    words = " ".join(str(outcome.words).split()).replace("|", "\\|").replace("<", "&lt;")
    if outcome.found:
        short = words if len(words) <= 90 else words[:89] + "…"
        return f"{short} (names the line)" if outcome.located else short
    return words if words.startswith("loses") else "–"


REMARKS = """
Each of these files was put through `luthier data check` and `luthier data prepare`, and both reports were read by
a person, file by file:
- What blocks a row is the reader's or the row's own fault: an empty turn, an answer marked as not wanted.
  `banking77/categories.json` is a list of names and no training data, so it is refused. A list of data
  sets (LLaMA-Factory's `dataset_info.json`) is read as rows, said to be a guess, and nearly all of them cannot be used.
- Mojibake, entities and control characters are real ones (a Windows-1252 apostrophe in 35 text messages).
- `personal_data` in the text messages is 336 rows, mostly with the phone numbers of advertisers; in the others it
  is e-mail addresses and phone numbers that look real. Reserved addresses (example.com), "your name here"
  addresses, dates and fictional 555 numbers are not counted.
- `placeholders` in the shell commands are meant ({{file}}), in the identity set they were never filled in.
- `answer_cut` are a table, two answers and a program whose code block never closes; `looped_answer` ends in
  hundreds of zeros.
- `groups` in the shell commands is the page of the manual: several commands of one page share their wording.
- `mixed_languages` are true, but translation tasks are among them: therefore only a note.
- The fourteen files of `snips` are clean but for copies and near copies. One of them has an emoji written as two
  surrogate halves (`encoding`), which is put together. Three stand on a single line; their rows are named by number, too.
- Licences are those of files that lie beside the data; one of them (`stanford-alpaca`) forbids commercial use.
- Given as folders, the training rows of `banking77` and `snips` are compared with the test and validation rows
  beside them (`overlap_with_evaluation`).

Mended because of that reading: a licence called `DATA_LICENSE` was passed over, findings in a folder did not
always name their file, every folder was said not to be plain UTF-8, rows of one line were not told apart, and
a folder's own test rows were not compared with its training rows.
"""


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def real_files(folder: Path) -> str:
    """What the doctor finds in real files, one row each; those it refuses, with the reason."""
    text = "\n## Real files\n\nEvery file of a folder of public data sets as `luthier data check` sees it.\n\n"
    text += (
        "| file | rows | used | copies | left out | findings (rows) |\n|---|---|---|---|---|---|\n"
    )
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = str(path.relative_to(folder))
        if path.name in ("SOURCES.md", "LICENSE", "DATA_LICENSE", "dataset_info.json"):
            continue
        try:
            found = inspect_file(path, closely=100_000)
        except LuthierError as error:
            text += f"| {name} | | | | | refused: {error.what} |\n"
            continue
        findings = ", ".join(f"`{p.code}` {p.count:,}" for p in found.problems) or "none"
        text += (
            f"| {name} | {found.rows_in:,} | {found.usable:,} | {found.duplicates:,} | "
            f"{found.left_out:,} | {findings} |\n"
        )
    return text + REMARKS
