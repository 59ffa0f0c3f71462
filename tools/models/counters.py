"""Ways to count a conversation's tokens: exactly by a model's own template, or as near as can be had.

Offline there are no tables of OpenAI's tokenizers, unless tiktoken is installed and has fetched them
before; then they are used by the OpenAI cookbook's rule, and otherwise characters are counted.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from luthier.tools.data.model import Row, spoken
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.models import hub
from luthier.tools.models.rendering import Renderer
from luthier.tools.models.starter import STARTER_ID, starter_folder
from luthier.tools.models.vocabulary import Vocabulary
from luthier.tools.progress import Progress, silent
from luthier.tools.workspace import Workspace

_OPENAI_NAMES = (
    "gpt-",
    "o1",
    "o3",
    "o4",
    "chatgpt",
    "ft:gpt-",
    "text-embedding-",
    "davinci",
    "babbage",
)
_OPENAI_TABLE = "https://openaipublic.blob.core.windows.net/encodings/{name}.tiktoken"
_PER_TURN, _PER_ROW = 3, 3  # the cookbook's rule: "How to count tokens with tiktoken"
_TEMPLATE_GUESS = 5  # tokens around a turn in most chat templates: two marks, the role, line ends


@dataclass(frozen=True, slots=True)
class Count:
    """Tokens of one row, and of these the ones that are learned (all answers, with their ends)."""

    whole: int
    learned: int


class Counter(Protocol):
    """Counts rows for one model."""

    name: str
    exact: bool
    how: str

    def count(self, rows: Sequence[Row]) -> list[Count]:
        """Tokens of each row."""


def counter_for(
    workspace: Workspace, model: str, *, download: bool = False, progress: Progress = silent
) -> Counter:
    """The best counter there is for ``model``: the starter, a folder, a Hub id, an OpenAI name.

    Raises:
        LuthierError: ``model.not_downloaded`` where only a download would help and ``download`` is
            False, ``model.no_tokenizer``, and what ``hub`` raises.
    """
    wanted = model.strip()
    if wanted in ("", STARTER_ID):
        return _of_folder(starter_folder(workspace), STARTER_ID)
    local = Path(wanted).expanduser()
    if local.is_dir():
        return _of_folder(local.resolve(), local.resolve().name)
    if wanted.lower().startswith(_OPENAI_NAMES):
        return _of_openai(wanted)
    if hub.is_hub_id(wanted):
        folder = hub.find_or_fetch_tokenizer(wanted, download=download, progress=progress)
        return _of_folder(folder, wanted)
    raise LuthierError(
        _("There is no tokenizer for “{model}”.", model=wanted),
        why=_("It is neither a folder with a tokenizer.json nor a Hub id nor a model of OpenAI."),
        remedy=_("Give the path of a folder, a Hub id such as owner/name, or “starter”."),
        code="model.no_tokenizer",
    )


def _of_folder(folder: Path, name: str) -> Counter:
    try:
        return _ByTemplate(Renderer(folder), name)
    except LuthierError as error:
        if error.code not in ("model.no_template", "model.bad_template"):
            raise
    return _ByTokenizer(Vocabulary(folder), name)


class _ByTemplate:
    """The model's own tokenizer and chat template, as in training."""

    exact = True

    def __init__(self, renderer: Renderer, name: str) -> None:
        self._renderer = renderer
        self.name = name
        self.how = _("counted by the model's own tokenizer and chat template, as in training")

    def count(self, rows: Sequence[Row]) -> list[Count]:
        rendered = self._renderer.render_many([row.messages for row in rows])
        return [Count(one.length_before_cut, sum(one.trained)) for one in rendered]


class _ByTokenizer:
    """The tokenizer alone, with a guess for what a chat template would add."""

    exact = False

    def __init__(self, vocabulary: Vocabulary, name: str) -> None:
        self._vocabulary = vocabulary
        self.name = name
        self.how = _(
            "an estimate: the texts are counted exactly, and {tokens} tokens are added for each turn, "
            "because the model has no chat template",
            tokens=_TEMPLATE_GUESS,
        )

    def count(self, rows: Sequence[Row]) -> list[Count]:
        texts = [spoken(message) for row in rows for message in row.messages]
        lengths = iter([len(ids) for ids in self._vocabulary.encode_many(texts)])
        return [_sum(row, [next(lengths) + _TEMPLATE_GUESS for _m in row.messages]) for row in rows]


class _ByCharacters:
    """For models whose tokenizer is not to be had: a token for four letters of Latin script."""

    exact = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.how = _(
            "an estimate, which may be a fifth off: OpenAI's tokenizer is not on this computer, so a "
            "token is taken for every four characters of Latin script and every two of any other"
        )

    def count(self, rows: Sequence[Row]) -> list[Count]:
        return [
            _sum(row, [_guess(spoken(message)) + _PER_TURN for message in row.messages], _PER_ROW)
            for row in rows
        ]


class _ByTiktoken:
    """OpenAI's own tokenizer by the cookbook's rule."""

    exact = True

    def __init__(self, encoding: Any, name: str) -> None:
        self._encoding = encoding
        self.name = name
        self.how = _("counted by tiktoken by the rule of the OpenAI cookbook")

    def count(self, rows: Sequence[Row]) -> list[Count]:
        texts = [spoken(message) for row in rows for message in row.messages]
        lengths = iter([len(ids) for ids in self._encoding.encode_ordinary_batch(texts)])
        return [
            _sum(row, [next(lengths) + _PER_TURN + 1 for _m in row.messages], _PER_ROW)
            for row in rows
        ]


def _sum(row: Row, lengths: Sequence[int], more: int = 0) -> Count:
    learned = sum(
        length
        for length, message in zip(lengths, row.messages, strict=True)
        if message.role == "assistant"
    )
    return Count(sum(lengths) + more, learned)


def _guess(text: str) -> int:
    narrow = sum(char < "\u0250" for char in text)
    return round(narrow / 4 + (len(text) - narrow) / 2)


def _of_openai(name: str) -> Counter:
    try:
        import tiktoken
    except ImportError:
        return _ByCharacters(name)
    try:
        table = tiktoken.encoding_name_for_model(name)
    except KeyError:
        table = "o200k_base"
    return (
        _ByTiktoken(tiktoken.get_encoding(table), name) if _is_here(table) else _ByCharacters(name)
    )


def _is_here(table: str) -> bool:
    """Whether tiktoken has the table in its cache, so that it does not go to the network for it."""
    folder = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    place = Path(folder) if folder else Path(tempfile.gettempdir()) / "data-gym-cache"
    key = hashlib.sha1(_OPENAI_TABLE.format(name=table).encode(), usedforsecurity=False).hexdigest()
    return (place / key).is_file()
