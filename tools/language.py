"""The language Luthier speaks: English in the source, other languages from gettext catalogs.

Every sentence a user reads goes through :func:`_`, :func:`plural` or, where it is written before the
language is known, :func:`mark`. The catalogs (one per room, ``locale/<code>/LC_MESSAGES/*.mo``) are
opened on the first sentence that needs them; English opens nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gettext import NullTranslations

VARIABLE = "LUTHIER_LANGUAGE"
SETTING = "language"
ROOMS = ("agent", "tools", "tui")
FOLDER = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the interface: its code, its own name, and whether it runs right to left."""

    code: str
    name: str
    right_to_left: bool = False


ENGLISH = Language("en", "English")
_LANGUAGES = (ENGLISH, Language("ar", "العربية", right_to_left=True))

_current: Language | None = None


def languages() -> tuple[Language, ...]:
    """All languages that can be chosen, English first."""
    return _LANGUAGES


def find_language(text: str) -> Language | None:
    """The language that ``text`` means: ``ar``, ``ar_EG.UTF-8``, ``Arabic`` by its own name."""
    wanted = text.strip().casefold()
    code = wanted.replace("-", "_").partition(".")[0].partition("_")[0]
    for language in _LANGUAGES:
        if code == language.code or wanted == language.name.casefold():
            return language
    return None


def choose_language(saved: str = "", environment: Mapping[str, str] | None = None) -> Language:
    """``LUTHIER_LANGUAGE``, else the saved setting, else the locale, else English.

    A value that names no known language is passed over, as gettext does.
    """
    given = os.environ if environment is None else environment
    locale = next(
        (given[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if given.get(name)), ""
    )
    listed = given.get("LANGUAGE", "").split(":")
    for value in (given.get(VARIABLE, ""), saved, *listed, locale):
        language = find_language(value)
        if language is not None:
            return language
    return ENGLISH


def use_language(code: str) -> Language:
    """Speak this language from now on, in this process and in those it starts.

    Raises:
        LuthierError: there is no such language.
    """
    global _current
    language = find_language(code)
    if language is None:
        from luthier.tools.errors import LuthierError

        known = ", ".join(f"{known.code} ({known.name})" for known in _LANGUAGES)
        raise LuthierError(
            _("I do not speak a language called {code}.", code=repr(code)),
            remedy=_("Known languages: {known}.", known=known),
            code="language.unknown",
        )
    _current = language
    os.environ[VARIABLE] = language.code
    return language


def saved_language(home: Path) -> str:
    """What :func:`save_language` kept in this home folder, or nothing."""
    try:
        return (home / SETTING).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""  # no setting, or none that can be read: the locale decides


def save_language(home: Path, language: Language) -> None:
    """Keep the choice for later runs."""
    from luthier.tools.files import write_atomic

    write_atomic(home / SETTING, f"{language.code}\n")


def current_language() -> Language:
    """The language in use; before anything was chosen, what the environment says."""
    global _current
    if _current is None:
        _current = choose_language()
    return _current


def _(message: str, /, **values: object) -> str:
    """``message`` in the language in use, its named fields filled in: ``_("{rows} rows", rows=3)``."""
    catalog = _catalog(current_language().code)
    text = catalog.gettext(message) if catalog and message else message
    return text.format(**values) if values else text


def plural(one: str, many: str, n: int, /, **values: object) -> str:
    """The form that the language uses for ``n`` things; ``{n}`` and other named fields are filled."""
    catalog = _catalog(current_language().code)
    text = catalog.ngettext(one, many, n) if catalog else (one if n == 1 else many)
    return text.format(n=n, **values)


def mark(message: str) -> str:
    """``message`` as it is: marks a constant for the catalogs; translate it at use with ``_()``."""
    return message


@lru_cache
def _catalog(code: str) -> NullTranslations | None:
    """All rooms' catalogs as one chain, or None for English."""
    if code == ENGLISH.code:
        return None
    from gettext import NullTranslations, translation

    chain = NullTranslations()
    for room in ROOMS:
        chain.add_fallback(translation(room, FOLDER, [code], fallback=True))
    return chain
