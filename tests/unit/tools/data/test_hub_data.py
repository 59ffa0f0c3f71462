"""Data sets of the Hub: fetched once, with their splits and licence; each refusal names a way on."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.hub_data import DataHub, data_hub

from luthier.tools.data.hub import fetch_dataset, hub_dataset_id, is_fetched
from luthier.tools.data.inspect import inspect_file
from luthier.tools.data.model import Mapping
from luthier.tools.errors import LuthierError
from luthier.tools.workspace import Workspace

ID = "acme/greetings"
ROWS = "".join(f'{{"question": "hello {n}?", "answer": "hi {n}"}}\n' for n in range(12))
FILES = {
    "README.md": b"---\nlicense: mit\n---\n# Greetings\n",
    "data/train.jsonl": ROWS.encode(),
    "data/test.jsonl": ROWS[:200].rsplit("\n", 1)[0].encode(),
    "make.py": b"raise SystemExit",
}


@pytest.fixture
def no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")


def test_a_data_set_is_fetched_once_without_its_code(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, no_retries: None
) -> None:
    with data_hub(ID, FILES) as (server, url):
        monkeypatch.setenv("HF_ENDPOINT", url)
        folder = fetch_dataset(workspace, ID)
        asked = len(server.asked)
        assert fetch_dataset(workspace, ID) == folder
        assert len(server.asked) == asked
    assert is_fetched(workspace, ID)
    assert not (folder / "make.py").exists()
    found = inspect_file(folder)
    assert (found.parts, found.part, found.licence) == (("test", "train"), "train", "mit")
    assert found.usable == 12
    assert inspect_file(folder, mapping=Mapping(part="test")).usable < 12


@pytest.mark.parametrize(
    ("status", "error_code", "code"),
    [
        (403, "GatedRepo", "data.gated"),
        (401, "", "data.gated"),
        (404, "RepoNotFound", "data.hub_not_found"),
        (404, "", "data.hub_unreachable"),
    ],
)
def test_refusals_of_the_hub(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    no_retries: None,
    status: int,
    error_code: str,
    code: str,
) -> None:
    with data_hub(ID, FILES) as (server, url):
        monkeypatch.setenv("HF_ENDPOINT", url)
        server.status, server.error_code = status, error_code
        error = refused(workspace, server)
    assert error.code == code
    assert error.remedy
    assert not is_fetched(workspace, ID)


def refused(workspace: Workspace, _server: DataHub | None = None) -> LuthierError:
    with pytest.raises(LuthierError) as caught:
        fetch_dataset(workspace, ID)
    return caught.value


def test_an_unreachable_hub_gives_plain_words_and_alternatives(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, no_retries: None
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    error = refused(workspace)
    assert error.code == "data.hub_unreachable"
    assert "give the folder" in error.remedy


def test_pictures_are_no_rows(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, no_retries: None
) -> None:
    with data_hub(ID, {"cat.png": b"x"}) as (_server, url):
        monkeypatch.setenv("HF_ENDPOINT", url)
        assert refused(workspace).code == "data.no_rows"


@pytest.mark.parametrize(
    "text",
    [
        "https://huggingface.co/datasets/acme/greetings",
        "hf://datasets/acme/greetings",
        "use the data set acme/greetings from the Hub",
        "dataset acme/greetings",
    ],
)
def test_ways_to_name_a_data_set(text: str) -> None:
    assert hub_dataset_id(text) == ID
    assert not hub_dataset_id(str(Path("/data/acme/greetings.csv")))
