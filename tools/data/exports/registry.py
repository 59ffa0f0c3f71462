"""The list of exports. To add one: a file with an ``Export`` like its siblings, and one line here."""

from __future__ import annotations

from luthier.tools.data.exports.axolotl import AXOLOTL
from luthier.tools.data.exports.base import Export
from luthier.tools.data.exports.llama_factory import LLAMA_FACTORY, LLAMA_FACTORY_ALPACA
from luthier.tools.data.exports.openai import OPENAI
from luthier.tools.data.exports.sharegpt import SHAREGPT
from luthier.tools.data.exports.trl import TRL, TRL_PROMPT_COMPLETION
from luthier.tools.errors import LuthierError
from luthier.tools.language import _

EXPORTS: tuple[Export, ...] = (
    OPENAI,
    TRL,
    TRL_PROMPT_COMPLETION,
    LLAMA_FACTORY,
    LLAMA_FACTORY_ALPACA,
    AXOLOTL,
    SHAREGPT,
)


def export_for(name: str) -> Export:
    """The export of that name, as people write it.

    Raises:
        LuthierError: there is none of that name.
    """
    wanted = _plain(name)
    for export in EXPORTS:
        if wanted in {_plain(known) for known in (export.name, export.title, *export.synonyms)}:
            return export
    raise LuthierError(
        _("“{format}” is not a format that data can be exported to.", format=name),
        remedy=_("Choose one of {formats}.", formats=", ".join(e.name for e in EXPORTS)),
        code="export.unknown_format",
    )


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
