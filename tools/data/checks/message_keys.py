"""Keys of turns that nobody reads: a typo in one of them silently drops what it holds."""

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

    def see(self, record: Record, row: Row | None) -> None:
        """Look at the turns of every list of turns in the record."""
        for value in record.values.values():
            if not isinstance(value, list) or not value or not isinstance(value[0], dict):
                continue
            if "role" not in value[0] and "from" not in value[0]:
                continue
            unknown = [str(k) for t in value if isinstance(t, dict) for k in t if k not in _KNOWN]
            if unknown:
                source = row.source if row else Lineage(file="", line=record.line)
                self._places.add(source, ", ".join(dict.fromkeys(unknown)))
                if len(self._names) < 10:
                    self._names.update(dict.fromkeys(unknown[:5]))
                return

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """A note with the names."""
        if self._places.count:
            yield self._places.problem(
                "message_unrecognized_key",
                "note",
                _("Turns bear keys that are not read: {names}.", names=", ".join(self._names)),
                _("Nothing, if they are notes; rename them if they hold the role or the content."),
            )
