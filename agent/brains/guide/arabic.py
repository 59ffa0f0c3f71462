"""What a user wrote in Arabic, in the English words that the guide's readers know.

Not a translation for people: known words become English, all others stay as they are, so that names,
values and free text pass through. What the user wrote is kept elsewhere, word for word.
"""

from __future__ import annotations

import re
from functools import cache

from luthier.agent.brains.guide.arabic_wishes import wish_in_english
from luthier.agent.brains.guide.arabic_words import PARTS, WHOLE

ARABIC = re.compile("[\u0600-\u06ff\ufe70-\ufeff]")
_SIGNS = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u0640\u200c-\u200f\u202a-\u202e\u2066-\u2069]"
)
_LETTERS = str.maketrans(
    "أإآٱىةؤئ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٪٫٬؟،؛«»“”",
    'اااايهوي01234567890123456789%.,?,;""""',
)
_MARKS = " \t.,;:!?\"'()…"
_LONGEST = 6
_POLITE = re.compile(r"^(?:من فضلك|لو سمحت|رجاء|فضلا)[\s,]+|[\s,]+(?:من فضلك|لو سمحت|رجاء|فضلا)$")
_NEVER = "أبدا"
"""Which is told from ابدأ, to begin, by its first letter alone."""
_WANTING = re.compile(
    r"(?:اريد(?: منك)? ان|ارغب في ان|اود(?: منك)? ان|هل (?:يمكنك|يمكن|تستطيع|بامكانك|لك) ان)\s+"
    r"(?P<verb>[اتن]?)"
)
"""“I want to export it” is a wish as “export it” is; the verb then begins with its person."""

_TEXT_VALUED = re.compile(
    r"^(?:(?:غير|اجعل|استخدم|ضع|اضبط|لتكن|ليكن)\s+)?(?:"
    r"(?P<system>(?:ال)?(?:موجه|رساله|تعليمات) النظام)|"
    r"(?P<name>(?:ال)?اسم(?: (?:ال)?(?:نموذج|خطه)(?: المضبوط)?)?)|"
    r"(?P<model>(?:ال)?نموذج(?: الاساسي?)?))\s*"
    r"(?:(?:الي|هو|هي|ليكون|باسم|من)\b)?\s*[=:]?\s*(?P<value>.+)$",
    re.S,
)
_ALONE = re.compile(r"(^|(?:,|\band|\bفي|\bلمده|\bخلال|\bit) )(hours|minutes|days)\b")
"""In Arabic a single hour is just "hour"."""

_ENGLISH_OF = {"system": "system prompt to", "name": "call it", "model": "use model"}
_COLUMN = re.compile(
    r"^(?:و)?(?:(?:اجعل|غير|استخدم)\s+)?(?P<plural>اعمده|عمود) (?:ال)?"
    r"(?:(?P<prompt>سوال|اسئله|مدخل|موجه|طلب)|(?P<answer>اجابه|جواب|هدف|فيه|مخرج|رد)|"
    r"(?P<messages>محادثه|رسائل))\s*(?:(?:هو|هي|الي)\s|[=:])?\s*(?P<value>.+)$"
)
_USED_AS = re.compile(
    r"^(?:استخدم|خذ|اجعل)\s+(?:ال)?عمود\s+(?P<value>\S+)\s+(?:ك|لل|بوصفه |علي انه )(?:ال)?"
    r"(?:(?P<prompt>سوال|مدخل|موجه)|(?P<answer>اجابه|جواب|هدف|فيه))$"
)


def plain_letters(text: str) -> str:
    """One spelling for what is written in several ways: vowel signs, alefs, final letters, digits."""
    return _SIGNS.sub("", text).translate(_LETTERS)


def in_english(text: str) -> str:
    """``text`` with every known Arabic word in English; other texts come back as they are."""
    if not ARABIC.search(text):
        return text
    unsigned = _SIGNS.sub("", text)
    plain = unsigned.translate(_LETTERS)
    if unsigned.strip(_MARKS) == _NEVER:
        return "no"
    asks = "?" if plain.rstrip().endswith("?") else ""
    for candidate, end in ((unsigned, asks), *((told, "") for told in _told(unsigned, plain))):
        letters = candidate.translate(_LETTERS)
        whole = _POLITE.sub("", letters.strip(_MARKS)).strip(_MARKS)
        if whole in _whole():
            return _whole()[whole] + end
        wish = wish_in_english(candidate, letters)
        if wish:
            return wish + end
    named = _TEXT_VALUED.match(plain)
    if named and _is_value(named):
        kind = str(named.lastgroup if named.lastgroup != "value" else _kind(named))
        return f"{_ENGLISH_OF[kind]} {unsigned[named.start('value') :].strip()}"
    listed = re.sub(r"\s+و(?=(?:ال)?عمود)", "، ", unsigned)
    clauses = re.split(r"(?<=[,;،؛\n])\s*", listed)
    english = " ".join(_clause(clause) for clause in clauses)
    return _ALONE.sub(r"\g<1>1 \2", english)


def _told(unsigned: str, plain: str) -> tuple[str, ...]:
    """The wish behind words such as "I want to", its verb as it may be told: صدّر for أصدّر or تصدّر."""
    polite = _POLITE.match(plain)
    found = _WANTING.match(plain, polite.end() if polite else 0)
    if found is None:
        return ()
    rest = unsigned[found.end("verb") :]
    return f"ا{rest}", rest


def _kind(found: re.Match[str]) -> str:
    return next(name for name in _ENGLISH_OF if found.group(name))


def _is_value(found: re.Match[str]) -> bool:
    """A model is named by a path, a Hub id or "starter"; "the model ..." else is about something."""
    return not found.group("model") or bool(re.match(r"[\w.~-]*[/\\~]|starter", found["value"]))


def _clause(clause: str) -> str:
    plain = clause.translate(_LETTERS)
    for pattern, before, between in ((_COLUMN, "", " is "), (_USED_AS, "", " is ")):
        found = pattern.match(plain.strip(" ,"))
        if found:
            start = plain.index(found["value"], found.start("value"))
            value = clause[start:].strip(" ,;،؛") if pattern is _COLUMN else found["value"]
            ending = "," if clause.rstrip().endswith((",", "،")) else ""
            return f"{before}{_role(found)}{between}{value}{ending}"
    return _word_by_word(plain)


def _role(found: re.Match[str]) -> str:
    if found.group("prompt"):
        several = "plural" in found.re.groupindex and found.group("plural") == "اعمده"
        return "prompt columns" if several else "prompt column"
    return "answer column" if found.group("answer") else "messages column"


def _word_by_word(plain: str) -> str:
    words = plain.split()
    out: list[str] = []
    place = 0
    while place < len(words):
        for length in range(min(_LONGEST, len(words) - place), 0, -1):
            english = _known(" ".join(words[place : place + length]))
            if english is not None:
                out.append(english)
                place += length
                break
        else:
            out.append(words[place])
            place += 1
    return " ".join(out)


def _known(phrase: str) -> str | None:
    """The English of a phrase, its marks kept, also behind "and", "the", "in the" and "to the"."""
    bare = phrase.strip(_MARKS)
    after = phrase[phrase.rfind(bare) + len(bare) :] if bare else ""
    for joined, prefix in (("", ""), ("and ", "و"), ("and ", "ف")):
        if not bare.startswith(prefix):
            continue
        rest = bare.removeprefix(prefix)
        for article in ("", "ال", "بال", "لل", "ل", "ب"):
            if rest.startswith(article) and (english := _parts().get(rest.removeprefix(article))):
                return f"{joined}{english}{after}"
    return None


@cache
def _whole() -> dict[str, str]:
    return _table(WHOLE)


@cache
def _parts() -> dict[str, str]:
    return _table(PARTS)


def _table(text: str) -> dict[str, str]:
    table: dict[str, str] = {}
    for line in re.sub(r"\n\s+\|", " |", text).strip().splitlines():
        english, _colon, phrases = line.partition(": ")
        for phrase in phrases.split("|"):
            table.setdefault(plain_letters(phrase.strip()), english)
    return table
