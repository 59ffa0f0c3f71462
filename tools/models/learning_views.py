"""Pictures of what a model would learn: the lengths of the rows, and one row token by token."""

from __future__ import annotations

from itertools import groupby

from luthier.tools.data.model import Problem, Row
from luthier.tools.data.places import in_file, place_of
from luthier.tools.language import _
from luthier.tools.models.learning import LearningReport
from luthier.tools.models.rendering import Renderer
from luthier.tools.views import Bars, Callout, Tokens, TokenSpan, View
from luthier.tools.wording import rows


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
                lines=tuple(line for line in (problem.remedy, _places(problem)) if line),
            )
            for tone, problem in findings
        ),
    )


def _histogram(report: LearningReport) -> Bars:
    share = report.trained_tokens / report.total_tokens if report.total_tokens else 0.0
    fits = (
        _("All rows fit into {max_length} tokens.", max_length=report.max_length)
        if not report.rows_cut
        else _(
            "{rows_cut} of {rows} are longer than {max_length} tokens; {answers_cut} of "
            "them lose part of the answer.",
            rows_cut=report.rows_cut,
            rows=rows(report.rows),
            max_length=report.max_length,
            answers_cut=report.answers_cut,
        )
    )
    return Bars(
        title=_("Length of the rows in tokens"),
        labels=tuple(f"{bar.low}–{bar.high}" for bar in report.histogram),
        values=tuple(float(bar.rows) for bar in report.histogram),
        unit=_("rows"),
        notes=(
            _(
                "Half of the rows have up to {median} tokens, the longest has {high}.",
                median=report.lengths.median,
                high=report.lengths.high,
            ),
            fits,
            _(
                "One pass reads {total_tokens:,} tokens and learns {trained_tokens:,} of them "
                "({share:.0%}): the answers with their end.",
                total_tokens=report.total_tokens,
                trained_tokens=report.trained_tokens,
                share=share,
            ),
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
        _(
            "{learned} tokens are learned, {read} only read.",
            learned=statuses.count("trained"),
            read=statuses.count("ignored"),
        )
    ]
    if "cut" in statuses:
        notes.append(
            _(
                "{count} tokens beyond {max_length} are cut and never seen.",
                count=statuses.count("cut"),
                max_length=max_length,
            )
        )
    if whole.last_turn_only:
        notes.append(_("Only the last answer is learned: the template rewrites earlier turns."))
    if whole.control_tokens:
        notes.append(_("Control tokens spelled out in the text are read as plain letters."))
    return Tokens(
        title=_(
            "What the model learns from {place}",
            place=place_of(row.source),
        ),
        spans=spans,
        notes=tuple(notes),
    )


def _places(problem: Problem) -> str:
    numbers = problem.rows or (0,) * len(problem.lines)
    places = ", ".join(map(in_file, problem.lines, numbers))
    return _("Lines {lines}", lines=places) if places else ""
