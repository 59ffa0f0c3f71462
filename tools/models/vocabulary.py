"""The tokenizer of a model folder: text to ids and back, and which tokens end an answer or pad.

Text out of data must never turn into control tokens: a row that spells out ``<|im_end|>`` means
those letters. Such places are marked before the template is applied and encoded as plain text,
the same way as transformers' ``sanitize_control_tokens``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

from luthier.tools.errors import LuthierError
from luthier.tools.files import read_json
from luthier.tools.language import _

_START, _END = "\ue0f0", "\ue0f1"
_PAD_NAMES = ("<|pad|>", "<pad>", "[PAD]", "<|finetune_right_pad_id|>", "<|endoftext|>", "<unk>")


class Vocabulary:
    """The ``tokenizers`` tokenizer of a folder with the special tokens its configuration names."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = _load_tokenizer(folder)
        self._folder = folder
        self._settings = _read_settings(folder / "tokenizer_config.json")
        self._special = {
            token.content: number
            for number, token in self._tokenizer.get_added_tokens_decoder().items()
            if token.special
        }
        self._end_ids = _configured_end_ids(folder)

    @cached_property
    def _plain(self) -> Tokenizer:
        """The same tokenizer, blind to control tokens."""
        tokenizer = _load_tokenizer(self._folder)
        tokenizer.encode_special_tokens = True
        return tokenizer

    @property
    def size(self) -> int:
        """Tokens known, special ones included."""
        return int(self._tokenizer.get_vocab_size())

    @cached_property
    def special_tokens(self) -> dict[str, str]:
        """``bos_token``, ``eos_token`` and so on, as templates name them."""
        names = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token")
        found = {name: _token_text(self._settings.get(name)) for name in (*names, "mask_token")}
        return {name: text for name, text in found.items() if text}

    @property
    def settings(self) -> dict[str, Any]:
        """The content of ``tokenizer_config.json``."""
        return self._settings

    @cached_property
    def end_ids(self) -> frozenset[int]:
        """End tokens named by the tokenizer, the model and its generation settings."""
        named = self.special_tokens.get("eos_token")
        own = self._tokenizer.token_to_id(named) if named else None
        return frozenset(self._end_ids | ({own} if own is not None else set()))

    @cached_property
    def pad_id(self) -> int:
        """The configured padding token, unless it is an end token; then another special one."""
        for name in (self.special_tokens.get("pad_token", ""), *_PAD_NAMES, *self._special):
            number = self._tokenizer.token_to_id(name) if name else None
            if number is not None and number not in self.end_ids:
                return int(number)
        return next(number for number in range(self.size) if number not in self.end_ids)

    def special_id(self, text: str) -> int | None:
        """The id of a control token by its spelling."""
        return self._special.get(text)

    def specials_in(self, text: str) -> list[tuple[int, str]]:
        """Control tokens written by the template itself: (offset, spelling), in order."""
        return [
            (found.start(), found.group())
            for found in self._special_pattern.finditer(text)
            if text[found.start() - 1 : found.start()] != _START
        ]

    @cached_property
    def _special_pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._special, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)) or "(?!)")

    @cached_property
    def _marked_pattern(self) -> re.Pattern[str]:
        return re.compile(f"{_START}({self._special_pattern.pattern}){_END}|[{_START}{_END}]")

    def mark(self, content: str) -> str:
        """Wrap control tokens spelled out in ``content`` so that they are read as text."""
        cleaned = content.replace(_START, "").replace(_END, "")
        return self._special_pattern.sub(f"{_START}\\g<0>{_END}", cleaned)

    def marked(self, text: str) -> int:
        """How many control tokens in ``text`` are spelled out by data."""
        return text.count(_START)

    def unmark(self, text: str) -> str:
        """``text`` as people read it, without the marks."""
        return text.replace(_START, "").replace(_END, "") if _START in text else text

    def encode_many(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text; marked control tokens are encoded letter by letter."""
        marked = [_START in text or _END in text for text in texts]
        encoded = iter(
            self._encode_plainly(
                [text for text, is_marked in zip(texts, marked, strict=True) if not is_marked]
            )
        )
        return [
            self._encode_marked(text) if is_marked else next(encoded)
            for text, is_marked in zip(texts, marked, strict=True)
        ]

    def _encode_plainly(self, texts: Sequence[str]) -> list[list[int]]:
        if not self._adds_prefix:
            return [
                encoding.ids
                for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
            ]
        return [self._encode_piece(self._tokenizer, text) for text in texts]

    def _encode_marked(self, text: str) -> list[int]:
        ids: list[int] = []
        for number, piece in enumerate(self._marked_pattern.split(text)):
            if piece:
                ids += self._encode_piece(self._plain if number % 2 else self._tokenizer, piece)
        return ids

    def _encode_piece(self, tokenizer: Tokenizer, text: str) -> list[int]:
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        if not self._adds_prefix:
            return ids
        after: list[int] = tokenizer.encode("\n" + text, add_special_tokens=False).ids
        newline = self._newline_ids
        return after[len(newline) :] if after[: len(newline)] == newline else ids

    @cached_property
    def _newline_ids(self) -> list[int]:
        ids: list[int] = self._tokenizer.encode("\n", add_special_tokens=False).ids
        return ids

    @cached_property
    def _adds_prefix(self) -> bool:
        """Whether the tokenizer puts a blank before every text, as SentencePiece ones do."""
        alone = self._tokenizer.encode("x", add_special_tokens=False).ids
        after = self._tokenizer.encode("\nx", add_special_tokens=False).ids
        newline = self._newline_ids
        return bool(after[: len(newline)] == newline and after[len(newline) :] != alone)

    def decode(self, ids: Sequence[int]) -> str:
        """Text without special tokens."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def token_texts(self, ids: Sequence[int]) -> list[str]:
        """What each token adds to the text, special tokens included."""
        text_of = self.text_stream(special=True)
        return [text_of(number) for number in ids]

    def text_stream(self, *, special: bool = False) -> Callable[[int], str]:
        """A function that takes one token after the other and returns what each adds."""
        stream = DecodeStream(skip_special_tokens=not special)
        return lambda number: stream.step(self._tokenizer, number) or ""


def _load_tokenizer(folder: Path) -> Tokenizer:
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise LuthierError(
            _("This model has no tokenizer.json."),
            why=_("Luthier reads text with the model's own fast tokenizer."),
            remedy=_("Choose a model that ships tokenizer.json, such as the starter model."),
            place=str(folder),
            code="model.no_tokenizer",
        )
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing more precise
        raise _damaged(path, error) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _read_settings(path: Path) -> dict[str, Any]:
    try:
        settings = read_json(path, {})
    except ValueError as error:
        raise _damaged(path, error) from error
    return settings if isinstance(settings, dict) else {}


def _configured_end_ids(folder: Path) -> set[int]:
    found: set[int] = set()
    for name in ("generation_config.json", "config.json"):
        value = _read_settings(folder / name).get("eos_token_id")
        found |= set(value) if isinstance(value, list) else {value} if value is not None else set()
    return found


def _token_text(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("content")
    return value if isinstance(value, str) else ""


def _damaged(path: Path, error: Exception) -> LuthierError:
    return LuthierError(
        _("The model's {name} cannot be read.", name=path.name),
        why=str(error).split("\n", 1)[0],
        remedy=_("Fetch the model again, or choose another one."),
        place=str(path),
        code="model.damaged",
    )
