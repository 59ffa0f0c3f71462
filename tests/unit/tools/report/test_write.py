"""The report as a reader gets it: whole, harmless, readable, and good for running again."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from huggingface_hub import ModelCard

from luthier.tools.errors import LuthierError
from luthier.tools.language import FOLDER
from luthier.tools.report.card import escape_code, escape_markdown
from luthier.tools.report.figures import INK, SERIES, arms_figure
from luthier.tools.report.write import ReportFiles, write_report
from luthier.tools.training.plan_file import load_plan
from luthier.tools.workspace import Workspace

HOSTILE = '<script>alert("x")</script>'
VOID = {"meta", "link", "img", "br", "hr", "input", "path", "use"}

MakeFacts = Callable[[], dict[str, Any]]


class Page(HTMLParser):
    """The tags, attributes and visible text of a page; fails on tags that do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def facts(make_facts: MakeFacts) -> dict[str, Any]:
    return make_facts()


@pytest.fixture
def files(workspace: Workspace, facts: dict[str, Any]) -> ReportFiles:
    return write_report(workspace, **facts)


def test_the_page_needs_nothing_from_the_web_and_runs_nothing(files: ReportFiles) -> None:
    page = Page(files.html.read_text(encoding="utf-8"))
    assert not {"script", "link", "img", "iframe", "object", "embed", "form"} & set(page.tags)
    for tag, name, value in page.attributes:
        if name in ("src", "href", "xlink:href", "data", "action", "srcset"):
            assert value.startswith("#"), f"{tag} {name}={value}"
        assert not name.startswith("on"), f"{tag} {name}"
    text = files.html.read_text(encoding="utf-8")
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", text))
    own = {address for address in addresses if "evil.example" not in address}
    assert own <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_hostile_text_is_shown_and_does_nothing(files: ReportFiles) -> None:
    page = Page(files.html.read_text(encoding="utf-8"))
    assert page.text.count(HOSTILE) >= 5, "file name, title, labels, rows and answers are shown"
    assert "script" not in page.tags
    assert "b" not in page.tags


def test_the_page_tells_verdict_table_rows_training_data_and_plan(
    files: ReportFiles, facts: dict[str, Any]
) -> None:
    text = Page(files.html.read_text(encoding="utf-8")).text
    dataset, evaluation = facts["dataset"], facts["evaluation"]
    assert evaluation.verdict.sentence in text
    for part in (
        "exact match (decides)",
        "31% (23 to 38)",
        "86% (78 to 93)",
        "few-shot, 8 examples",
        "505 + 6",
        "Where the tuned model was better",
        "Where the tuned model was worse",
        "validation loss before 2.700",
        dataset.source_sha256,
        dataset.source_path.rsplit("/", 1)[-1].split("`")[1],
        "enough for labels",
        "Tuning suits this.",
        "luthier run plan.yaml",
        "100 of 120 test rows",
        "you asked for",
    ):
        assert part in text, part
    assert text.index(evaluation.verdict.sentence) < text.index("exact match (decides)")


def test_every_plot_is_there_and_follows_the_colours_of_the_page(files: ReportFiles) -> None:
    html = files.html.read_text(encoding="utf-8")
    page = Page(html)
    assert page.tags.count("svg") == 3, "arms, losses, lengths"
    assert all(colour not in html for colour in (INK, *SERIES))
    assert "var(--series-2)" in html.split("<svg")[1]
    assert "prefers-color-scheme: dark" in html
    assert ("pre", "dir", "auto") in page.attributes


def test_the_model_card_is_one_that_the_hub_reads(
    files: ReportFiles, facts: dict[str, Any], tiny_model: Path
) -> None:
    card = ModelCard.load(files.card)
    assert card.data.library_name == "peft"
    assert card.data.base_model == tiny_model.name
    assert "lora" in card.data.tags
    assert {result.metric_type for result in card.data.eval_results} == {"exact_match", "macro_f1"}
    assert facts["evaluation"].verdict.sentence in card.text.replace("\\", "")
    assert "| exact match (decides) | 0% (0 to 7) | 31% (23 to 38) | 86% (78 to 93) |" in card.text
    assert facts["dataset"].source_sha256 in card.text
    assert "enough for labels" in card.text


def test_the_model_card_keeps_rows_paths_and_markup_out(
    files: ReportFiles, facts: dict[str, Any], workspace: Workspace
) -> None:
    text = files.card.read_text(encoding="utf-8")
    body = text.split("---", 2)[2]
    assert "<script>" not in re.sub(r"`[^`]*`", "", body)
    assert "my lamp is broken" not in text
    assert str(workspace.home) not in text
    assert str(Path(facts["dataset"].source_path).parent) not in text


def test_the_card_of_the_starter_names_its_model_and_licence(
    workspace: Workspace, facts: dict[str, Any]
) -> None:
    plan = facts["plan"].model_copy(deep=True)
    plan.model.id = "starter"
    files = write_report(workspace, **{**facts, "plan": plan})
    card = ModelCard.load(files.card)
    assert card.data.base_model == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert card.data.license == "apache-2.0"
    assert "Token lengths are not shown" in files.html.read_text(encoding="utf-8")


def test_the_plan_beside_the_report_is_the_plan(files: ReportFiles, facts: dict[str, Any]) -> None:
    assert load_plan(files.plan) == facts["plan"]
    readme = (files.folder / "README.txt").read_text(encoding="utf-8")
    assert "luthier run plan.yaml" in readme
    assert "train1" in readme


def test_writing_again_replaces_the_report(workspace: Workspace, facts: dict[str, Any]) -> None:
    first = write_report(workspace, **facts)
    bare = {**facts, "advice": None, "estimate": None}
    second = write_report(workspace, **bare)
    assert first == second
    assert "Tuning suits this." not in second.html.read_text(encoding="utf-8")
    assert sorted(path.name for path in second.folder.iterdir()) == [
        "MODEL_CARD.md",
        "README.txt",
        "plan.yaml",
        "report.html",
    ]


def test_a_folder_that_cannot_be_written_is_said_plainly(
    workspace: Workspace, facts: dict[str, Any]
) -> None:
    for path in workspace.reports.iterdir():
        path.unlink()
    workspace.reports.rmdir()
    workspace.reports.write_text("in the way")
    with pytest.raises(LuthierError) as caught:
        write_report(workspace, **facts)
    assert caught.value.code == "report.not_written"


def test_the_figure_is_the_same_every_time(facts: dict[str, Any]) -> None:
    assert arms_figure(facts["evaluation"]) == arms_figure(facts["evaluation"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("# x\n\n- y", "\\# x - y"),
        ("<b>", "&lt;b&gt;"),
        ("[a](b)", "\\[a\\](b)"),
    ],
)
def test_markdown_is_escaped(text: str, shown: str) -> None:
    assert escape_markdown(text) == shown
    assert "`" not in escape_code("a`b")


@pytest.mark.usefixtures("arabic")
def test_in_arabic_the_report_runs_right_to_left_and_has_no_english_of_its_own(
    workspace: Workspace, make_facts: MakeFacts
) -> None:
    files = write_report(workspace, **make_facts())
    page = Page(files.html.read_text(encoding="utf-8"))
    card = files.card.read_text(encoding="utf-8")
    note = (files.folder / "README.txt").read_text(encoding="utf-8")

    assert {("html", "lang", "ar"), ("html", "dir", "rtl")} <= set(page.attributes)
    for words in ("النتائج", "التدريب", "البيانات", "الإعدادات وأسبابها", "الخطة بتمامها"):
        assert words in page.text
    assert "النموذج المضبوط يتفوّق على" in page.text
    assert "## الحدود" in card
    sources = [
        message.id
        for message in read_po(io.BytesIO((FOLDER / "ar/LC_MESSAGES/tools.po").read_bytes()))
        if isinstance(message.id, str) and len(message.id.split()) > 3 and "{" not in message.id
    ]
    for text in (page.text, card, note):
        assert [source for source in sources if source in text] == []
    assert load_plan(files.plan).name == HOSTILE


def test_in_english_the_report_runs_left_to_right(files: ReportFiles) -> None:
    page = Page(files.html.read_text(encoding="utf-8"))

    assert {("html", "lang", "en"), ("html", "dir", "ltr")} <= set(page.attributes)
