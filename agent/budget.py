"""How much of language models a conversation has used and may use: tokens and money, as people say them.

Nothing heavy is imported here: the screen knows of it from its first moment.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from luthier.agent.events import TokensUsed
from luthier.tools.errors import LuthierError
from luthier.tools.language import _


class Usage(BaseModel):
    """Tokens and US dollars so far; ``unpriced`` are the tokens whose price nobody here knows."""

    model_config = ConfigDict(frozen=True)

    tokens: int = 0
    dollars: float = 0.0
    unpriced: int = 0

    def plus(self, used: TokensUsed) -> Usage:
        """With one more answer."""
        tokens = used.input_tokens + used.output_tokens
        return Usage(
            tokens=self.tokens + tokens,
            dollars=self.dollars + (used.dollars or 0.0),
            unpriced=self.unpriced + (tokens if used.dollars is None else 0),
        )


class Budget(BaseModel):
    """How much one session may use; 0 sets no limit."""

    model_config = ConfigDict(frozen=True)

    tokens: int = Field(default=0, ge=0)
    dollars: float = Field(default=0.0, ge=0)

    def is_spent(self, usage: Usage) -> bool:
        """Whether nothing more may be asked."""
        return bool(
            (self.tokens and usage.tokens >= self.tokens)
            or (self.dollars and usage.dollars >= self.dollars)
        )


def in_words(usage: Usage, budget: Budget | None = None) -> str:
    """ "12,345 of 50,000 tokens, $0.02 of $1.00"; empty where nothing was used and nothing is capped."""
    allowed = budget or Budget()
    if not usage.tokens and allowed == Budget():
        return ""
    if allowed.tokens:
        tokens = _(
            "{used} of {allowed} tokens", used=f"{usage.tokens:,}", allowed=f"{allowed.tokens:,}"
        )
    else:
        tokens = _("{used} tokens", used=f"{usage.tokens:,}")
    return f"{tokens}, {_money(usage, allowed)}"


def _money(usage: Usage, allowed: Budget) -> str:
    if usage.unpriced and not usage.dollars:
        return _("price unknown")
    spent = dollars(usage.dollars) if usage.dollars or allowed.dollars else _("free")
    if allowed.dollars:
        spent = _("{spent} of {allowed}", spent=spent, allowed=dollars(allowed.dollars))
    if usage.unpriced:
        return _(
            "{spent}, and {tokens} tokens of unknown price",
            spent=spent,
            tokens=f"{usage.unpriced:,}",
        )
    return spent


def dollars(amount: float) -> str:
    """US dollars with as many digits as matter: ``$1.25``, ``$0.0042``."""
    exact = f"{amount:.4f}".rstrip("0")
    return f"${exact}" if 0 < amount < 0.1 and len(exact) > len("0.00") else f"${amount:.2f}"


_AMOUNT = re.compile(
    r"(?P<before>\$)?\s*(?P<number>\d[\d,_]*(?:\.\d+)?)\s*(?P<scale>k|m|thousand|million)?\s*"
    r"(?P<unit>tokens?|\$|dollars?|usd|cents?)?",
    re.IGNORECASE,
)
_NONE = frozenset({"none", "no limit", "no budget", "off", "unlimited", "0"})
_SCALES = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000}
_ONE_SPELLING = str.maketrans(
    "أإآىةؤئ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬،",
    "ااايهوي01234567890123456789.,,",
    "\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u200e\u200f",
)
_ARABIC_NONE = re.compile(
    r"(?:بلا|بدون|دون|من دون|من غير|لا)(?: اي)? (?:حد|حدود|ميزانيه|سقف)|لا شيء"
)
_ARABIC = {
    "رمز": "tokens", "رمزا": "tokens", "رموز": "tokens", "الرموز": "tokens", "من": "", "توكن": "tokens",
    "الف": "thousand", "الفا": "thousand", "الاف": "thousand", "الفان": "2 thousand",
    "الفين": "2 thousand", "الفي": "2 thousand", "مليون": "million", "مليونا": "million",
    "ملايين": "million", "مليونان": "2 million", "مليونين": "2 million", "مليوني": "2 million",
    "دولار": "dollars", "دولارا": "dollars", "دولارات": "dollars", "دولاران": "2 dollars",
    "دولارين": "2 dollars", "سنت": "cents", "سنتا": "cents", "سنتات": "cents", "نصف": "0.5", "واحد": "",
    "ثلاثه": "3", "ثلاث": "3", "اربعه": "4", "خمسه": "5", "عشره": "10", "عشرون": "20", "عشرين": "20",
    "ثلاثون": "30", "ثلاثين": "30", "اربعون": "40", "اربعين": "40", "خمسون": "50", "خمسين": "50",
    "ميه": "100", "مايه": "100", "ميتا": "200", "ميتي": "200", "خمسميه": "500", "خمسمايه": "500",
}  # fmt: skip
"""The words a budget is said with in Arabic, in one spelling: the dual carries its number."""
_DUAL = frozenset({"الفا", "مليونا"})
"""After a number an accusative ("خمسون ألفًا"), before any number a dual ("ألفا رمز")."""


def read_budget(text: str) -> Budget:
    """ "50k tokens", "$2", "2 dollars and 100,000 tokens", "none"; "٥٠ ألف رمز", "دولاران", "بلا حد".

    Raises:
        LuthierError: no amount can be read in it.
    """
    words = _in_english(text.strip().casefold())
    if words in _NONE:
        return Budget()
    found: dict[str, Any] = {}
    for amount in _AMOUNT.finditer(words):
        number = float(amount["number"].replace(",", "").replace("_", ""))
        number *= _SCALES.get(amount["scale"] or "", 1)
        unit = amount["unit"] or ""
        if amount["before"] or unit.startswith(("$", "dollar", "usd", "cent")):
            found["dollars"] = number / 100 if unit.startswith("cent") else number
        else:
            found["tokens"] = int(number)
    if not found:
        raise LuthierError(
            _("I cannot read a budget in that."),
            remedy=_("Say tokens or dollars, such as “50k tokens”, “$2”, or “none”."),
            code="budget.unreadable",
        )
    return Budget.model_validate(found)


def _in_english(words: str) -> str:
    """Words of ``words`` that are Arabic, in English; a lone "thousand" or "dollar" is one of them."""
    plain = words.translate(_ONE_SPELLING)
    if _ARABIC_NONE.fullmatch(plain):
        return "none"
    english: list[str] = []
    for word in plain.split():
        joined = word.removeprefix("و")
        if word in _ARABIC or joined in _ARABIC:
            begins = not english or joined != word
            said = _ARABIC[word if word in _ARABIC else joined]
            if begins and said in {"thousand", "million", "dollars"}:
                said = f"{2 if joined in _DUAL else 1} {said}"
            english.append(said)
        else:
            english.append(word)
    return " ".join(filter(None, english))
