"""Near-copies of a prompt are found, templates are not mistaken for copies, and it is fast."""

from __future__ import annotations

import random
import time

import pytest

from luthier.tools.data import near_copies
from luthier.tools.data.near_copies import PromptIndex, level

WORDS = [f"{a}{b}" for a in ("ba", "ke", "li", "mo", "nu", "ra", "so", "ti", "vu", "we")
         for b in ("lan", "der", "pok", "sim", "tur", "gat", "zel", "mib", "rop", "fen")]  # fmt: skip


def sentence(seed: int, words: int = 12) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def grouped(prompts: list[str]) -> list[set[int]]:
    index = PromptIndex()
    for prompt in prompts:
        index.add(prompt)
    groups: dict[int, set[int]] = {}
    for position, group in enumerate(index.groups()):
        groups.setdefault(group, set()).add(position)
    return sorted((g for g in groups.values() if len(g) > 1), key=min)


def test_case_blanks_and_punctuation_make_no_difference() -> None:
    assert level("  What IS it?\n") == level("what is, it")
    assert grouped(["Where is my order?", "Something else", "where is my ORDER !!"]) == [{0, 2}]


def test_prompts_without_words_are_compared_as_they_are() -> None:
    assert grouped(["???", "!!!", "???"]) == [{0, 2}]


def test_a_changed_word_is_a_near_copy_and_other_sentences_are_not() -> None:
    prompts = [sentence(n) for n in range(200)]
    changed = prompts[7].split()
    changed[4] = "entirely"
    prompts.append(" ".join(changed))
    prompts.append(prompts[50] + " please")
    assert grouped(prompts) == [{7, 200}, {50, 201}]


def test_copies_of_copies_stay_together() -> None:
    words = sentence(1, 20).split()
    chain = [" ".join(words)]
    for step in range(6):
        words[step * 3] = f"changed{step}"
        chain.append(" ".join(words))
    assert grouped(chain + [sentence(n) for n in range(100, 120)]) == [set(range(7))]


def test_ten_questions_of_one_pattern_are_ten_questions() -> None:
    elements = ["hydrogen", "helium", "lithium", "neon", "oxygen", "gold", "copper", "iron"]
    assert grouped([f"Write a limerick about {name}." for name in elements]) == []
    assert grouped([f"{n} + {n * 7}?" for n in range(10)]) == []


def test_a_common_template_does_not_make_copies() -> None:
    template = "Read the following message of a customer of our shop and say which it is. Message: "
    prompts = [template + sentence(n, 6) for n in range(100)]
    assert grouped(prompts) == []
    assert grouped([*prompts, prompts[3] + "."]) == [{3, 100}]


def test_long_prompts_that_differ_only_at_the_end() -> None:
    document = sentence(0, 2000)
    prompts = [f"{document} {sentence(n, 8)}" for n in range(1, 40)]
    assert grouped([*prompts, prompts[5].upper()]) == [{5, 39}]


def test_a_crowd_of_copies_is_one_group() -> None:
    base = sentence(3, 20)
    prompts = [f"{base} {n}" for n in range(300)] + [sentence(n) for n in range(1000, 4000)]
    assert grouped(prompts)[0] >= set(range(300))


def test_above_the_limit_only_equal_prompts_are_grouped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_copies, "MOST_PROMPTS", 10)
    prompts = [sentence(n) for n in range(20)] + [sentence(4).upper(), sentence(5) + " please"]
    index = PromptIndex()
    for prompt in prompts:
        index.add(prompt)
    groups = index.groups()
    assert not index.is_complete
    assert groups[20] == groups[4]
    assert groups[21] != groups[5]


def test_ten_thousand_prompts_take_seconds() -> None:
    prompts = [sentence(n) for n in range(10_000)]
    started = time.process_time()
    assert len(grouped([*prompts, *(f"{p}!" for p in prompts[:100])])) == 100
    assert time.process_time() - started < 20  # about 2 s on an idle core
