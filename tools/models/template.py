"""A model's chat template, run in a sandbox, and the segments of a conversation it writes.

Templates come with models and are other people's code, so they run in jinja2's immutable sandbox
with the same extensions and globals as in transformers. One differs on purpose: ``strftime_now``
always says 26 July 2024 (the date Llama 3's own template falls back to), because the same data
must give the same tokens on any day.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from luthier.tools.data.model import Message, ToolCall, spoken
from luthier.tools.errors import LuthierError
from luthier.tools.language import _
from luthier.tools.models.vocabulary import Vocabulary

_TEMPLATE_DATE = date(2024, 7, 26)
_PROBE = "qxzv"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the rendered conversation that is wholly trained or wholly read."""

    text: str
    trained: bool
    last_turn_only: bool = False


class _GenerationTag(Extension):
    """Accept ``{% generation %}`` blocks; the segments are found without them."""

    tags = {"generation"}  # noqa: RUF012  jinja2 declares it as a plain set

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Replace the block by its content."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class ChatTemplate:
    """The template of the model in ``folder``.

    Raises:
        LuthierError: ``model.no_template`` where the model is not made for chat, and
            ``model.bad_template`` where its template cannot be run.
    """

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        self._folder = folder
        self._vocabulary = vocabulary
        source = _find_source(folder, vocabulary.settings)
        try:
            self._template = _environment().from_string(source)
        except TemplateError as error:
            raise self._failure(error) from error

    def text(self, messages: Sequence[Message], *, opening: bool = False) -> str:
        """The conversation, with the opening of a next answer where that is wanted."""
        return self._vocabulary.unmark(self._run(messages, opening=opening))

    def prompt_segments(self, messages: Sequence[Message]) -> list[Segment]:
        """The conversation cut at its assistant turns, with the opening of the next answer."""
        *earlier, opening = self._cut(messages, self._run(messages, opening=True))
        return [*earlier, Segment(opening.text, trained=False)]

    def segments(self, messages: Sequence[Message]) -> list[Segment]:
        """The conversation cut into read and trained pieces; ends with the last end token."""
        whole = self._run(messages, opening=False)
        pieces = self._cut(messages, whole)
        if any(piece.trained for piece in pieces):
            while not pieces[-1].trained:
                pieces.pop()
            return pieces
        return self._last_turn(messages)

    def _cut(self, messages: Sequence[Message], whole: str) -> list[Segment]:
        """Cut ``whole`` at every assistant turn, or leave it whole where that is not possible."""
        pieces: list[Segment] = []
        position = 0
        for index, message in enumerate(messages):
            if message.role != "assistant" or index == 0:
                continue
            before = self._run(messages[:index], opening=True)
            after = self._run(messages[: index + 1], opening=False)
            if not (whole.startswith(after) and after.startswith(before)):
                return [Segment(whole, trained=False)]
            end = self._end_of_turn(after, len(before))
            pieces += [
                Segment(whole[position : len(before)], trained=False),
                Segment(whole[len(before) : end], trained=bool(message.weight)),
            ]
            position = end
        return [*pieces, Segment(whole[position:], trained=False)]

    def _end_of_turn(self, text: str, start: int) -> int:
        """Where the last control token that the template wrote after ``start`` ends."""
        written = self._vocabulary.specials_in(text[start:])
        return start + written[-1][0] + len(written[-1][1]) if written else len(text)

    def _last_turn(self, messages: Sequence[Message]) -> list[Segment]:
        """Train the last answer only, as it would be generated after the rendered question."""
        question = self._run(messages[:-1], opening=True)
        answer = self._vocabulary.mark(spoken(messages[-1])) + self.turn_end
        return [
            Segment(question, trained=False, last_turn_only=True),
            Segment(answer, trained=True, last_turn_only=True),
        ]

    @cached_property
    def turn_end(self) -> str:
        """The control token the template writes after an answer; "" where it writes none."""
        probe = (
            Message(role="user", content="x"),
            Message(role="assistant", content=_PROBE),
        )
        text = self._run(probe, opening=False)
        written = self._vocabulary.specials_in(text[text.rindex(_PROBE) :])
        return written[0][1] if written else ""

    @cached_property
    def writes_calls(self) -> bool:
        """Whether the template writes calls of functions and the functions that are offered."""
        function = {"name": _PROBE, "description": "", "parameters": {"type": "object"}}
        ask = Message(role="user", content="x", tools=({"type": "function", "function": function},))
        call = Message(role="assistant", content="", tool_calls=(ToolCall(name=_PROBE),))
        try:
            text = self._render([ask, call], opening=False)
            offer = self._render([ask], opening=False)
        except LuthierError:
            return False
        return _PROBE in offer and text.count(_PROBE) > offer.count(_PROBE)

    def _run(self, messages: Sequence[Message], *, opening: bool) -> str:
        uses_tools = any(message.tool_calls or message.tools for message in messages)
        if uses_tools and not self.writes_calls:
            messages = calls_as_text(messages)
        return self._render(messages, opening=opening)

    def _render(self, messages: Sequence[Message], *, opening: bool) -> str:
        tools = next((message.tools for message in messages if message.tools), ())
        try:
            return self._template.render(
                messages=[self._as_template_wants(message) for message in messages],
                tools=list(tools) or None,
                documents=None,
                add_generation_prompt=opening,
                **self._vocabulary.special_tokens,
            )
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise self._failure(error) from error

    def _as_template_wants(self, message: Message) -> dict[str, Any]:
        mark = self._vocabulary.mark
        turn: dict[str, Any] = {"role": message.role, "content": mark(message.content)}
        if message.name:
            turn["name"] = mark(message.name)
        if message.tool_calls:
            turn["tool_calls"] = [
                {"type": "function", "function": call.model_dump()} for call in message.tool_calls
            ]
        return turn

    def _failure(self, error: Exception) -> LuthierError:
        return LuthierError(
            _("The model's chat template refuses these messages."),
            why=str(error),
            remedy=_(
                "Check the order of the turns (some models take no system message and want user and "
                "assistant to alternate), or choose another model."
            ),
            place=str(self._folder),
            code="model.bad_template",
        )


def calls_as_text(messages: Sequence[Message]) -> list[Message]:
    """The same conversation for a template that knows no functions, in the words of Hermes.

    Calls become text in ``<tool_call>`` tags, results are said by the user in ``<tool_response>``,
    and the functions are listed in the system turn.
    """
    tools = next((message.tools for message in messages if message.tools), ())
    plain: list[Message] = []
    for message in messages:
        if message.role == "tool":
            text = f"<tool_response>\n{message.content}\n</tool_response>"
            if plain and plain[-1].role == "user":  # several results in a row are one turn
                text = f"{plain.pop().content}\n{text}"
            plain.append(Message(role="user", content=text))
        else:
            plain.append(Message(role=message.role, content=spoken(message), weight=message.weight))
    if not tools:
        return plain
    listed = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools)
    words = f"{_OFFER}\n<tools>\n{listed}\n</tools>"
    if plain[0].role == "system":
        return [Message(role="system", content=f"{plain[0].content}\n\n{words}"), *plain[1:]]
    return [Message(role="system", content=words), *plain]


_OFFER = (
    "You may call functions. To call one, answer with a JSON object with its name and arguments "
    "within <tool_call></tool_call> tags. The functions are:"
)


def _find_source(folder: Path, settings: dict[str, Any]) -> str:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    source = settings.get("chat_template")
    if isinstance(source, list):
        named = {entry["name"]: entry["template"] for entry in source}
        source = named.get("default")
    if not isinstance(source, str) or not source:
        raise LuthierError(
            _("This model has no chat template."),
            why=_("It continues text but was not made to answer in a chat."),
            remedy=_('Choose an "Instruct" or "chat" version of it, or the starter model.'),
            place=str(folder),
            code="model.no_template",
        )
    return source


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_GenerationTag, loopcontrols]
    )
    environment.filters["tojson"] = _to_json
    environment.globals |= {
        "raise_exception": _raise,
        "strftime_now": _TEMPLATE_DATE.strftime,
    }
    return environment


def _raise(message: str) -> None:
    raise TemplateError(message)


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )
