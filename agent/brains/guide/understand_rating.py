"""Wishes to judge answers side by side: blind by oneself, or by a model."""

from __future__ import annotations

import re

_RATE = re.compile(
    r"(?:please |can i |could i |let me |i (?:want|would like|wish) to )*(?:rate|compare|judge)"
    r"(?: (?:the|some|a dozen|twelve|12))?(?: (?:answers?|pairs?|them))?(?: (?:blind(?:ly)?|myself|side "
    r"by side|of answers))*",
)
_JUDGE = re.compile(
    r"(?:please )?(?:have|let) (?:it |them |the answers )?(?:be )?(?:judged? )?(?:by )?(?:the model )?"
    r"(?P<model>[\w./:-]+) (?:at|on|from) (?P<url>https?://\S+) ?(?:judge|decide|rate)?"
    r"(?: (?:it|them|the answers))?(?P<rubric>(?:,? by (?:this|the) rubric: ?|: ).+)?",
    re.IGNORECASE | re.DOTALL,
)


def read_rating(text: str, words: str) -> tuple[str, dict[str, str]] | None:
    """The tool and its arguments: "rate the answers", "let MODEL at URL judge the answers" ..."""
    if _RATE.fullmatch(words) and re.search(r"rate|blind|pairs|judge the answers myself", words):
        return "rate_answers", {}
    judge = _JUDGE.fullmatch(" ".join(text.split()).rstrip("."))
    if judge and re.search(r"judge|decide|rate", text, re.IGNORECASE):
        rubric = re.sub(r"^,? ?(?:by (?:this|the) rubric)?: ?", "", judge["rubric"] or "")
        return "judge_answers", {
            "url": judge["url"].rstrip(",:"),
            "model": judge["model"],
            "rubric": rubric.strip(),
        }
    return None
