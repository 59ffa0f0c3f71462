"""Which columns are the question and the answer: a proposal with its reason, and the user's word.

Rules in order, each tried on the columns' names and on a sample of rows: known layouts; known
names for both sides; a known name for one side; two columns, of which the one with few different
values is the answer; else the longest texts, without confidence.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from luthier.tools.data.cells import WrongType, as_text, lookup
from luthier.tools.data.layouts.plain_text import continuation
from luthier.tools.data.layouts.registry import LAYOUTS, find_layout, layout_names
from luthier.tools.data.model import Mapping
from luthier.tools.data.propose_messages import with_unused
from luthier.tools.data.readers.base import Record
from luthier.tools.data.templates import check_template
from luthier.tools.data.vocabulary import (
    COMPLETION_NAMES,
    CONTEXT_NAMES,
    NOT_CONTENT,
    PROMPT_NAMES,
    plain_name,
)
from luthier.tools.errors import LuthierError
from luthier.tools.language import _


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    plain: str
    texts: tuple[str, ...]

    @property
    def mean_length(self) -> float:
        return sum(map(len, self.texts)) / max(1, len(self.texts))

    @property
    def distinct_share(self) -> float:
        return len(set(self.texts)) / max(1, len(self.texts))

    @property
    def is_number(self) -> bool:
        return bool(self.texts) and all(_is_number(text) for text in self.texts)


def propose_mapping(
    columns: Sequence[str], sample: Sequence[Record], file: str = "", layout: str = ""
) -> Mapping:
    """The most plausible mapping for a file with these columns and first rows.

    ``layout`` overrules what would be recognised.

    Raises:
        LuthierError: one column, or nothing that could be a question and an answer; or the rows
            are not of the ``layout`` that was asked for.
    """
    if layout:
        return _as_told(layout, columns, sample, file)
    for known in LAYOUTS:
        found = known.propose(columns, sample)
        if found:
            return _with_rest(found, columns)
    candidates = [column for name in columns if (column := _column(name, sample)) is not None]
    if len(candidates) < 2:
        found = continuation(columns, sample) if _is_prose(candidates) else None
        if found:
            return found
        raise _too_few(columns, candidates, file)
    mapping = _by_names(candidates) or _by_one_name(candidates) or _by_content(candidates)
    unused = [c.name for c in candidates if c.name not in (*mapping.prompt, mapping.completion)]
    return with_unused(mapping, unused)


def _as_told(name: str, columns: Sequence[str], sample: Sequence[Record], file: str) -> Mapping:
    layout = find_layout(name)
    found = layout.propose(columns, sample) if layout else None
    if found:
        told = _("Read as {layout}, as you said.", layout=layout.label if layout else name)
        told_so = found.model_copy(
            update={"reason": f"{told} {found.reason}", "confident": found.layout != "chat"}
        )
        return _with_rest(told_so, columns)
    if layout is None:
        raise LuthierError(
            _("“{name}” is not a row format that I know.", name=name),
            remedy=_("Choose one of {names}, or let it be detected.",
                     names=", ".join(layout_names())),
            code="data.unknown_layout",
        )  # fmt: skip
    raise LuthierError(
        _("These rows cannot be read as {layout}.", layout=layout.label),
        why=_("That needs {needs}; the columns are: {columns}.", needs=_(layout.needs),
              columns=", ".join(columns[:20])),
        remedy=_("Choose another format, name the columns yourself, or let it be detected."),
        place=file,
        code="data.wrong_layout",
    )  # fmt: skip


def _with_rest(mapping: Mapping, columns: Sequence[str]) -> Mapping:
    """The mapping with a word on the columns it does not use."""
    used = {mapping.messages, mapping.completion, mapping.rejected, mapping.tools,
            mapping.only_where, *mapping.prompt}  # fmt: skip
    if mapping.layout in ("documents", "faq", "text", "chat", "chatgpt"):
        return mapping
    tops = {name.split(".")[0] for name in used if name}
    rest = dict.fromkeys(name.split(".")[0] for name in columns)
    return with_unused(mapping, [name for name in rest if name not in tops])


def _is_prose(candidates: Sequence[_Column]) -> bool:
    return len(candidates) == 1 and candidates[0].mean_length > 200


def unknown_columns(mapping: Mapping, columns: Sequence[str]) -> list[str]:
    """Columns that the mapping names but the file does not have."""
    known = set(columns) | {column.split(".")[0] for column in columns}
    named = (
        *mapping.prompt, mapping.completion, mapping.messages, mapping.only_where,
        mapping.rejected, mapping.tools, mapping.synthetic,
    )  # fmt: skip
    return [name for name in named if name and name not in known]


def check_mapping(mapping: Mapping, columns: Sequence[str]) -> None:
    """Refuse a mapping that names columns which do not exist, or not enough of them.

    Raises:
        LuthierError: naming the wrong column and those that exist.
    """
    wrong = unknown_columns(mapping, columns)
    existing = ", ".join(columns)
    if wrong:
        near = difflib.get_close_matches(wrong[0].lower(), [name.lower() for name in columns], 1)
        meant = [name for name in columns if near and name.lower() == near[0]]
        raise LuthierError(
            _("There is no column called “{wrong}”.", wrong=wrong[0]),
            why=_("The file has these columns: {existing}.", existing=existing),
            remedy=_("Did you mean “{meant}”?", meant=meant[0])
            if meant
            else _("Name one of them."),
            place=_("columns: {columns}", columns=wrong[0]),
            code="data.unknown_column",
        )
    for template in (mapping.template, mapping.answer_template):
        if template:
            check_template(template, columns)
    asked = mapping.prompt or mapping.template or mapping.continuation
    if not mapping.messages and not (asked and (mapping.completion or mapping.answer_template)):
        what = (
            _("The mapping does not say which column is the answer.")
            if mapping.prompt
            else _("The mapping does not say which column is the question.")
        )
        raise LuthierError(
            what,
            why=_("The file has these columns: {existing}.", existing=existing),
            remedy=_(
                "Name a column for the question and one for the answer, or the column that holds "
                "whole conversations."
            ),
            place="mapping",
            code="data.incomplete_mapping",
        )
    if mapping.completion and mapping.completion in mapping.prompt:
        raise LuthierError(
            _(
                "The column “{completion}” is both question and answer.",
                completion=mapping.completion,
            ),
            why=_("A model that is shown the answer in the question learns only to copy it."),
            remedy=_("Choose another column for one of them: {existing}.", existing=existing),
            place=_("columns: {columns}", columns=mapping.completion),
            code="data.same_column",
        )


def _column(name: str, sample: Sequence[Record]) -> _Column | None:
    texts = []
    for record in sample:
        try:
            text = as_text(lookup(record.values, name))
        except WrongType:
            continue
        if text:
            texts.append(text)
    return (
        _Column(name, plain_name(name.replace(".0.", ".").split(".")[-1]), tuple(texts))
        if (texts or not sample)
        else None
    )


def _by_names(columns: Sequence[_Column]) -> Mapping | None:
    completion = _first_named(columns, COMPLETION_NAMES)
    rest = [column for column in columns if column is not completion]
    prompt = _first_named(rest, PROMPT_NAMES)
    if completion is None or prompt is None:
        return None
    context = next(
        (c for c in rest if c is not prompt and c.plain in CONTEXT_NAMES and _pairs_with(prompt)),
        None,
    )
    if prompt.plain.startswith("instruction") and context and context.plain == "input":
        reason = _(
            "“{name}”, “{other}” and “{answer}” are the columns of the Alpaca format: an "
            "instruction, its input where there is one, and the answer.",
            name=prompt.name,
            other=context.name,
            answer=completion.name,
        )
        return Mapping(
            prompt=(prompt.name, context.name),
            completion=completion.name,
            join="plain",
            layout="alpaca",
            reason=reason,
        )
    names = (context.name, prompt.name) if context else (prompt.name,)
    shown = " and ".join(f"“{name}”" for name in names)
    reason = _(
        "By their names, {shown} holds the question and “{name}” the answer.",
        shown=shown,
        name=completion.name,
    )
    return Mapping(prompt=names, completion=completion.name, reason=reason)


def _pairs_with(prompt: _Column) -> bool:
    return prompt.plain in ("instruction", "instructions", "question", "query")


def _by_one_name(columns: Sequence[_Column]) -> Mapping | None:
    named = _first_named(columns, COMPLETION_NAMES)
    answered = named is not None
    named = named or _first_named(columns, PROMPT_NAMES)
    if named is None:
        return None
    rest = [column for column in columns if column is not named]
    contents = _contents(rest) or rest
    if answered:
        other = max(contents, key=lambda column: column.mean_length)
        reason = _(
            "By its name, “{name}” is the answer; “{other}” is taken as the question.",
            name=named.name,
            other=other.name,
        )
        prompt, completion = other.name, named.name
    else:
        other = min(contents, key=lambda column: column.distinct_share)
        reason = _(
            "By its name, “{name}” is the question; “{other}” is taken as the answer.",
            name=named.name,
            other=other.name,
        )
        prompt, completion = named.name, other.name
    return Mapping(
        prompt=(prompt,), completion=completion, reason=reason, confident=len(contents) == 1
    )


def _by_content(columns: Sequence[_Column]) -> Mapping:
    usable = _contents(columns)
    usable = usable if len(usable) >= 2 else list(columns)
    if len(usable) == 2:
        first, second = usable
        labels = min(usable, key=lambda c: (c.distinct_share, c.mean_length))
        other = second if labels is first else first
        if labels.distinct_share <= 0.5 < other.distinct_share and labels.mean_length <= 60:
            reason = _(
                "“{name}” holds few different short values, so it is the answer to “{other}”.",
                name=labels.name,
                other=other.name,
            )
            return Mapping(prompt=(other.name,), completion=labels.name, reason=reason)
        reason = _(
            "There are two columns: “{name}” first, then the answer “{other}”.",
            name=first.name,
            other=second.name,
        )
        return Mapping(prompt=(first.name,), completion=second.name, reason=reason, confident=False)
    longest = sorted(usable, key=lambda column: column.mean_length, reverse=True)[:2]
    prompt, answer = sorted(longest, key=usable.index)
    reason = _(
        "The names do not say it, so this is a guess: the longest texts are in “{name}” and "
        "“{other}”. Please check.",
        name=prompt.name,
        other=answer.name,
    )
    return Mapping(prompt=(prompt.name,), completion=answer.name, reason=reason, confident=False)


def _first_named(columns: Sequence[_Column], names: Sequence[str]) -> _Column | None:
    for name in names:
        for column in columns:
            if column.plain == name:
                return column
    return None


def _contents(columns: Sequence[_Column]) -> list[_Column]:
    """Columns that hold content rather than keys, dates or bare numbers."""
    return [c for c in columns if not NOT_CONTENT.search(c.name) and not c.is_number]


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _too_few(columns: Sequence[str], filled: Sequence[_Column], file: str) -> LuthierError:
    why = _("Tuning needs pairs: what is asked, and what the model should answer.")
    remedy = _(
        "Add a second column with the answers (or the questions). If your lines hold both, "
        "put a comma, a tab or a semicolon between them."
    )
    if len(columns) >= 2:
        what = _("Only one column holds anything.") if filled else _("All columns are empty.")
    else:
        what = _("This file has only one column.")
    return LuthierError(
        what,
        why=why,
        remedy=remedy,
        place=", ".join(
            filter(None, (file, _("columns: {columns}", columns=", ".join(columns[:10]))))
        ),
        code="data.one_column",
    )
