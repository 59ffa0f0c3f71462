"""The data room's pictures: what a file holds, what was made of it, which findings there are."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.tools.data.findings import shorten
from luthier.tools.data.model import DatasetInfo, Inspection, Mapping, Problem, SplitChoice, Task
from luthier.tools.views import Callout, Setting, Settings, Table, View

_SEVERITIES = {"error": "blocks", "warning": "warning", "info": "note"}


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
        title=f"Data set “{info.name}”",
        settings=(
            Setting(name="rows in the file", value=_number(info.rows_in)),
            Setting(name="left out", value=_number(info.left_out), reason="cannot be used"),
            Setting(
                name="duplicates removed",
                value=_number(info.duplicates),
                reason="exact copies of an earlier row",
            ),
            Setting(name="used", value=_number(used)),
            Setting(
                name="near-copies",
                value=_number(info.near_duplicates),
                reason="rows whose question is nearly another's; they stay on one side",
            ),
            Setting(name="task", value=_task_name(info.task), reason=info.task.reason),
            Setting(name="split", value=split_name(info.split), reason=info.split.reason),
            Setting(name="id", value=info.id, reason="the same file and choices give it again"),
        ),
    )
    split = Table(
        title="Split, frozen",
        columns=("part", "rows", "share", "for"),
        rows=(
            ("train", _number(info.train), _share(info.train, used), "what the model learns from"),
            (
                "validation",
                _number(info.validation),
                _share(info.validation, used),
                "choosing the best moment to stop",
            ),
            (
                "test",
                _number(info.test),
                _share(info.test, used),
                "the proof; never seen in training",
            ),
        ),
        notes=(f"{info.split_reason[:1].upper()}{info.split_reason[1:]}.",)
        if info.split_reason
        else (),
    )
    return counts, split


def problem_table(problems: Sequence[Problem]) -> Table:
    """Findings with count, line numbers, example and remedy; those that leave rows out first."""
    ordered = sorted(problems, key=lambda problem: (not problem.leaves_out, -problem.count))
    return Table(
        title="Findings",
        columns=("rows", "finding", "lines", "what to do"),
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
        headline=f"{_number(inspection.left_out)} of {_number(inspection.rows_in)} rows "
        "cannot be used.",
        lines=tuple(
            f"{_number(problem.count)}: {problem.message} Lines {_lines(problem)}"
            for problem in left
        ),
    )


def _file(inspection: Inspection) -> Settings:
    settings = [
        Setting(
            name="format",
            value=inspection.format.upper() if inspection.format != "parquet" else "Parquet",
            reason=inspection.format_reason,
        )
    ]
    if inspection.encoding:
        settings.append(
            Setting(name="encoding", value=inspection.encoding, reason=inspection.encoding_reason)
        )
    settings += [
        Setting(name="size", value=_size(inspection.bytes)),
        Setting(
            name="rows",
            value=_number(inspection.rows_in),
            reason=f"{_number(inspection.usable)} usable, {_number(inspection.duplicates)} exact "
            f"duplicate{'' if inspection.duplicates == 1 else 's'}, "
            f"{_number(inspection.left_out)} cannot be used",
        ),
        Setting(name="columns", value=shorten(", ".join(inspection.columns), 200)),
        Setting(name="task", value=_task_name(inspection.task), reason=inspection.task.reason),
        Setting(name="split", value=split_name(inspection.split), reason=inspection.split.reason),
    ]
    return Settings(title=inspection.path.rsplit("/", 1)[-1], settings=tuple(settings))


def _samples(inspection: Inspection) -> Table:
    question, answer = mapping_names(inspection.mapping)
    unsure = () if inspection.mapping.confident else ("This is a guess: please check it.",)
    return Table(
        title="How rows are used",
        columns=("line", f"question ({question})", f"answer ({answer})"),
        rows=tuple(
            (str(sample.line), shorten(sample.prompt, 300), shorten(sample.completion, 300))
            for sample in inspection.samples
        ),
        notes=(inspection.mapping.reason, *unsure) if inspection.mapping.reason else unsure,
    )


def mapping_names(mapping: Mapping) -> tuple[str, str]:
    """The columns that make the question and the answer, for showing."""
    if mapping.messages:
        return mapping.messages, mapping.completion or "the last turn"
    return " + ".join(mapping.prompt), mapping.completion


def split_name(split: SplitChoice) -> str:
    """How the rows are dealt to the sides, in words."""
    return {
        "random": "by chance",
        "stratified": "label by label",
        "group": f"by “{split.column}”",
        "time": f"by time (“{split.column}”)",
    }[split.method]


def _described(problem: Problem) -> str:
    head = f"[{_SEVERITIES[problem.severity]}] {problem.message}"
    shown = problem.example and problem.example not in problem.message
    return f"{head} Example: {problem.example}" if shown else head


def _lines(problem: Problem) -> str:
    shown = ", ".join(map(str, problem.lines[:10]))
    return f"{shown}, …" if shown and problem.count > min(10, len(problem.lines)) else shown


def _left_out_note(problems: Sequence[Problem]) -> tuple[str, ...]:
    left = sum(problem.count for problem in problems if problem.leaves_out)
    rows = "row cannot be used; it is" if left == 1 else "rows cannot be used; they are"
    return (f"{_number(left)} {rows} left out only if you agree.",) * bool(left)


def _task_name(task: Task) -> str:
    if task.kind == "labels":
        return f"sorting into {len(task.labels)} label{'s' * (len(task.labels) != 1)}"
    return {"structured": "structured answers (JSON)", "text": "free text"}[task.kind]


def _number(value: int) -> str:
    return f"{value:,}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _size(size: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
