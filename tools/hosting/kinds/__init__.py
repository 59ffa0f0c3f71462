"""The registry of exports: a new kind is a file here and a line in ``KINDS``."""

from __future__ import annotations

from luthier.tools.errors import LuthierError
from luthier.tools.hosting.kinds.adapter import ADAPTER
from luthier.tools.hosting.kinds.base import Kind
from luthier.tools.hosting.kinds.folder import FOLDER
from luthier.tools.hosting.kinds.gguf import GGUF
from luthier.tools.hosting.kinds.merged import MERGED
from luthier.tools.language import _

KINDS: dict[str, Kind] = {kind.name: kind for kind in (ADAPTER, MERGED, GGUF, FOLDER)}


def find_kind(name: str) -> Kind:
    """The kind of that name.

    Raises:
        LuthierError: there is none (``export.unknown_kind``).
    """
    try:
        return KINDS[name]
    except KeyError:
        raise LuthierError(
            _("There is no export called “{name}”.", name=name),
            remedy=_("Choose one of: {names}.", names=", ".join(KINDS)),
            code="export.unknown_kind",
        ) from None


def find_precision(kind: Kind, name: str) -> str:
    """The number format as the kind spells it; "" where the kind leaves no choice.

    Raises:
        LuthierError: the kind does not know it (``export.unknown_precision``).
    """
    if not kind.precisions:
        return ""
    wanted = name.strip().upper().replace("-", "_")
    if wanted in kind.precisions:
        return wanted
    raise LuthierError(
        _("There is no number format called “{name}”.", name=name),
        remedy=_("Choose one of: {names}.", names=", ".join(kind.precisions)),
        code="export.unknown_precision",
    )
