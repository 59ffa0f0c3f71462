"""From chat messages to the exact tokens that a model is trained on and asked with.

One renderer serves training, evaluation and chat, so that what was trained is what is asked later.
A conversation is encoded in segments that begin and end where the model's own turns do; therefore
the tokens of a question are the same whether an answer follows in the data or is about to be
generated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from luthier.tools.data.model import Message
from luthier.tools.files import read_json
from luthier.tools.models.template import ChatTemplate, Segment
from luthier.tools.models.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Rendered:
    """One conversation as token ids with a flag per token: is it learned or only read?

    Attributes:
        ids: token ids, at most ``max_length`` of them.
        trained: same length; True where the loss is computed.
        length_before_cut: tokens before anything was cut.
        answer_cut: whether the cut removed a token that should have been trained.
        end_trained: whether the last answer's end token is there and trained.
        last_turn_only: the template rewrites earlier turns, so only the last answer is trained.
        control_tokens: control tokens that the row's own text spells out; read as plain text.
    """

    ids: list[int]
    trained: list[bool]
    length_before_cut: int
    answer_cut: bool
    end_trained: bool
    last_turn_only: bool = False
    control_tokens: int = 0


class Renderer:
    """Renders for the model in ``folder`` with its own template and tokenizer.

    Raises:
        LuthierError: ``model.no_template`` or ``model.no_tokenizer`` where the folder lacks them,
            ``model.damaged`` where they cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._vocabulary = Vocabulary(folder)
        self._template = ChatTemplate(folder, self._vocabulary)

    @property
    def end_ids(self) -> frozenset[int]:
        """Tokens that end an answer: generation stops on any of them."""
        return self._vocabulary.end_ids | (
            {self._turn_end} if self._turn_end is not None else set()
        )

    @property
    def pad_id(self) -> int:
        """The filler of short rows; never an end token, so that ends stay learnable."""
        return self._vocabulary.pad_id

    @property
    def vocabulary_size(self) -> int:
        """How many tokens the tokenizer knows, special ones included."""
        return self._vocabulary.size

    @property
    def writes_calls(self) -> bool:
        """Whether the chat template knows calls of functions; else they are written as text."""
        return self._template.writes_calls

    @cached_property
    def context_length(self) -> int:
        """The most tokens that the model can read in one conversation."""
        config = read_json(self.folder / "config.json", {})
        return int(config.get("max_position_embeddings") or config.get("n_positions") or 2**20)

    @cached_property
    def _turn_end(self) -> int | None:
        text = self._template.turn_end
        return self._vocabulary.special_id(text) if text else None

    def text(self, messages: Sequence[Message]) -> str:
        """The conversation as the template writes it, for people to read."""
        return self._template.text(messages)

    def prompt_text(self, messages: Sequence[Message]) -> str:
        """What the model is asked with: the conversation and the opening of an answer."""
        return self._template.text(messages, opening=True)

    def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """The tokens to generate from: the conversation and the opening of an answer."""
        return self.prompts_ids([messages])[0]

    def prompts_ids(self, conversations: Sequence[Sequence[Message]]) -> list[list[int]]:
        """:meth:`prompt_ids` of many conversations, encoded together."""
        segmented = [self._template.prompt_segments(messages) for messages in conversations]
        return [[token for ids in encoded for token in ids] for encoded in self._encode(segmented)]

    def render(self, messages: Sequence[Message], max_length: int | None = None) -> Rendered:
        """The tokens to train on, cut at ``max_length`` from the right.

        Every assistant turn is trained with its end token; whatever the template writes between
        turns is not, and what follows the last end token is dropped.
        """
        return self.render_many([messages], max_length)[0]

    def render_many(
        self, conversations: Sequence[Sequence[Message]], max_length: int | None = None
    ) -> list[Rendered]:
        """:meth:`render` of many conversations, encoded together for speed."""
        segmented = [self._template.segments(messages) for messages in conversations]
        return [
            self._assemble(segments, encoded, max_length)
            for segments, encoded in zip(segmented, self._encode(segmented), strict=True)
        ]

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of plain texts, outside of any conversation."""
        return self._vocabulary.encode_many(texts)

    def _encode(self, segmented: Sequence[Sequence[Segment]]) -> list[list[list[int]]]:
        texts = [segment.text for segments in segmented for segment in segments]
        encoded = iter(self._vocabulary.encode_many(texts))
        return [[next(encoded) for _ in segments] for segments in segmented]

    def _assemble(
        self, segments: Sequence[Segment], encoded: list[list[int]], max_length: int | None
    ) -> Rendered:
        ids: list[int] = []
        trained: list[bool] = []
        for segment, tokens in zip(segments, encoded, strict=True):
            ids += tokens
            trained += [segment.trained] * len(tokens)
        length = len(ids)
        kept = length if max_length is None else min(length, max_length)
        answer_cut = any(trained[kept:])
        ends = bool(ids) and trained[-1] and ids[-1] in self.end_ids
        return Rendered(
            ids=ids[:kept],
            trained=trained[:kept],
            length_before_cut=length,
            answer_cut=answer_cut,
            end_trained=ends and kept == length,
            last_turn_only=any(segment.last_turn_only for segment in segments),
            control_tokens=sum(self._vocabulary.marked(segment.text) for segment in segments),
        )

    def decode(self, ids: Sequence[int]) -> str:
        """The text of generated tokens without special tokens."""
        return self._vocabulary.decode(ids)

    def text_stream(self) -> Callable[[int], str]:
        """A function that says what each next token adds to the text, without special tokens."""
        return self._vocabulary.text_stream()

    def token_texts(self, ids: Sequence[int]) -> list[str]:
        """What each token adds to the text; "" where a character is not complete yet."""
        return self._vocabulary.token_texts(ids)
