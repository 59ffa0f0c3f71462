"""A connected model writes questions about documents: previewed, approved, marked, never asked twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fakes.openai_server import OpenAIServer, Refusal, Reply

from luthier.agent.brains.choose import make_brain
from luthier.agent.brains.writer import writer_of
from luthier.agent.settings import make_settings
from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.intake import WriteQuestions, approve_writing, write_questions
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Row
from luthier.tools.data.prepare import prepare_dataset
from luthier.tools.data.store import load_rows
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.views import Samples
from luthier.tools.workspace import Workspace

SECTIONS = [
    f"# Pump {n}\n\nThe pump number {n} needs {n} bar. It is oiled in month {n} of each year, as a rule."
    for n in range(1, 7)
]


def reply(request: dict[str, Any]) -> Reply:
    """Two pairs about the passage, in a fence, as models like to answer."""
    asked = request["messages"][-1]["content"]
    number = asked.split("The pump number ")[1].split()[0]
    pairs = [
        {"question": f"How many bar needs pump {number}?", "answer": f"It needs {number} bar."},
        {"question": f"When is pump {number} oiled?", "answer": f"In month {number}."},
    ]
    return Reply(f"Here you are:\n```json\n{json.dumps(pairs)}\n```", usage=(200, 50))


def context(workspace: Workspace, path: Path, server: OpenAIServer | None) -> ToolContext:
    settings = make_settings(server.base_url, "scripted") if server else None
    writer = writer_of(make_brain(settings))
    return ToolContext(workspace, "s", Facts(source=inspect_file(path)), writer=writer)


@pytest.fixture
def manual(tmp_path: Path) -> Path:
    path = tmp_path / "manual.md"
    path.write_text("\n\n".join(SECTIONS))
    return path


def test_preview_then_everything_with_passages_kept(workspace: Workspace, manual: Path) -> None:
    with OpenAIServer(reply) as server:
        here = context(workspace, manual, server)
        preview = approve_writing(here, WriteQuestions())
        assert "3 passages" in preview.title
        assert any("token" in value for _name, value in preview.details)
        first = write_questions(here, WriteQuestions())
        assert len(server.requests) == 3
        assert "tools" not in server.requests[0]
        assert isinstance(first.views[0], Samples)
        assert "750 tokens" in first.summary
        assert "6 passages" in approve_writing(here, WriteQuestions(everything=True)).title
        whole = write_questions(here, WriteQuestions(everything=True))
        assert len(server.requests) == 6  # those of the preview are not asked again
    found = here.facts.model_validate(whole.facts).source
    assert found is not None
    assert found.mapping.layout == "synthetic"
    info = prepare_dataset(workspace, Path(found.path), found.mapping, leave_out_unusable=False)
    rows: list[Row] = load_rows(workspace, info.id, "train")
    assert info.train + info.validation + info.test == 12
    assert all(row.synthetic and "needs" in row.source.passage for row in rows)


def test_without_a_model_it_says_so_and_offers_what_works(
    workspace: Workspace, manual: Path
) -> None:
    with pytest.raises(LuthierError) as caught:
        approve_writing(context(workspace, manual, None), WriteQuestions())
    assert caught.value.code == "data.no_writer"
    assert "template" in caught.value.remedy


def test_what_was_written_before_a_failure_is_kept(workspace: Workspace, manual: Path) -> None:
    calls = iter(range(100))

    def failing(request: dict[str, Any]) -> Reply | Refusal:
        return reply(request) if next(calls) < 4 else Refusal(401, "no key")

    with OpenAIServer(failing) as server, pytest.raises(LuthierError):
        write_questions(context(workspace, manual, server), WriteQuestions(everything=True))
    with OpenAIServer(reply) as server:
        done = write_questions(context(workspace, manual, server), WriteQuestions(everything=True))
        assert len(server.requests) == 2
    assert "6 passages" in done.summary


def test_an_answer_without_questions_is_refused(workspace: Workspace, manual: Path) -> None:
    with (
        OpenAIServer(lambda _request: Reply("I cannot do that.")) as server,
        pytest.raises(LuthierError) as caught,
    ):
        write_questions(context(workspace, manual, server), WriteQuestions())
    assert caught.value.code == "data.nothing_written"
