"""How well a small model leads the interview, by itself and led by the hand, with its real server.

Each case is a point of the interview that the offline guide has led to, and what the user says there. The
model takes the seat for this one turn. It has *moved* as the guide would have where the same things are
settled afterwards and the same kind of prompt waits (a question, or an approval of the same tool); where
the user asked something, something has to have been said as well.

    python bench/small_model.py MODEL.gguf [--seconds 150] [--ways never always]

Needs xllamacpp (llama.cpp's server, in the ``test`` extra) and a model that passes ``luthier model use``.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.driver import Driver
from fakes.llama_server import llama_server

from luthier.agent.brains.choose import make_brain
from luthier.agent.brains.probe import probe
from luthier.agent.events import ApprovalAsked, QuestionAsked, TokensUsed, TurnFailed
from luthier.agent.session import open_session
from luthier.agent.settings import BrainSettings, make_settings
from luthier.tools.workspace import open_workspace

Way = Literal["never", "always"]
WAYS: tuple[Way, ...] = ("never", "always")
NAMES = {"never": "by itself", "always": "led"}
EXAMPLE, TICKETS = "try the shop example", "turn each message into a JSON ticket"
PROMPTS = "only prompts, with a few examples"
FILE = "FILE"
"""Stands for the path of a file of labelled mails."""

CASES: tuple[tuple[str, ...], ...] = (
    ("",),
    ("", FILE),
    ("", EXAMPLE),
    ("", EXAMPLE, TICKETS),
    ("", EXAMPLE, TICKETS, "what is overfitting?"),
    ("", EXAMPLE, TICKETS, PROMPTS),
    ("", EXAMPLE, TICKETS, PROMPTS, "good enough is 90%"),
    ("", EXAMPLE, TICKETS, PROMPTS, "80% and half an hour"),
)
"""What the user says; the last of each is said to the model. The first turn is the greeting."""


@dataclass(frozen=True)
class Turn:
    """Where the session stood after a turn; how often the model was ``asked``, and the tools it used."""

    settled: dict[str, Any]
    prompt: str
    said: str
    seconds: float
    asked: int
    did: tuple[str, ...]

    def moved_as(self, guide: Turn, *, to_a_question: bool) -> bool:
        """Whether it came to the same as the guide's turn."""
        answered = bool(self.said.strip()) or not to_a_question
        return (self.settled, self.prompt) == (guide.settled, guide.prompt) and answered


async def turn(case: tuple[str, ...], file: Path, brain: BrainSettings | None, most: float) -> Turn:
    """The last turn of a case in a session of its own, its other turns led by the guide."""
    *before, last = [str(file) if one == FILE else one for one in case]
    with tempfile.TemporaryDirectory() as home:
        workspace = open_workspace(Path(home))
        first = make_brain(None if before else brain)
        session = await open_session(workspace, brain=first)
        driver = Driver(session)
        await asyncio.sleep(0)  # lets it subscribe
        begun = time.monotonic()
        await session.start()
        if before:
            await session.idle()
            for one in filter(None, before):
                await driver.say(one)
            await session.set_brain(brain)
            await session.idle()
            driver.events.clear()
            begun = time.monotonic()
            await session.send(last)
        try:
            async with asyncio.timeout(most):
                await session.idle()
        except TimeoutError:
            await session.cancel()
        seconds = time.monotonic() - begun
        await asyncio.sleep(0.05)
        facts, pending = session.facts.model_dump(mode="json"), session.pending
        await driver.__aexit__()
    asked = [one for one in driver.events if isinstance(one, TokensUsed) and one.output_tokens]
    failed = " ".join(one.text for one in driver.events if isinstance(one, TurnFailed))
    did = tuple(driver.finished_tools)
    return Turn(_settled(facts), _prompt(pending), driver.said or failed, seconds, len(asked), did)


def _settled(facts: dict[str, Any]) -> dict[str, Any]:
    """What counts: no ids and times, no words that may be put in another way."""
    brief = {
        name: value
        for name, value in facts["brief"].items()
        if not name.endswith("_words") and name != "assumed"
    }
    source, dataset, advice = facts["source"], facts["dataset"], facts["advice"]
    return {
        "brief": brief,
        "source": source and source["path"],
        "advice": advice and advice["recommendation"],
        "rows": dataset and dataset["train"],
        "tokens": facts["tokens_checked"],
    }


def _prompt(pending: QuestionAsked | ApprovalAsked | None) -> str:
    match pending:
        case QuestionAsked():
            return "a question"
        case ApprovalAsked(approval=approval):
            return approval.tool
    return ""


async def measure(settings: BrainSettings, ways: list[Way], most: float, file: Path) -> None:
    """Every case both ways, and the shares."""
    tried = await probe(settings)
    sys.stdout.write(f"test call: {tried.words}\n")
    shares: dict[Way, float] = {}
    for way in ways:
        led = settings.model_copy(update={"lead": way})
        moved, asked, seconds = [], [], []
        for case in CASES:
            guide = await turn(case, file, None, most)
            model = await turn(case, file, led, most)
            moved.append(model.moved_as(guide, to_a_question=case[-1].endswith("?")))
            asked.append(model.asked)
            seconds.append(model.seconds)
            words = " ".join(model.said.split())[:160]
            sign = "moved" if moved[-1] else "-----"
            sys.stdout.write(
                f"{sign}  {model.seconds:5.0f} s  {case[-1] or 'greeting'!r}: "
                f"{', '.join(model.did) or 'no tool'}; {words or 'no word'}\n"
            )
            sys.stdout.flush()
        shares[way] = sum(moved) / len(moved)
        sys.stdout.write(f"{NAMES[way]}: median seconds a turn: {statistics.median(seconds):.1f}\n")
        sys.stdout.write(f"{NAMES[way]}: answers of the model in all: {sum(asked)}\n")
    for way, share in shares.items():
        sys.stdout.write(f"moved as the guide, {NAMES[way]}: {share:.2f}\n")


def main() -> None:
    """Serve the model, measure it, and let it go."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--seconds", type=float, default=150, help="for one turn")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, llama_server(options.model, 16_384) as base_url:
        file = Path(folder) / "mails.csv"
        rows = [f"please look at mail {n},{'spam' if n % 3 else 'ham'}" for n in range(60)]
        file.write_text("\n".join(["text,label", *rows]))
        settings = make_settings(base_url, options.model.stem)
        asyncio.run(measure(settings, options.ways, options.seconds, file))


if __name__ == "__main__":
    main()
