"""Make ``shop_tickets.csv``: messages of a shop's customers and the ticket each should become.

The same seed gives the same file. No two messages are near copies (three-word shingles, Jaccard
similarity below 0.4). Run as: ``python examples/make_shop_tickets.py OUTPUT.csv``.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
from dataclasses import dataclass
from pathlib import Path

import shop_phrases as phrases

SEED = 20
ROWS = 600
NEAREST_ALLOWED = 0.4
"""Jaccard similarity of word shingles from which two messages count as near copies."""


@dataclass(frozen=True)
class Ticket:
    """What the shop's system wants to know; the order of the fields is the order in the JSON."""

    topic: str
    order: str | None
    product: str | None
    urgency: str

    def as_json(self) -> str:
        """One line of JSON, always with the same keys in the same order."""
        return json.dumps(
            {
                "topic": self.topic,
                "order": self.order,
                "product": self.product,
                "urgency": self.urgency,
            }
        )


def make_ticket(rng: random.Random, topic: str) -> Ticket:
    """A ticket on ``topic`` with about one field in four unknown."""
    order = str(rng.randrange(10_000, 100_000)) if rng.random() < 0.72 else None
    product = rng.choice(phrases.PRODUCTS) if rng.random() < 0.85 else None
    if topic == "question" and rng.random() < 0.7:
        order = None
    urgency = rng.choices(("normal", "high", "low"), weights=(50, 30, 20))[0]
    return Ticket(topic, order, product, urgency)


def write_message(rng: random.Random, ticket: Ticket) -> str:
    """A customer's message from which exactly this ticket follows."""
    parts = [_core(rng, ticket)]
    if ticket.order:
        number = rng.choice(("{}", "{}", "{}", "SH-{}", "{}")).format(ticket.order)
        clause = rng.choice(phrases.ORDER_CLAUSES).format(n=number)
        parts.insert(rng.choice((0, 1, 1)), clause)
    if rng.random() < 0.4:
        parts.append(rng.choice(phrases.MOODS))
    if rng.random() < 0.4:
        parts.insert(rng.randrange(len(parts) + 1), _aside(rng, ticket))
    if ticket.urgency != "normal":
        cues = phrases.HURRY if ticket.urgency == "high" else phrases.NO_HURRY
        parts.insert(rng.randrange(len(parts) + 1), rng.choice(cues))
    if rng.random() < 0.55:
        parts.insert(0, rng.choice(phrases.OPENINGS))
    if rng.random() < 0.5:
        parts.append(rng.choice(phrases.CLOSINGS))
    return _roughen(rng, _capitalise(parts), ticket)


def _core(rng: random.Random, ticket: Ticket) -> str:
    if ticket.product is None:
        template = rng.choice(phrases.WITHOUT_PRODUCT[ticket.topic])
        return template.format(when=rng.choice(phrases.TIMES))
    template = rng.choice(phrases.CORES[ticket.topic])
    look = f"{rng.choice(phrases.LOOKS)} " if rng.random() < 0.3 else ""
    text = template.format(p=look + ticket.product, when=rng.choice(phrases.TIMES))
    return _agree(text, look + ticket.product, ticket.product)


def _agree(text: str, named: str, product: str) -> str:
    """Mend the article and the verb before plurals and vowels."""
    if product in phrases.PLURALS:
        text = re.sub(rf"\b(a|one|single) {named}", f"pair of {named}", text)
        for singular, plural in (
            ("is", "are"), ("was", "were"), ("has", "have"), ("does", "do"), ("comes", "come"),
        ):  # fmt: skip
            text = re.sub(rf"{named} {singular}\b", f"{named} {plural}", text)
        return text.replace(f"pair of {named}", f"a pair of {named}").replace("a a ", "a ")
    return re.sub(r"\ba (?=[aeiou])", "an ", text)


def _aside(rng: random.Random, ticket: Ticket) -> str:
    """A sentence with nothing to file: another product, a phone number, an order long settled."""
    others = [name for name in phrases.PRODUCTS if name not in phrases.PLURALS]
    other = rng.choice([name for name in others if name != ticket.product])
    aside = rng.choice(phrases.ASIDES).format(
        other=other, digits=rng.randrange(100_000, 1_000_000), old=rng.randrange(10_000, 100_000)
    )
    return _agree(aside, other, other)


def _capitalise(parts: list[str]) -> str:
    """Join the parts as sentences; a part after a comma goes on in lower case."""
    text = parts[0]
    for part in parts[1:]:
        goes_on = text.endswith((",", ":", "but"))
        text += " " + (_lower_first(part) if goes_on else part[0].upper() + part[1:])
    return text[0].upper() + text[1:]


def _lower_first(part: str) -> str:
    first_word = part.split(" ", 1)[0]
    return part if first_word.isupper() else part[0].lower() + part[1:]


def _roughen(rng: random.Random, text: str, ticket: Ticket) -> str:
    """Type as people type: lower case, capitals, missing stops, a slip of the fingers."""
    style = rng.random()
    if style < 0.12:
        text = text.lower()
    elif style < 0.16:
        text = text.upper()
    elif style < 0.24:
        text = re.sub(r"[.,]", "", text)
    elif style < 0.44:
        text = _mistype(rng, text, ticket.product or "")
    return text


def _mistype(rng: random.Random, text: str, product: str) -> str:
    """Swap two letters inside one longer word that is no part of the product's name."""
    words = text.split(" ")
    free = [
        place
        for place, word in enumerate(words)
        if len(word) > 4 and word.isalpha() and word.lower() not in product
    ]
    if not free:
        return text
    place = rng.choice(free)
    word = words[place]
    at = rng.randrange(1, len(word) - 2)
    words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return frozenset(zip(words, words[1:], words[2:], strict=False)) or frozenset({tuple(words)})


def make_rows(rows: int = ROWS, seed: int = SEED) -> list[tuple[str, str]]:
    """So many (message, ticket) pairs, topics evenly spread, no two messages near copies."""
    rng = random.Random(seed)
    topics = tuple(phrases.CORES)
    made: list[tuple[str, str]] = []
    seen: list[frozenset[tuple[str, ...]]] = []
    while len(made) < rows:
        ticket = make_ticket(rng, topics[len(made) % len(topics)])
        message = write_message(rng, ticket)
        shingles = _shingles(message)
        if any(len(shingles & old) >= NEAREST_ALLOWED * len(shingles | old) for old in seen):
            continue
        seen.append(shingles)
        made.append((message, ticket.as_json()))
    rng.shuffle(made)
    return made


def main() -> None:
    """Write the file named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path, help="the CSV file to write")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    with chosen.output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("message", "ticket"))
        writer.writerows(make_rows(chosen.rows, chosen.seed))


if __name__ == "__main__":
    main()
