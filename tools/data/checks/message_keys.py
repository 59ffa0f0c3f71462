"""Turns of an odd shape: keys that nobody reads, numbers where a text is expected."""

from __future__ import annotations

from collections.abc import Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Lineage, Problem, Row, Task
from luthier.tools.data.readers.base import Record
from luthier.tools.language import _

_KNOWN = frozenset({
    "role", "content", "name", "function_call", "weight", "tool_calls", "tool_call_id", "from", "value",
    "text", "loss", "loss_weight", "train", "id", "type", "refusal", "reasoning_content", "thinking",
})  # fmt: skip


class MessageKeys:
    """Counts conversations with a turn that bears an unknown key."""

    def __init__(self) -> None:
        self._places = Places()
        self._names: dict[str, None] = {}
        self._numbers = Places()

    def see(self, record: Record, row: Row | None) -> None:
        """Look at the turns of every list of turns in the record."""
        for value in record.values.values():
            if not isinstance(value, list) or not value or not isinstance(value[0], dict):
                continue
            if all(map(_is_plain, value)):
                continue
            if "role" not in value[0] and "from" not in value[0]:
                continue
            here = Lineage(file=record.file, line=record.line, row=record.row)
            source = row.source if row else here
            number = next((c for c in map(_content, value) if isinstance(c, int | float)), None)
            if number is not None:
                self._numbers.add(source, str(number))
            unknown = [str(k) for t in value if isinstance(t, dict) for k in t if k not in _KNOWN]
            if unknown:
                self._places.add(source, ", ".join(dict.fromkeys(unknown)))
                if len(self._names) < 10:
                    self._names.update(dict.fromkeys(unknown[:5]))
                return

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """Notes with the names and the numbers."""
        if self._numbers.count:
            yield self._numbers.problem(
                "data_type",
                "note",
                _("A number or a yes/no value stands where a turn's text is expected."),
                _("It is read as text; put it into quotes for programs that are stricter."),
            )
        if self._places.count:
            yield self._places.problem(
                "message_unrecognized_key",
                "note",
                _("Turns bear keys that are not read: {names}.", names=", ".join(self._names)),
                _("Nothing, if they are notes; rename them if they hold the role or the content."),
            )


def _is_plain(turn: object) -> bool:
    """A role and a text and nothing else, as nearly all turns are."""
    if type(turn) is not dict or len(turn) != 2 or "role" not in turn:
        return False
    return type(turn.get("content")) is str


def _content(turn: object) -> object:
    return turn.get("content", turn.get("value")) if isinstance(turn, dict) else None
