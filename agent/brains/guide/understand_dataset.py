"""Read wishes around the prepared rows: "export the data for axolotl", "count the tokens for gpt-4o"."""

from __future__ import annotations

import re

from luthier.tools.data.exports.registry import EXPORTS

_ROWS = r"(?:(?:the|my|our|this|prepared|training) )*(?:data ?sets?|data|rows|examples|splits?|it)"
_VERB = r"(?:export|write|save|convert|turn|take|bring|give me|get|i need|i want)"
_EXPORT = re.compile(
    rf"{_VERB}(?: (?P<rows>{_ROWS}))?(?: out)? (?:for|to|as|into|in)(?: use in)? (?:the |an? )?"
    r"(?P<format>.+?)(?: (?:format|files?|jsonl|json|data ?set))*"
    r"(?: (?:into|to|in|under|at) (?:the folder |folder )?(?P<folder>[~/.][^\s]*|[\"“'].+[\"”']))?",
    re.I,
)
_BARE = re.compile(rf"export(?: (?P<rows>{_ROWS}))?", re.I)
_TOKENS = re.compile(
    r"(?:(?:count|show|measure|calculate)(?: me)?(?: the)? (?:number of )?tokens?(?: counts?"
    r"| statistics| stats)?|token (?:statistics|stats|counts?)|how many tokens(?: (?:are|is|does|do|has"
    rf"|have|would))?(?: (?:there|{_ROWS}))?(?: (?:have|has|be))?)"
    rf"(?: (?:of|in) {_ROWS})?(?: (?:for|with|in|by|using) (?:the )?(?:model |tokenizer (?:of )?)?"
    r"(?P<model>\S+))?",
    re.I,
)
_LEAD = re.compile(
    r"(?:(?:please|ok|okay|now|and|then|can you|could you|would you|lets|let us|let's"
    r"|i would like to|i want to|i'd like to)[\s,]+)+",
    re.I,
)


def read_export(text: str) -> tuple[str, str] | None:
    """``(format, folder)`` where the words ask for an export of rows; "" where it is not said."""
    words = _request(text)
    found = _EXPORT.fullmatch(words)
    if found:
        name = _format(found["format"])
        return (name, (found["folder"] or "").strip("\"“”'")) if name else None
    bare = _BARE.fullmatch(words)
    return ("", "") if bare and bare["rows"] and bare["rows"] != "it" else None


def read_tokens(text: str) -> str | None:
    """The model whose tokens shall be counted, "" for the chosen one; None for other words."""
    found = _TOKENS.fullmatch(_request(text))
    return (found["model"] or "").strip("\"“”'?") if found else None


def _request(text: str) -> str:
    return _LEAD.sub("", " ".join(text.split()), count=1).strip(" .!?")


def _format(words: str) -> str:
    """The export that the words name, "" where none does: a model or a report goes other ways."""
    wanted = _plain(words)
    for export in EXPORTS:
        if wanted in {_plain(name) for name in (export.name, export.title, *export.synonyms)}:
            return export.name
    return ""


def _plain(words: str) -> str:
    return "".join(char for char in words.casefold() if char.isalnum())
