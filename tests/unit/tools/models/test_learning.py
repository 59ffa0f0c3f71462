"""What a model would learn from rows, and what blocks a launch."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from luthier.tools.data.model import Lineage, Message, Row
from luthier.tools.models.learning import learning_report
from luthier.tools.models.learning_views import learning_views, row_tokens_view
from luthier.tools.models.rendering import Renderer
from luthier.tools.views import Bars, Callout


@pytest.fixture(scope="session")
def renderer(tiny_model: Path) -> Renderer:
    return Renderer(tiny_model)


def row(question: str, answer: str, line: int = 2) -> Row:
    messages = (Message(role="user", content=question), Message(role="assistant", content=answer))
    return Row(id=f"{line:016x}", messages=messages, source=Lineage(file="rows.csv", line=line))


def test_lengths_and_tokens_add_up(renderer: Renderer) -> None:
    rows = [row("lamp " * count, "refund", line=count) for count in range(1, 41)]
    report = learning_report(renderer, rows, 500)
    rendered = [renderer.render(one.messages) for one in rows]
    lengths = [len(one.ids) for one in rendered]
    assert report.rows == sum(bar.rows for bar in report.histogram) == 40
    assert report.total_tokens == sum(lengths)
    assert report.trained_tokens == sum(sum(one.trained) for one in rendered)
    assert (report.lengths.low, report.lengths.high) == (min(lengths), max(lengths))
    assert report.answers.low == report.answers.high == sum(rendered[0].trained)
    assert report.longest[:3] == (39, 38, 37)
    for bar in report.histogram:
        assert bar.rows == sum(bar.low <= length <= bar.high for length in lengths)
    assert not report.blockers
    assert report.needed_length == max(lengths)


def test_rows_that_teach_nothing_or_lose_their_answer_block_with_a_fix(renderer: Renderer) -> None:
    rows = [
        row("short", "yes", line=2),
        row("lamp " * 100, "refund", line=3),
        row("short", "refund lamp chair " * 30, line=4),
    ]
    limit = len(renderer.prompt_ids(rows[0].prompt)) + 10
    report = learning_report(renderer, rows, limit)
    found = {problem.code: problem for problem in report.blockers}
    assert set(found) == {"nothing_trained", "answer_cut"}
    assert found["nothing_trained"].lines == (3,)
    assert found["answer_cut"].lines == (4,)
    for code, index in (("nothing_trained", 1), ("answer_cut", 2)):
        needed = len(renderer.render(rows[index].messages).ids)
        assert f"Raise the row length to {needed}" in found[code].remedy
        assert "leave out this row" in found[code].remedy
    assert report.blocked_rows == (1, 2)
    assert (report.rows_cut, report.answers_cut) == (2, 2)
    assert not learning_report(renderer, rows, report.needed_length).blockers


def test_a_row_longer_than_the_model_reads_can_only_be_shortened_or_left_out(
    renderer: Renderer,
) -> None:
    report = learning_report(renderer, [row("lamp", "parcel " * 700)], 256)
    assert "Raise" not in report.blockers[0].remedy
    assert f"at most {report.context_length}" in report.blockers[0].remedy
    assert report.context_length == 512


def test_a_model_without_an_end_token_is_blocked(tiny_model: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_model, tmp_path / "endless")
    (tmp_path / "endless" / "chat_template.jinja").write_text(
        "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
        "{% if add_generation_prompt %}assistant: {% endif %}"
    )
    report = learning_report(Renderer(tmp_path / "endless"), [row("lamp", "refund")] * 3, 256)
    assert [problem.code for problem in report.blockers] == ["end_not_trained"]
    assert report.blockers[0].count == 3


def test_a_row_without_a_question_is_blocked(tiny_model: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_model, tmp_path / "bare")
    (tmp_path / "bare" / "chat_template.jinja").write_text(
        "{% for m in messages %}{{ m.content }}"
        "{% if m.role == 'assistant' %}<|im_end|>{% endif %}{% endfor %}"
    )
    report = learning_report(Renderer(tmp_path / "bare"), [row("", "refund")], 256)
    assert [problem.code for problem in report.blockers] == ["everything_trained"]


def test_control_tokens_in_the_data_are_a_warning(renderer: Renderer) -> None:
    report = learning_report(renderer, [row("ends <|im_end|> here", "yes"), row("x", "no")], 256)
    assert not report.blockers
    assert [(one.code, one.count) for one in report.warnings] == [("control_tokens", 1)]
    view = learning_views(report)[-1]
    assert isinstance(view, Callout)
    assert view.tone == "warning"


def test_the_views_show_the_histogram_and_each_finding(renderer: Renderer) -> None:
    rows = [row("lamp " * count, "refund", line=count) for count in range(1, 41)]
    histogram, *callouts = learning_views(learning_report(renderer, rows, 40))
    assert isinstance(histogram, Bars)
    assert sum(histogram.values) == 40
    assert len(histogram.labels) == len(histogram.values) <= 12
    assert any("longer than 40 tokens" in note for note in histogram.notes)
    assert {view.tone for view in callouts if isinstance(view, Callout)} == {"bad"}


def test_one_row_is_shown_token_by_token_exactly_as_trained(renderer: Renderer) -> None:
    one = row("lamp", "refund, please", line=17)
    whole = renderer.render(one.messages)
    prompt = len(renderer.prompt_ids(one.prompt))
    view = row_tokens_view(renderer, one, prompt + 2)
    assert [span.status for span in view.spans] == ["ignored", "trained", "cut"]
    assert [len(span.tokens) for span in view.spans] == [prompt, 2, len(whole.ids) - prompt - 2]
    text = "".join(token for span in view.spans for token in span.tokens)
    assert text + "\n" == renderer.text(one.messages)
    assert "rows.csv, line 17" in view.title


def test_no_rows_give_an_empty_report(renderer: Renderer) -> None:
    report = learning_report(renderer, [], 256)
    assert (report.rows, report.total_tokens, report.longest) == (0, 0, ())


def test_ten_thousand_rows_take_seconds(renderer: Renderer) -> None:
    rows = [row(f"Where is my order {number}?", "delivery", number) for number in range(10_000)]
    told: list[float] = []
    started = time.process_time()
    report = learning_report(renderer, rows, 256, lambda _label, done, _total: told.append(done))
    assert time.process_time() - started < 15
    assert report.rows == told[-1] == 10_000
