"""How much a conversation has used and may use, in tokens and money."""

from __future__ import annotations

import datetime

import pytest

from luthier.agent.budget import Budget, Usage, in_words, read_budget
from luthier.agent.events import TokensUsed
from luthier.agent.settings import make_settings
from luthier.tools.errors import LuthierError
from luthier.tools.prices.table import price_of, price_table


@pytest.mark.parametrize(
    ("text", "tokens", "dollars"),
    [
        ("50k tokens", 50_000, 0),
        ("50000", 50_000, 0),
        ("100,000 tokens", 100_000, 0),
        ("1.5 million tokens", 1_500_000, 0),
        ("$2", 0, 2),
        ("2 dollars", 0, 2),
        ("0.50 USD", 0, 0.5),
        ("50 cents", 0, 0.5),
        ("$1.25 and 50k tokens", 50_000, 1.25),
        ("none", 0, 0),
        ("no limit", 0, 0),
        ("٥٠ ألف رمز", 50_000, 0),
        ("خمسون ألفًا", 50_000, 0),
        ("١٫٥ مليون رمز", 1_500_000, 0),
        ("ألف رمز", 1_000, 0),
        ("ألفا رمز", 2_000, 0),
        ("ألفان من الرموز", 2_000, 0),
        ("100 ألف من الرموز ودولاران", 100_000, 2),
        ("٣ دولارات", 0, 3),
        ("دولار واحد", 0, 1),
        ("نصف دولار", 0, 0.5),
        ("50 سنتًا", 0, 0.5),
        ("بلا حد", 0, 0),
        ("بدون ميزانية", 0, 0),
    ],
)
def test_a_budget_is_read_as_it_is_said(text: str, tokens: int, dollars: float) -> None:
    assert read_budget(text) == Budget(tokens=tokens, dollars=dollars)


def test_what_is_no_budget_is_said() -> None:
    with pytest.raises(LuthierError, match="cannot read a budget"):
        read_budget("a lot")


@pytest.mark.parametrize(
    ("used", "budget", "words"),
    [
        ([], Budget(), ""),
        ([TokensUsed("m", 1000, 234, 0.0)], Budget(), "1,234 tokens, free"),
        ([TokensUsed("m", 1000, 234, 0.0042)], Budget(), "1,234 tokens, $0.0042"),
        ([TokensUsed("m", 1000, 234, None)], Budget(), "1,234 tokens, price unknown"),
        (
            [TokensUsed("m", 1000, 0, 0.25)],
            Budget(tokens=50_000, dollars=1),
            "1,000 of 50,000 tokens, $0.25 of $1.00",
        ),
        (
            [TokensUsed("m", 1000, 0, 0.25), TokensUsed("n", 10, 0, None)],
            Budget(),
            "1,010 tokens, $0.25, and 10 tokens of unknown price",
        ),
    ],
)
def test_what_was_used_reads_well(used: list[TokensUsed], budget: Budget, words: str) -> None:
    usage = Usage()
    for one in used:
        usage = usage.plus(one)
    assert in_words(usage, budget) == words


def test_a_budget_is_spent_by_either_measure() -> None:
    usage = Usage(tokens=500, dollars=0.5)
    assert not Budget().is_spent(usage)
    assert not Budget(tokens=501, dollars=0.51).is_spent(usage)
    assert Budget(tokens=500).is_spent(usage)
    assert Budget(dollars=0.5).is_spent(usage)


def test_every_price_has_a_day_and_a_source() -> None:
    table = price_table()
    assert len(table) >= 10
    for price in table.values():
        if price.kind == "tuning":
            continue
        assert price.input is not None
        assert price.output is not None
        assert datetime.date.fromisoformat(price.read) <= datetime.date(2026, 11, 30)
        assert price.source.startswith("https://")
        assert 0 < price.input <= price.output


def test_a_price_is_the_users_own_the_tables_nothing_or_unknown() -> None:
    luna = make_settings("https://api.openai.com/v1", "gpt-6-luna")
    dated = make_settings("https://api.openai.com/v1", "gpt-6-luna-2026-09-22")
    own = luna.model_copy(update={"price_input": 1.0, "price_output": 4.0})
    local = make_settings("http://127.0.0.1:11434/v1", "gpt-6-luna")
    other = make_settings("https://models.example.org/v1", "gpt-6-luna")

    known, undated, mine = price_of(luna), price_of(dated), price_of(own)
    assert known is not None
    assert undated == known
    assert known.of(1_000_000, 1_000_000) == pytest.approx(known.input + known.output)
    assert mine is not None
    assert mine.of(500_000, 250_000) == pytest.approx(1.5)
    free = price_of(local)
    assert free is not None
    assert free.of(10**9, 10**9) == 0
    assert price_of(other) is None
