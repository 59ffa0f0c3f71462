"""Marks of chat templates and tokenizers written out in text, and texts freed of them.

A template adds its marks by itself. Where they already stand in the text, a model sees them twice:
once as the signal they are, once as letters or, worse, as a second signal in the wrong place.
"""

from __future__ import annotations

import re

from luthier.tools.data.model import Role
from luthier.tools.data.vocabulary import ROLES

# the name of a key in a manual ("press <s>") is no token: a sentence or another mark has to follow
_S = r"<s>(?=\s?(?:[A-Z\u00c0-\uffff\[]|<s>|<<|<\|))"
_BOS = rf"(?:{_S}|<bos>|<\|begin_of_text\|>|<\|startoftext\|>|<｜begin▁of▁sentence｜>|\[BOS\])"
LEADING_BOS = re.compile(rf"^\s*(?:{_BOS}\s*)+")
SPECIAL = re.compile(
    rf"<\|[a-z][a-z0-9_]{{1,30}}\|>|{_S}|</s>|<(?:bos|eos|pad|unk)>|<(?:start|end)_of_turn>"
    r"|\[/?INST\]|<</?SYS>>|\[(?:CLS|SEP|PAD|UNK|BOS|EOS)\]"
    r"|<｜(?:begin|end)▁of▁sentence｜>|<｜(?:User|Assistant)｜>"
)
_SPEAKER = r"(system|user|assistant|tool|model|human|gpt|ipython)"
_HEADERS = (
    re.compile(rf"<\|im_start\|>\s*{_SPEAKER}[ \t]*\n?"),  # ChatML
    re.compile(rf"<\|start_header_id\|>\s*{_SPEAKER}\s*<\|end_header_id\|>\s*"),  # Llama 3
    re.compile(rf"<start_of_turn>\s*{_SPEAKER}[ \t]*\n?"),  # Gemma
    re.compile(rf"<\|{_SPEAKER}\|>[ \t]*\n?"),  # Zephyr, Phi
    re.compile(r"^\#\#\# ?(Instruction|Input|Response|System):[ \t]*\n?", re.MULTILINE),  # Alpaca
    re.compile(r"(?:^|(?<=[\s>]))(USER|ASSISTANT|SYSTEM):[ \t]*"),  # Vicuna
    re.compile(r"^(Human|Assistant|System):[ \t]*", re.MULTILINE),  # Claude 2
)
_WORDED = _HEADERS[4:]  # plain words: two different ones are needed before they count as a template
_LLAMA_2 = re.compile(r"\[INST\]|\[/INST\]")
_NAMES: dict[str, Role] = {"instruction": "user", "input": "user", "response": "assistant"}


def may_hold_marks(text: str) -> bool:
    """Whether a closer look is worth it; most texts hold none of these characters."""
    return "<" in text or "[" in text or "###" in text or ":" in text


def baked_template(text: str) -> str:
    """The first mark of a chat template whose turns are written out in ``text``, or ""."""
    if "<" in text or "[" in text:
        if "[/INST]" in text or "[INST]" in text:
            return "[INST]"
        for header in _HEADERS[:4]:
            found = header.search(text)
            if found:
                return found.group().strip()
    return _worded_template(text)


def _worded_template(text: str) -> str:
    for header in _WORDED:
        if "###" in text if header is _WORDED[0] else ":" in text:
            names = {found.group(1).lower() for found in header.finditer(text)}
            speakers = {_role(name) for name in names}
            if {"user", "assistant"} <= speakers:
                first = header.search(text)
                return first.group().strip() if first else ""
    return ""


def leading_bos(text: str) -> str:
    """The begin-of-text token with which ``text`` begins, or ""."""
    found = LEADING_BOS.match(text)
    return found.group().strip() if found else ""


def special_token(text: str) -> str:
    """The first token of a tokenizer's own that is written out inside ``text``, or ""."""
    if "<" not in text and "[" not in text:
        return ""
    found = SPECIAL.search(text)
    return found.group() if found else ""


def without_special_tokens(text: str) -> str:
    """``text`` less such tokens, and less the blanks they leave at its ends."""
    return SPECIAL.sub("", text).strip() if special_token(text) else text


def turns_written_out(text: str) -> list[tuple[Role, str]] | None:
    """The turns of a template written out in ``text``, or None where it holds none.

    Text before the first mark belongs to nobody and is given as the user's.
    """
    if not baked_template(text):
        return None
    if "[INST]" in text or "[/INST]" in text:
        return _llama_2(text)
    for header in _HEADERS:
        found = list(header.finditer(text))
        if found:
            return _between(text, found)
    return None


def _between(text: str, headers: list[re.Match[str]]) -> list[tuple[Role, str]]:
    turns: list[tuple[Role, str]] = []
    before = _bare(text[: headers[0].start()])
    if before:
        turns.append(("user", before))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    for header, end in zip(headers, ends, strict=True):
        content = _bare(text[header.end() : end])
        if content:
            turns.append((_role(header.group(1).lower()), content))
    return turns


def _llama_2(text: str) -> list[tuple[Role, str]]:
    turns: list[tuple[Role, str]] = []
    speaker: Role = "user" if "[INST]" in text else "assistant"
    if "[/INST]" in text and "[INST]" not in text.split("[/INST]")[0]:
        speaker = "user"
    for piece in re.split(r"(\[INST\]|\[/INST\])", text):
        if piece == "[INST]":
            speaker = "user"
        elif piece == "[/INST]":
            speaker = "assistant"
        else:
            turns += _with_system(speaker, piece)
    return turns


def _with_system(speaker: Role, piece: str) -> list[tuple[Role, str]]:
    system = re.search(r"<<SYS>>(.*?)<</SYS>>", piece, re.DOTALL)
    rest = piece.replace(system.group(), "") if system else piece
    turns: list[tuple[Role, str]] = []
    if system and system.group(1).strip():
        turns.append(("system", system.group(1).strip()))
    content = _bare(rest)
    return [*turns, (speaker, content)] if content else turns


def _bare(text: str) -> str:
    """A turn's text without any mark; between the marks of a template, ``<s>`` is surely one."""
    return re.sub(r"</?s>", "", without_special_tokens(text)).strip()


def _role(name: str) -> Role:
    return _NAMES.get(name) or ROLES.get(name, "user")
