"""Keep the translations in step with the source: collect, take in, compile, and say what is missing.

    python docs/translations.py update [ROOM ...]     collect the strings of a room, compile its catalogs
    python docs/translations.py missing ROOM [CODE]   print what has no translation, as a .po file
    python docs/translations.py take ROOM CODE FILE   take translations from a .po file, compile
    python docs/translations.py check                 say what is wrong; exit code 1 where anything is
    python docs/translations.py new CODE              make the empty catalogs of a new language

Needs Babel, which the ``test`` extra brings. See languages.md.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from inspect import cleandoc
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from click import Command, Context, Group, Option

from luthier.tools.language import ENGLISH, FOLDER, ROOMS

ROOT = Path(__file__).resolve().parents[1]
KEYWORDS = {"_": None, "mark": None, "plural": (1, 2)}
METHODS = [("**.j2", "jinja2")]
SAME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Instead of the time of the last change, which would make every merge a conflict."""


def codes() -> list[str]:
    """The languages that have catalogs."""
    return sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


def path_of(room: str, code: str, ending: str = "po") -> Path:
    """Where a catalog lies."""
    return FOLDER / code / "LC_MESSAGES" / f"{room}.{ending}"


def collect(room: str) -> Catalog:
    """Every string of a room that users read, with the files it is in."""
    catalog = Catalog(project="luthier", charset="utf-8")
    for path in sorted((ROOT / room).rglob("*.py")):
        for words in marked_words(path.read_text(encoding="utf-8")):
            catalog.add(words, locations=[(path.relative_to(ROOT).as_posix(), 1)])
    found = extract_from_dir(ROOT / room, METHODS, keywords=KEYWORDS)
    for name, _line, message, _comments, _context in found:
        catalog.add(message, locations=[(f"{room}/{name}", 1)])
    if room == "tui":
        for words in command_line_words():
            catalog.add(words, locations=[("tui/cli.py", 1)])
    return catalog


def marked_words(source: str) -> Iterator[str | tuple[str, ...]]:
    """The strings that Python code marks, those inside f-strings included, which Babel passes over."""
    for node in ast.walk(ast.parse(source)):
        name = (
            node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        )
        if isinstance(node, ast.Call) and name in KEYWORDS:
            wanted = len(KEYWORDS[name] or "_")
            given = [arg.value for arg in node.args[:wanted] if isinstance(arg, ast.Constant)]
            words = tuple(filter(None, (one for one in given if isinstance(one, str))))
            if len(words) == wanted:
                yield words if wanted > 1 else words[0]


def command_line_words() -> Iterator[str]:
    """What ``--help`` shows, which is read from the commands themselves."""
    from luthier.tui.cli import cli

    def words_of(command: Command) -> Iterator[str]:
        yield from map(cleandoc, filter(None, (command.help, command.short_help)))
        for parameter in command.params:
            if isinstance(parameter, Option) and parameter.help:
                yield parameter.help
        if isinstance(command, Group):
            context = Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                yield from words_of(inner) if inner else ()

    return words_of(cli)


def read(room: str, code: str) -> Catalog:
    """The catalog of a room in a language."""
    return read_po(BytesIO(path_of(room, code).read_bytes()), locale=code)


def write(room: str, code: str, catalog: Catalog) -> None:
    """Write a catalog in a stable order, and its compiled form beside it."""
    catalog.project, catalog.version = "luthier", "0"
    catalog.creation_date = catalog.revision_date = SAME_DAY
    written = BytesIO()
    write_po(written, catalog, width=100, sort_output=True, include_lineno=False)
    path_of(room, code).write_bytes(written.getvalue())
    path_of(room, code, "mo").write_bytes(compiled(catalog))


def compiled(catalog: Catalog) -> bytes:
    """The ``.mo`` file of a catalog."""
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def update(room: str, code: str) -> None:
    """Bring a catalog in step with the source; what other rooms have translated is taken over."""
    catalog = read(room, code)
    catalog.update(collect(room), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    others = [read(other, code) for other in ROOMS if other != room]
    for message in catalog:
        if message.id and not is_translated(message):
            known = (other.get(message.id) for other in others)
            message.string = next(
                (found.string for found in known if found and is_translated(found)), message.string
            )
    write(room, code, catalog)


def take(room: str, code: str, source: Path) -> None:
    """Take the translations in a ``.po`` file into the catalog; unknown strings are named."""
    catalog = read(room, code)
    for given in read_po(BytesIO(source.read_bytes()), locale=code):
        if not given.id or not is_translated(given):
            continue
        message = catalog.get(given.id)
        if message is None:
            print(f"not in {room}: {given.id!r}", file=sys.stderr)
        else:
            message.string = given.string
    write(room, code, catalog)


def missing(room: str, code: str) -> list[Message]:
    """The messages without a (whole) translation."""
    return [message for message in read(room, code) if message.id and not is_translated(message)]


def is_translated(message: Message) -> bool:
    """Whether every form of the message has words."""
    forms = [message.string] if isinstance(message.string, str) else list(message.string or [""])
    return all(forms) and not message.fuzzy


def problems(room: str, code: str) -> list[str]:
    """All that is wrong with a catalog, one line each."""
    catalog = read(room, code)
    known = {key(message) for message in catalog if message.id}
    wanted = {key(message) for message in collect(room) if message.id}
    found = [f"not collected: {words!r}" for words in sorted(wanted - known)]
    found += [f"no longer in the source: {words!r}" for words in sorted(known - wanted)]
    for message in catalog:
        if message.id:
            found += problems_of(message, catalog.num_plurals)
    if strings(path_of(room, code, "mo").read_bytes()) != strings(compiled(catalog)):
        found.append("the .mo file is out of date")
    return [f"{room}, {code}: {words}" for words in found]


def strings(binary: bytes) -> dict[object, object]:
    """What a ``.mo`` file holds, without its header."""
    return {key(message): message.string for message in read_mo(BytesIO(binary)) if message.id}


def key(message: Message) -> str:
    """What stands for the message in a list."""
    return message.id if isinstance(message.id, str) else message.id[0]


def problems_of(message: Message, forms_wanted: int) -> list[str]:
    """What is wrong with one translation: absent, a field lost or invented, a form missing."""
    if not is_translated(message):
        return [f"not translated: {key(message)!r}"]
    if isinstance(message.id, str):
        same = isinstance(message.string, str) and fields(message.id) == fields(message.string)
        return [] if same else [f"other fields: {message.id!r} -> {message.string!r}"]
    forms = list(message.string)
    if len(forms) != forms_wanted:
        return [f"{len(forms)} forms instead of {forms_wanted}: {message.id[0]!r}"]
    allowed = fields(message.id[1])
    # "no rows", "one row" and "two rows" may be said without a figure.
    return [
        f"other fields: {message.id[1]!r} -> {form!r}"
        for form in forms
        if fields(form) not in (allowed, allowed - {"n"})
    ]


def fields(text: str) -> set[str]:
    """The named fields of a message."""
    try:
        return {name for _text, name, _spec, _how in Formatter().parse(text) if name}
    except ValueError:
        return {f"broken braces in {text!r}"}


def make_new(code: str) -> None:
    """The empty catalogs of a new language, with the plural rule that Babel knows for it."""
    for room in ROOMS:
        path_of(room, code).parent.mkdir(parents=True, exist_ok=True)
        write(room, code, Catalog(locale=code, project="luthier", charset="utf-8"))
        update(room, code)


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    match arguments:
        case ["update", *rooms]:
            for room in rooms or ROOMS:
                for code in codes():
                    update(room, code)
                    print(f"{room}, {code}: {len(missing(room, code))} without a translation")
        case ["missing", room, *rest]:
            left = Catalog(locale=rest[0] if rest else "ar", charset="utf-8")
            for message in missing(room, rest[0] if rest else "ar"):
                left[message.id] = message
            write_po(sys.stdout.buffer, left, width=100, omit_header=True, include_lineno=False)
        case ["take", room, code, name]:
            take(room, code, Path(name))
        case ["check"]:
            found = [line for room in ROOMS for code in codes() for line in problems(room, code)]
            print("\n".join(found) or "Every string is translated.")
            return int(bool(found))
        case ["new", code] if code != ENGLISH.code:
            make_new(code)
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
