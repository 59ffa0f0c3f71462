"""Following instructions: short requests whose form a rule can check (after Zhou et al. 2023, IFEval)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from luthier.tools.evaluation.abilities.base import Item

Check = Callable[[str], bool]


def words(least: int, most: int) -> Check:
    """So many words, both ends included."""
    return lambda answer: least <= len(answer.split()) <= most


def has(*wanted: str) -> Check:
    """All of these words."""
    return lambda answer: all(_word(word).search(answer) for word in wanted)


def lacks(*unwanted: str) -> Check:
    """None of these words, but an answer."""
    return lambda answer: (
        bool(answer.strip()) and not any(_word(word).search(answer) for word in unwanted)
    )


def bullets(count: int) -> Check:
    """So many lines that begin with a dash, a star, a dot or a number."""
    return lambda answer: (
        sum(bool(re.match(r"\s*(?:[-*•]|\d+[.)])\s+\S", line)) for line in answer.splitlines())
        == count
    )


def is_json(*keys: str) -> Check:
    """A JSON object with at least these keys, in a code block or alone."""

    def check(answer: str) -> bool:
        text = re.sub(r"^```(?:json)?\s*|\s*```$", "", answer.strip())
        try:
            value = json.loads(text)
        except ValueError:
            return False
        return isinstance(value, dict) and set(keys) <= set(value)

    return check


def only(*allowed: str) -> Check:
    """One of these words and nothing else."""
    return lambda answer: answer.strip().strip(".!\"'").casefold() in allowed


def upper(answer: str) -> bool:
    """Capital letters only."""
    return answer.isupper()


def lower(answer: str) -> bool:
    """Small letters only."""
    return answer.islower()


def sentences(count: int) -> Check:
    """So many sentences."""
    return lambda answer: len(re.findall(r"[^.!?]+[.!?]+", answer.strip())) == count


def begins(text: str) -> Check:
    """These first words."""
    return lambda answer: answer.strip().casefold().startswith(text.casefold())


def ends(text: str) -> Check:
    """These last words, marks aside."""
    return lambda answer: answer.strip().rstrip(".!").casefold().endswith(text.casefold())


def script(first: str, last: str) -> Check:
    """Most letters lie between these two, as in a language with letters of its own."""

    def check(answer: str) -> bool:
        letters = [letter for letter in answer if letter.isalpha()]
        return bool(letters) and sum(first <= one <= last for one in letters) > len(letters) / 2

    return check


def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


INSTRUCTIONS: tuple[Item, ...] = (
    Item("Describe the sea in exactly five words.", words(5, 5)),
    Item("Describe a forest in at most ten words.", words(1, 10)),
    Item("Write at least thirty words about bread.", words(30, 10_000)),
    Item("Write one sentence about winter that contains the word snow.", has("snow")),
    Item("Write a sentence with the words river and bridge in it.", has("river", "bridge")),
    Item("Describe a lemon without using the words yellow and sour.", lacks("yellow", "sour")),
    Item("Say something about summer without the word sun.", lacks("sun")),
    Item("List three fruits as a bulleted list, one per line, each beginning with a dash.", bullets(3)),
    Item("List four colours as a bulleted list, one per line.", bullets(4)),
    Item("Give two tips for better sleep as a list numbered 1. and 2.", bullets(2)),
    Item('Answer with a JSON object, keys "name" and "age": Anna, 30.', is_json("name", "age")),
    Item('Write a JSON object with the key "city" and the value "Rome", nothing else.', is_json("city")),
    Item('Answer as JSON with the keys "title" and "year": Casablanca, 1942.', is_json("title", "year")),
    Item("Is fire hot? Answer only with yes or no.", only("yes", "no")),
    Item("Is ice warm? Answer only with yes or no.", only("yes", "no")),
    Item("“I love it”: positive or negative? Answer with one word.", only("positive", "negative")),
    Item("Say hello in capital letters only.", upper),
    Item("Write one short sentence about cats in capital letters only.", upper),
    Item("Write one short sentence about rain in small letters only, without any capital.", lower),
    Item("Explain in exactly two sentences what a library is.", sentences(2)),
    Item("Tell me in one sentence what a clock does.", sentences(1)),
    Item("Begin your answer with the words “In short”: what is a map?", begins("in short")),
    Item("Write a sentence about the moon that ends with the word night.", ends("night")),
    Item("Answer in Russian: how are you?", script("\u0400", "\u04ff")),
    Item("Answer in Arabic: what is your name?", script("\u0600", "\u06ff")),
    Item("Translate into Spanish: good morning.", has("buenos")),
    Item("Translate into French: thank you.", has("merci")),
    Item("Repeat exactly and write nothing else: seven green boats", only("seven green boats")),
)  # fmt: skip
