"""The data room's pictures: what a file holds, what was made of it, which findings there are."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.data.findings import shorten
from luthier.tools.data.model import DatasetInfo, Inspection, Mapping, Problem, SplitChoice, Task
from luthier.tools.data.places import in_file
from luthier.tools.language import _, mark, plural
from luthier.tools.views import Callout, Setting, Settings, Table, View
from luthier.tools.wording import rows

_FORMAT_NAMES = {
    "parquet": "Parquet", "arrow": "Arrow", "excel": "Excel", "sqlite": "SQLite", "text": "text",
    "markdown": "Markdown", "docx": "Word", "whatsapp": "WhatsApp", "slack": "Slack",
    "folder": mark("folder"),
}  # fmt: skip
_SEVERITIES = {"blocks": mark("blocks"), "warns": mark("warns"), "note": mark("note")}


def format_name(name: str) -> str:
    """A format as people call it."""
    return _(_FORMAT_NAMES.get(name, name.upper()))


def inspection_views(inspection: Inspection) -> tuple[View, ...]:
    """Format and encoding with reasons, the mapping on three real rows, findings with lines."""
    views: list[View] = [_file(inspection), _samples(inspection)]
    if inspection.problems:
        views.append(problem_table(inspection.problems))
    return tuple(views)


def dataset_views(info: DatasetInfo) -> tuple[View, ...]:
    """Where every row of the source went, and the split."""
    used = info.train + info.validation + info.test
    counts = Settings(
        title=_("Data set “{name}”", name=info.name),
        settings=(
            Setting(name=_("rows in the file"), value=_number(info.rows_in)),
            Setting(name=_("left out"), value=_number(info.left_out), reason=_("cannot be used")),
            Setting(
                name=_("duplicates removed"),
                value=_number(info.duplicates),
                reason=_("exact copies of an earlier row"),
            ),
            Setting(name=_("used"), value=_number(used)),
            Setting(
                name=_("near-copies"),
                value=_number(info.near_duplicates),
                reason=_("rows whose question is nearly another's; they stay on one side"),
            ),
            Setting(name=_("task"), value=_task_name(info.task), reason=info.task.reason),
            Setting(name=_("split"), value=split_name(info.split), reason=info.split.reason),
            Setting(
                name=_("id"), value=info.id, reason=_("the same file and choices give it again")
            ),
        ),
    )
    split = Table(
        title=_("Split, frozen"),
        columns=(_("part"), _("rows"), _("share"), _("for")),
        rows=(
            (
                _("train"),
                _number(info.train),
                _share(info.train, used),
                _("what the model learns from"),
            ),
            (
                _("validation"),
                _number(info.validation),
                _share(info.validation, used),
                _("choosing the best moment to stop"),
            ),
            (
                _("test"),
                _number(info.test),
                _share(info.test, used),
                _("the proof; never seen in training"),
            ),
        ),
        notes=(f"{info.split_reason[:1].upper()}{info.split_reason[1:]}.",)
        if info.split_reason
        else (),
    )
    return counts, split


def problem_table(problems: Sequence[Problem]) -> Table:
    """Findings with count, line numbers, example and remedy; those that leave rows out first."""
    order = list(_SEVERITIES)
    ordered = sorted(
        problems, key=lambda p: (not p.leaves_out or p.agreed, order.index(p.severity), -p.count)
    )
    return Table(
        title=_("Findings"),
        columns=(_("rows"), _("finding"), _("lines"), _("what to do")),
        rows=tuple(
            (
                _number(problem.count),
                _described(problem),
                _lines(problem),
                problem.remedy,
            )
            for problem in ordered
        ),
        notes=_left_out_note(problems),
    )


def consent_view(inspection: Inspection) -> Callout | None:
    """What leaving out unusable rows would mean, or None where every row can be used."""
    if not inspection.left_out:
        return None
    left = [problem for problem in inspection.problems if problem.leaves_out]
    return Callout(
        tone="warning",
        headline=_(
            "{part} of {rows} cannot be used.",
            part=_number(inspection.left_out),
            rows=rows(inspection.rows_in),
        ),
        lines=tuple(
            _(
                "{count}: {finding} Lines {lines}",
                count=_number(problem.count),
                finding=problem.message,
                lines=_lines(problem),
            )
            for problem in left
        ),
    )


def _file(inspection: Inspection) -> Settings:
    settings = [
        Setting(
            name=_("format"),
            value=format_name(inspection.format),
            reason=inspection.format_reason,
        )
    ]
    if inspection.encoding:
        settings.append(
            Setting(
                name=_("encoding"), value=inspection.encoding, reason=inspection.encoding_reason
            )
        )
    if inspection.parts:
        settings.append(
            Setting(
                name=_("part"),
                value=inspection.part,
                reason=_("of {parts}", parts=shorten(", ".join(inspection.parts), 160)),
            )
        )
    if inspection.speakers:
        settings.append(
            Setting(name=_("people"), value=shorten(", ".join(inspection.speakers), 160))
        )
    if inspection.licence:
        settings.append(
            Setting(name=_("licence"), value=inspection.licence, reason=_("as its README states"))
        )
    settings += [
        Setting(name=_("size"), value=_size(inspection.bytes)),
        Setting(
            name=_("rows"),
            value=_number(inspection.rows_in),
            reason=_(
                "{usable} usable, {duplicates}, {left_out} cannot be used",
                usable=_number(inspection.usable),
                duplicates=plural(
                    "{n:,} exact duplicate", "{n:,} exact duplicates", inspection.duplicates
                ),
                left_out=_number(inspection.left_out),
            ),
        ),
        Setting(name=_("columns"), value=shorten(", ".join(inspection.columns), 200)),
        Setting(name=_("task"), value=_task_name(inspection.task), reason=inspection.task.reason),
        Setting(
            name=_("split"), value=split_name(inspection.split), reason=inspection.split.reason
        ),
    ]
    return Settings(title=inspection.path.rsplit("/", 1)[-1], settings=tuple(settings))


def _samples(inspection: Inspection) -> Table:
    question, answer = mapping_names(inspection.mapping)
    unsure = () if inspection.mapping.confident else (_("This is a guess: please check it."),)
    return Table(
        title=_("How rows are used"),
        columns=(
            _("line"),
            _("question ({question})", question=question),
            _("answer ({answer})", answer=answer),
        ),
        rows=tuple(
            (
                in_file(sample.line, sample.row),
                shorten(sample.prompt, 300),
                shorten(sample.completion, 300),
            )
            for sample in inspection.samples
        ),
        notes=(inspection.mapping.reason, *unsure) if inspection.mapping.reason else unsure,
    )


def mapping_names(mapping: Mapping) -> tuple[str, str]:
    """The columns that make the question and the answer, for showing."""
    if mapping.messages:
        return mapping.messages, mapping.completion or _("the last turn")
    if mapping.continuation:
        name = mapping.completion
        return _("beginning of {name}", name=name), _("rest of {name}", name=name)
    if mapping.template:
        return mapping.template, mapping.answer_template or mapping.completion
    return " + ".join(mapping.prompt), mapping.completion


def split_name(split: SplitChoice) -> str:
    """How the rows are dealt to the sides, in words."""
    return {
        "random": _("by chance"),
        "stratified": _("label by label"),
        "group": _("by “{column}”", column=split.column),
        "time": _("by time (“{column}”)", column=split.column),
    }[split.method]


def _described(problem: Problem) -> str:
    head = f"[{_(_SEVERITIES[problem.severity])}] {problem.message}"
    shown = problem.example and problem.example not in problem.message
    head = f"{head} {problem.why}" if problem.why else head
    return _("{head} Example: {example}", head=head, example=problem.example) if shown else head


def _lines(problem: Problem) -> str:
    named = problem.files or ("",) * len(problem.lines)
    rows = problem.rows or (0,) * len(problem.lines)
    found = [in_file(line, row) for line, row in zip(problem.lines, rows, strict=True)]
    places = list(dict.fromkeys(zip(named, found, strict=True)))
    is_shared = len(places) < len(problem.lines)  # a row is named twice
    shown = ", ".join(f"{file}: {place}" if file else place for file, place in places[:10])
    more = len(places) > 10 or (problem.count > len(places) and not is_shared)
    return f"{shown}, …" if shown and more else shown


def _left_out_note(problems: Sequence[Problem]) -> tuple[str, ...]:
    left = sum(p.count for p in problems if p.leaves_out and not p.agreed)
    note = plural(
        "{n:,} row cannot be used; it is left out only if you agree.",
        "{n:,} rows cannot be used; they are left out only if you agree.",
        left,
    )
    return (note,) if left else ()


def _task_name(task: Task) -> str:
    if task.kind == "labels":
        return plural("sorting into {n} label", "sorting into {n} labels", len(task.labels))
    return {
        "structured": _("structured answers (JSON)"),
        "sql": _("queries (SQL)"),
        "command": _("shell commands"),
        "text": _("free text"),
    }[task.kind]


def _number(value: int) -> str:
    return f"{value:,}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _size(size: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return plural("{n} byte", "{n} bytes", size)
