"""Words of a text as the search compares them: folded spelling, no filler words, reduced to stems.

A text may mix languages, as in "ما هو LoRA؟", so every word is treated by the rules of its script.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from luthier.tools.language import ENGLISH

_STEMMERS = {"en": "english", "ar": "arabic"}
"""Snowball's name of a language's stemmer."""
_OWN_LETTERS = {"ar": re.compile("[\u0620-\u064a]")}
"""Languages that are known by their letters; all others are written in Latin ones."""
_WORD = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*|[\u0620-\u064a]+")
_ACCUSATIVE = re.compile("\u064b\u0627|\u0627\u064b")
_MARKS = re.compile("[\u064b-\u0652\u0670\u0640]")
_ONE_SPELLING = str.maketrans("أإآٱىةؤئ٠١٢٣٤٥٦٧٨٩", "اااايهوي0123456789")
"""What people write one for the other: forms of alef, of ya, the ta marbuta, and both sets of digits."""


def fold(text: str) -> str:
    """Lower case, apostrophes gone; Arabic without vowel marks and with one form of each letter.

    What is folded is what Arabic search engines fold, as Lucene's ArabicNormalizer.
    """
    lowered = text.casefold().replace("’", "").replace("'", "")
    return _MARKS.sub("", _ACCUSATIVE.sub("", lowered)).translate(_ONE_SPELLING)


def words(text: str) -> list[str]:
    """The words that tell something."""
    parts = [part for word in _WORD.findall(fold(text)) for part in word.split("-")]
    return [word for word in parts if word not in _stopwords()]


def stems(found: Sequence[str], code: str) -> list[str]:
    """What remains of ``words`` without endings; Latin words by the rules of language ``code``."""
    latin = ENGLISH.code if code in _OWN_LETTERS else code
    return [str(_stemmer(script_of(word) or latin).stemWord(word)) for word in found]


def script_of(text: str) -> str:
    """The language whose own letters the text has; empty where it is written in Latin letters."""
    return next((code for code, letters in _OWN_LETTERS.items() if letters.search(text)), "")


@cache
def _stemmer(code: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(_STEMMERS[code])


@cache
def _stopwords() -> frozenset[str]:
    return frozenset(fold(word) for line in (*_ENGLISH, *_ARABIC) for word in line.split())


_ENGLISH = (
    "a about actually all also am an and any anything are as at be been but by can could did do",
    "does doing done explain for from get give had has have he hello hey hi how i if in into is",
    "it its just know let lets like lesson luthier made make matter me mean meaning means more my of",
    "oh ok on one or our out please really s say shall should show so some something t tell than",
    "that the their them then there these they thing things this those to us use used using",
    "very want was we were what whats when where which while who why will with would you your",
)
_ARABIC = (
    "ما ماذا هو هي هم هل كم كيف لماذا لم لن متى أين من في على إلى عن أن إن لا مع أو ثم بل لكن قد",
    "هذا هذه ذلك تلك الذي التي الذين أي أيّ أية كل بعض غير بين بعد قبل عند حتى إذا إذ كان كانت يكون تكون",
    "أنا أنت نحن لي لك له لها لنا لهم به بها فيه فيها منه منها عليه عليها إليه عنه عنها كما مثل ليس ليست",
    "وما وهو وهي ولا فما فهو ومن وفي وعلى بماذا مما ممّا عما اشرح اشرحي أخبرني أخبريني قل معنى يعني تعني",
    "المقصود مفهوم أريد أرغب معرفة أعرف شرح فضلك رجاء لو سمحت يا مرحبا أهلا السلام عليكم سلام نعم شكرا",
    "شيء أشياء أيضا جدا فقط هنا هناك الآن يمكن يمكنني ممكن أستطيع أستعمل أستخدم درس دروس لديك عندك",
    "صنعك صنع حالك حال",
)
