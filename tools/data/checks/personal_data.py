"""Personal data and keys in the rows: a model can repeat them to anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from luthier.tools.data.checks.base import Places
from luthier.tools.data.model import Problem, Row, Task
from luthier.tools.data.private import Private, find_personal, find_secrets, masked
from luthier.tools.language import _, mark

_KINDS = {
    "email": mark("e-mail addresses"),
    "phone": mark("phone numbers"),
    "iban": mark("bank accounts (IBAN)"),
    "card": mark("card numbers"),
}


class _Finder:
    """Counts rows in which something private stands; shows it only masked."""

    def __init__(self, find: Callable[[str], list[Private]]) -> None:
        self._find = find
        self.places = Places()
        self.kinds: Counter[str] = Counter()

    def see(self, row: Row) -> None:
        """Look at every turn."""
        found = [one for message in row.messages for one in self._find(message.content)]
        if found:
            self.places.add(row.source, masked(found[0]))
            self.kinds.update({one.kind for one in found})


class PersonalData(_Finder):
    """E-mail addresses, phone numbers, bank accounts and card numbers."""

    def __init__(self) -> None:
        super().__init__(find_personal)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """One warning that names the kinds."""
        if self.places.count:
            kinds = ", ".join(_(_KINDS[kind]) for kind, _count in self.kinds.most_common())
            yield self.places.problem(
                "personal_data",
                "warns",
                _("Personal data stands in the rows: {kinds}.", kinds=kinds),
                _("Replace it by pseudonyms, unless these people agreed or nobody is meant."),
            )


class Secrets(_Finder):
    """Keys, tokens and private keys of services."""

    def __init__(self) -> None:
        super().__init__(find_secrets)

    def findings(self, rows: int, task: Task) -> Iterator[Problem]:
        """One warning; the keys themselves are never shown."""
        if self.places.count:
            yield self.places.problem(
                "secrets",
                "warns",
                _("Keys or tokens of services stand in the rows."),
                _("Take them out, and have each of them revoked: it has left its safe place."),
            )
