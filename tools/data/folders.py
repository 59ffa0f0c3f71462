"""A folder as a source: a Slack export, a Hugging Face data set, files of rows, or documents.

Hidden files, links to folders and links that lead out of the folder are passed over; every other
file that is not read is named with the reason, and so are such links. A file whose name has no ending
is told by its content.
"""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from luthier.tools.data.dataset_card import DatasetCard, read_card
from luthier.tools.data.encodings import Encoding
from luthier.tools.data.paths import leads_out
from luthier.tools.data.readers.base import Format, Head, Recognition, Source
from luthier.tools.data.readers.members import Member, Members
from luthier.tools.data.readers.parts import choose_part
from luthier.tools.data.readers.registry import reader_for
from luthier.tools.data.readers.slack import SlackReader, is_slack_export
from luthier.tools.data.shards import missing_parts, saved_splits
from luthier.tools.errors import LuthierError
from luthier.tools.language import _, plural

OpenFile = Callable[[Path], Source]

_ROWS = (".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".pq", ".arrow",
         ".feather", ".xlsx", ".xls", ".ods", ".sqlite", ".db")  # fmt: skip
_DOCUMENTS = (".md", ".markdown", ".mdx", ".txt", ".text", ".rst", ".pdf", ".docx")
_DOCUMENT_FORMATS = ("text", "markdown", "pdf", "docx", "whatsapp")
_PACKED = (".gz", ".bz2", ".xz", ".zst")
_ABOUT = re.compile(
    r"(?i)(readme|licen[cs]e|copying|notice|sources|citation|changelog)(\.\w+)?|data_?license"
    r"|dataset_(info|infos|dict|card)\.(json|md)|state\.json|\.gitattributes|config\.json"
)
_LITTER = re.compile(r"(?i)\..*|~\$.*|thumbs\.db|desktop\.ini|__macosx|__pycache__|node_modules")
_SPLITS = (
    ("train", r"train(?:ing)?"),
    ("validation", r"validation|validate|valid|val|dev"),
    ("test", r"test(?:ing)?|eval"),
)
_MOST_FILES = 20_000
_MOST_NAMED = 500  # files that are passed over one by one; more are counted


def open_folder(folder: Path, open_file: OpenFile, wanted: Format | None, part: str) -> Source:
    """The folder as one source, under the ``part`` (split or file) that was asked for.

    Raises:
        LuthierError: nothing in it can be read, or there is no such part.
    """
    if wanted == "slack" or (wanted is None and is_slack_export(folder)):
        return _slack(folder)
    files = list(_files(folder))
    card = read_card(folder)
    listed = saved_splits(folder)
    saved = {name: paths for name, paths in listed.items() if paths}
    told = {} if saved else _told_by_content(files, open_file)
    rows = [] if saved else [p for p in files if _is_of(_ROWS, p, told) and not _is_about(p)]
    texts = [p for p in files if _is_of(_DOCUMENTS, p, told) and not _is_about(p)]
    if saved:
        groups, what = saved, _("a data set saved by the datasets library")
    elif rows and (len(rows) >= len(texts) or card.files):
        groups, what = _groups(folder, rows, card), _("files of rows")
    else:
        return _documents(folder, files, texts or rows, open_file, card)
    chosen = choose_part(part, tuple(groups), _default(groups), folder)
    names = [f"{chosen}: {len(groups[chosen])}"] if len(groups) > 1 else []
    count = plural("{n} file", "{n} files", len(groups[chosen]))
    reason = _("A folder with {what}; read: {count}", what=what, count=count)
    reason += f" ({chosen})." if names else "."
    if card.licence:
        reason += " " + _("Its README states the licence “{licence}”.", licence=card.licence)
    members = [_member(folder, path, open_file) for path in groups[chosen]]
    members += _missing(folder, groups[chosen], [name for name in listed if name not in groups])
    read = {path for paths in groups.values() for path in paths}
    others = [path for path in files if path not in read and not _is_about(path)]
    members += _passed_over(folder, others, among_rows=True)
    members += _links_out(folder)
    parts = tuple(groups) if len(groups) > 1 else ()
    recognition = Recognition(
        "folder", reason, Members(tuple(members)), parts, chosen if parts else "", card.licence
    )
    return _source(folder, members, recognition)


def _slack(folder: Path) -> Source:
    reader = SlackReader()
    recognition = reader.recognise(Head(folder, b"", "", whole=False), "slack")
    if recognition is None:
        raise LuthierError(
            _("This folder is no Slack export."),
            why=_("It lacks users.json or channels with one file for each day."),
            remedy=_("Give the folder that the export unpacks to, or its zip file."),
            place=str(folder),
            code="data.not_slack",
        )
    digest = hashlib.sha256()
    size = 0
    for path in _files(folder):
        content = path.read_bytes()
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + content)
        size += len(content)
    return Source(folder, size, digest.hexdigest(), _NO_ENCODING, recognition)


def _documents(
    folder: Path, files: list[Path], wanted: list[Path], open_file: OpenFile, card: DatasetCard
) -> Source:
    if not wanted:
        raise LuthierError(
            _("This folder holds nothing that can be read."),
            why=plural(
                "It has {n} file, of another kind.", "It has {n} files, of other kinds.", len(files)
            )
            if files
            else _("There is no file in it."),
            remedy=_(
                "Put documents (Markdown, text, PDF, Word) or files of rows (CSV, JSON, JSONL, "
                "Parquet, Excel, SQLite) into it, or give another folder."
            ),
            place=str(folder),
            code="data.is_folder",
        )
    members = [_member(folder, path, open_file) for path in wanted]
    chosen = set(wanted)
    others = [path for path in files if path not in chosen]
    members += _passed_over(folder, others, among_rows=False)
    members += _links_out(folder)
    kinds = Counter(_ending(path).lstrip(".") or _("no ending") for path in wanted)
    shown = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(6))
    reason = plural("A folder with {n} document", "A folder with {n} documents", len(wanted))
    reason += f" ({shown})."
    if others:
        reason += " " + plural("{n} other file is left out; see the findings.",
                               "{n} other files are left out; see the findings.",
                               len(others))  # fmt: skip
    recognition = Recognition(
        "folder", reason, Members(tuple(members), documents=True), licence=card.licence
    )
    return _source(folder, members, recognition)


def _missing(folder: Path, paths: Sequence[Path], splits: Sequence[str]) -> list[Member]:
    """Files that the names of the others promise, and splits that the data set lists; all not there."""
    why = _("its name is one of several numbered parts, and it is not there")
    names = [path.relative_to(folder).as_posix() for path in missing_parts(paths)]
    found = [Member(name, refused=why) for name in names]
    why = _("the data set lists it, and none of its files is there")
    return found + [Member(split, passed_over=why) for split in splits]


def _links_out(folder: Path) -> list[Member]:
    why = _("a link that leads out of the folder, to what you did not name")
    return [
        Member(path.relative_to(folder).as_posix(), passed_over=why)
        for path in list(_files(folder, leading_out=True))[:_MOST_NAMED]
    ]


def _told_by_content(files: Sequence[Path], open_file: OpenFile) -> dict[Path, Format]:
    """The formats of the files whose names have no ending, where they can be read."""
    told: dict[Path, Format] = {}
    for path in files:
        if not _ending(path) and not _is_about(path):
            with contextlib.suppress(LuthierError):  # it is named among those left out
                told[path] = open_file(path).recognition.format
    return told


def _is_of(endings: Sequence[str], path: Path, told: Mapping[Path, Format]) -> bool:
    if path in told:
        return (told[path] in _DOCUMENT_FORMATS) is (endings is _DOCUMENTS)
    return _ending(path) in endings


def _passed_over(folder: Path, paths: Sequence[Path], *, among_rows: bool) -> list[Member]:
    found = [
        Member(path.relative_to(folder).as_posix(), passed_over=_why_not(path, among_rows))
        for path in paths[:_MOST_NAMED]
    ]
    more = len(paths) - len(found)
    if more:
        name = plural("and {n} more file", "and {n} more files", more)
        found.append(Member(name, passed_over=_("left out as well")))
    return found


def _why_not(path: Path, among_rows: bool) -> str:
    if _is_about(path):
        return _("it is about the folder, not part of the documents")
    ending = _ending(path) or _("no ending")
    if among_rows and ending in _ROWS:
        return _(
            "a file of rows in another format than those that are read ({ending})", ending=ending
        )
    if among_rows and ending in _DOCUMENTS:
        return _("a document ({ending}) among files of rows", ending=ending)
    if among_rows:
        return _("not a file of rows that can be read ({ending})", ending=ending)
    if ending in _ROWS:
        return _("a file of rows ({ending}) among documents", ending=ending)
    return _("not a document that can be read ({ending})", ending=ending)


def _member(folder: Path, path: Path, open_file: OpenFile) -> Member:
    name = path.relative_to(folder).as_posix()
    try:
        source = open_file(path)
    except LuthierError as error:
        why = error.what.rstrip(".") + (f" ({error.why.rstrip('.')})" if error.why else "")
        return Member(name, refused=why)
    return Member(name, source, reader_for(source.recognition.format))


def _source(folder: Path, members: Sequence[Member], recognition: Recognition) -> Source:
    digest = hashlib.sha256()
    size = 0
    for member in members:
        found = member.source.sha256 if member.source else member.refused or member.passed_over
        digest.update(f"{member.name}\0{found}\n".encode("utf-8", "surrogatepass"))
        size += member.source.bytes if member.source else 0
    return Source(folder, size, digest.hexdigest(), _NO_ENCODING, recognition)


_NO_ENCODING = Encoding("utf-8", "", "")


def _files(folder: Path, *, leading_out: bool = False) -> Iterator[Path]:
    """Every file below, in order of its path, without hidden ones and litter of systems.

    Links that lead out of the folder are none of its files; ``leading_out`` gives just them.
    """
    count = 0
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _LITTER.fullmatch(name))
        for name in sorted(names):
            path = Path(here) / name
            if _LITTER.fullmatch(name) or not path.is_file():
                continue
            if leads_out(folder, path) is leading_out:
                count += 1
                if count > _MOST_FILES:
                    raise _too_many(folder)
                yield path


def _too_many(folder: Path) -> LuthierError:
    return LuthierError(
        _("This folder holds more than {count} files.", count=f"{_MOST_FILES:,}"),
        why=_("So many are not read one by one, and none shall be passed over in silence."),
        remedy=_("Give a folder further down, or put the rows into one file and give that."),
        place=str(folder),
        code="data.too_large",
    )


def _ending(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    return suffixes[0] if len(suffixes) == 2 and suffixes[1] in _PACKED else "".join(suffixes[-1:])


def _is_about(path: Path) -> bool:
    return _ABOUT.fullmatch(path.name) is not None


def _groups(folder: Path, rows: list[Path], card: DatasetCard) -> dict[str, list[Path]]:
    """Files that belong together: as the card says, by split, as shards, else each for itself."""
    groups: dict[str, list[Path]] = {}
    for split, patterns in card.files:
        matched = [path for path in rows if _matches(path.relative_to(folder), patterns)]
        if matched:
            groups[split] = matched
    if groups:
        return groups
    for path in rows:
        groups.setdefault(_group_of(path.relative_to(folder)), []).append(path)
    return {
        name if len(paths) > 1 or _split_of(Path(name)) else _name_in(folder, paths[0]): _one_kind(
            paths
        )
        for name, paths in groups.items()
    }


def _name_in(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _matches(path: Path, patterns: Sequence[str]) -> bool:
    name = path.as_posix()
    return any(
        fnmatch.fnmatchcase(name, p.removeprefix("./").replace("**/", "*")) for p in patterns
    )


def _group_of(path: Path) -> str:
    """The files that a file belongs to: a split, or shards numbered 00001-of-00004, of one folder."""
    split = _split_of(path)
    above = [part for part in path.parts[:-1] if part != "data" and not _split_of(Path(part))]
    name = split or re.sub(r"[-_]?\d{2,}([-_]of[-_]\d+)?", "", path.name) or path.name
    return "/".join([*above, name])


def _split_of(path: Path) -> str:
    words = path.as_posix().lower()
    for name, pattern in _SPLITS:
        if re.search(rf"(?:^|[/_\-. ])(?:{pattern})(?:[/_\-. \d]|$)", words):
            return name
    return ""


def _one_kind(paths: list[Path]) -> list[Path]:
    """Files of the most frequent ending: the same rows often lie there in two formats."""
    usual = Counter(_ending(path) for path in paths).most_common(1)[0][0]
    return [path for path in paths if _ending(path) == usual]


def _default(groups: dict[str, list[Path]]) -> str:
    for name in groups:
        if name.rsplit("/", 1)[-1] in ("train", "conversations.json"):
            return name
    return max(groups, key=lambda name: sum(map(_bytes, groups[name])))


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
