"""The page docs/data-doctor.md: what was found, located and mended, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)
