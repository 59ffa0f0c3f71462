"""Pictures of what a model would learn: the lengths of the rows, and one row token by token."""

from __future__ import annotations

from itertools import groupby

from luthier.tools.data.model import Row
from luthier.tools.models.learning import LearningReport
from luthier.tools.models.rendering import Renderer
from luthier.tools.views import Bars, Callout, Tokens, TokenSpan, View


def learning_views(report: LearningReport) -> tuple[View, ...]:
    """The histogram of row lengths, and one callout per finding."""
    findings = [("bad", problem) for problem in report.blockers]
    findings += [("warning", problem) for problem in report.warnings]
    return (
        _histogram(report),
        *(
            Callout(
                tone="bad" if tone == "bad" else "warning",
                headline=problem.message,
                lines=tuple(line for line in (problem.remedy, _places(problem.lines)) if line),
            )
            for tone, problem in findings
        ),
    )


def _histogram(report: LearningReport) -> Bars:
    share = report.trained_tokens / report.total_tokens if report.total_tokens else 0.0
    fits = (
        f"All rows fit into {report.max_length} tokens."
        if not report.rows_cut
        else f"{report.rows_cut} of {report.rows} rows are longer than {report.max_length} tokens; "
        f"{report.answers_cut} of them lose part of the answer."
    )
    return Bars(
        title="Length of the rows in tokens",
        labels=tuple(f"{bar.low}–{bar.high}" for bar in report.histogram),
        values=tuple(float(bar.rows) for bar in report.histogram),
        unit="rows",
        notes=(
            f"Half of the rows have up to {report.lengths.median} tokens, the longest has "
            f"{report.lengths.high}.",
            fits,
            f"One pass reads {report.total_tokens:,} tokens and learns {report.trained_tokens:,} "
            f"of them ({share:.0%}): the answers with their end.",
        ),
    )


def row_tokens_view(renderer: Renderer, row: Row, max_length: int) -> Tokens:
    """One row exactly as it is trained, with every token's status."""
    whole = renderer.render(row.messages)
    texts = renderer.token_texts(whole.ids)
    statuses = [
        "cut" if index >= max_length else "trained" if learned else "ignored"
        for index, learned in enumerate(whole.trained)
    ]
    spans = tuple(
        TokenSpan(status=status, tokens=tuple(text for _, text in members))
        for status, members in groupby(
            zip(statuses, texts, strict=True), key=lambda member: member[0]
        )
    )
    notes = [
        f"{statuses.count('trained')} tokens are learned, {statuses.count('ignored')} only read."
    ]
    if "cut" in statuses:
        notes.append(f"{statuses.count('cut')} tokens beyond {max_length} are cut and never seen.")
    if whole.last_turn_only:
        notes.append("Only the last answer is learned: the template rewrites earlier turns.")
    if whole.control_tokens:
        notes.append("Control tokens spelled out in the text are read as plain letters.")
    return Tokens(
        title=f"What the model learns from line {row.source.line} of {row.source.file}",
        spans=spans,
        notes=tuple(notes),
    )


def _places(lines: tuple[int, ...]) -> str:
    return f"Lines {', '.join(map(str, lines))}" if lines else ""
