"""What the rows ask of a model, judged from the answers: label, JSON record, SQL, command, free text."""

from __future__ import annotations

import json
import re
from collections import Counter

from luthier.tools.data.encodings import mend_text
from luthier.tools.data.model import Task
from luthier.tools.language import _, plural
from luthier.tools.wording import rows

_MOST_LABELS = 300
_LONGEST_LABEL = 60
_MOST_WORDS = 8
_JSON_SAMPLE = 5000
_OF_A_KIND = 0.95
_WITH_OPTIONS = 0.3  # of commands; without any options it may as well be a short text
_SQL = re.compile(
    r"(?is)\s*(?:select\s.+\sfrom\s.+|with\s.+\sas\s*\(.+|insert\s+into\s.+|update\s.+\sset\s.+|"
    r"delete\s+from\s.+|(?:create|alter|drop)\s+(?:table|view|index)\s.+)"
)
_PROGRAM = re.compile(r"(?:sudo )?(?:\./)?[a-z0-9][\w.+-]*(?: |$)")
_OPTION = re.compile(r"(?:^| )-{1,2}[A-Za-z]|\{\{|[|<>&;$]|(?:^| )~?/\w|=")


class TaskJudge:
    """Sees every answer once and then names the task."""

    def __init__(self) -> None:
        self._rows = 0
        self._answers: Counter[str] = Counter()
        self._too_many = False
        self._records = 0
        self._fields: Counter[str] = Counter()
        self._queries = 0
        self._commands = 0
        self._options = 0

    def see(self, completion: str) -> None:
        """Take note of one answer."""
        self._rows += 1
        if not self._too_many:
            self._answers[completion[: _LONGEST_LABEL + 1]] += 1
            self._too_many = len(self._answers) > 5 * _MOST_LABELS
        if self._rows <= _JSON_SAMPLE:
            self._note_fields(completion)
            self._note_code(completion)

    def judge(self) -> Task:
        """The task, with the reason in plain words."""
        sampled = min(self._rows, _JSON_SAMPLE)
        if sampled and self._records >= 0.95 * sampled:
            fields = tuple(
                name for name, count in self._fields.most_common(50) if count >= 0.05 * sampled
            )
            listed = ", ".join(fields[:8])
            reason = (
                _("All answers are JSON objects with the fields {fields}.", fields=listed)
                if self._records == sampled
                else _(
                    "{records} of {sampled} answers are JSON objects with the fields {fields}.",
                    records=self._records,
                    sampled=sampled,
                    fields=listed,
                )
            )
            return Task(kind="structured", fields=fields, reason=reason)
        labels = self._labels()
        if labels:
            reason = plural(
                "{rows} with only one answer: this is sorting into labels.",
                "{rows} with only {n} different short answers: this is sorting into labels.",
                len(labels),
                rows=rows(self._rows),
            )
            return Task(kind="labels", labels=labels, reason=reason)
        if not self._rows:
            return Task(kind="text", reason=_("No row can be used, so no answer was seen."))
        if sampled and self._queries >= _OF_A_KIND * sampled:
            return Task(kind="sql", reason=_("The answers are queries in SQL."))
        if (
            sampled
            and self._commands >= _OF_A_KIND * sampled
            and self._options >= _WITH_OPTIONS * sampled
        ):
            return Task(kind="command", reason=_("The answers are shell commands."))
        return Task(
            kind="text", reason=_("The answers are free text: they differ from row to row.")
        )

    def _labels(self) -> tuple[str, ...]:
        if self._too_many or not self._rows:
            return ()
        distinct = len(self._answers)
        short = all(
            len(answer) <= _LONGEST_LABEL and len(answer.split()) <= _MOST_WORDS
            for answer in self._answers
        )
        few = distinct <= _MOST_LABELS and distinct * 3 <= max(self._rows, 3)
        return tuple(sorted(self._answers)) if short and few else ()

    def _note_code(self, completion: str) -> None:
        text = completion.strip()
        self._queries += _SQL.fullmatch(text) is not None
        command = (
            _PROGRAM.match(text) is not None
            and "\n" not in text
            and not text.endswith((".", "?", "!", ","))
        )
        self._commands += command
        self._options += command and _OPTION.search(text) is not None

    def _note_fields(self, completion: str) -> None:
        if completion[:1] != "{" or completion[-1:] != "}":
            return
        try:
            record = json.loads(completion)
        except (ValueError, RecursionError):
            return
        if isinstance(record, dict):
            self._records += 1
            self._fields.update(map(mend_text, record))
