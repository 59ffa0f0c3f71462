"""Publishing on the Hub, through the real client against the Hub's API on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.hub import FakeHub, fake_hub

from luthier.tools.catalog.base import ToolContext
from luthier.tools.catalog.intake import FetchData, approve_fetching
from luthier.tools.catalog.plan import ChooseModel, approve_model
from luthier.tools.catalog.publishing import PushToHub, approve_push
from luthier.tools.data.hub import fetch_dataset
from luthier.tools.errors import LuthierError
from luthier.tools.facts import Facts
from luthier.tools.hosting import push
from luthier.tools.hosting.model import Export, Parity
from luthier.tools.hosting.push import push_export
from luthier.tools.hosting.removal import remove_export
from luthier.tools.hosting.store import get_export, list_exports, save_export
from luthier.tools.models.hub import find_or_fetch
from luthier.tools.workspace import Workspace

CARD = "---\nlicense: apache-2.0\n---\n# Mail\n"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A Hub on loopback, with a token for it; the model card is a short one."""
    with fake_hub() as server:
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setattr(push, "export_card", lambda *_arguments: CARD)
        yield server


@pytest.fixture
def export(workspace: Workspace) -> Export:
    """An export of two small files."""
    folder = workspace.exports / "E"
    folder.mkdir()
    (folder / "mail-Q8_0.gguf").write_bytes(b"GGUF" * 10)
    (folder / "Modelfile").write_text("FROM ./mail-Q8_0.gguf\n")
    found = Export(
        id="E",
        session_id="s",
        train_job="j",
        kind="gguf",
        precision="Q8_0",
        name="mail",
        path=str(folder / "mail-Q8_0.gguf"),
        created_at="2026-01-01T00:00:00+00:00",
        state="ready",
        parity=Parity(
            rows=10,
            identical=0.9,
            metric="exact_match",
            score=0.8,
            reference=0.8,
            stops=1,
            reference_stops=1,
            template_same=True,
        ),
    )
    save_export(workspace, found)
    return found


def test_files_and_card_arrive_in_a_private_repository(
    workspace: Workspace, hub: FakeHub, export: Export
) -> None:
    made = push_export(workspace, export, None, repository="anna/mail")  # type: ignore[arg-type]
    assert set(hub.repositories["anna/mail"]) == {"README.md", "Modelfile", "mail-Q8_0.gguf"}
    assert hub.repositories["anna/mail"]["mail-Q8_0.gguf"] == b"GGUF" * 10
    assert hub.repositories["anna/mail"]["README.md"].decode() == CARD
    assert hub.private["anna/mail"] is True
    assert hub.tokens == {"Bearer hf_secret"}
    assert (made.kind, made.path, made.state) == ("hub", "anna/mail", "ready")
    assert "hf_secret" not in made.model_dump_json()


def test_what_was_published_can_still_be_named_served_and_deleted(
    workspace: Workspace, hub: FakeHub, export: Export
) -> None:
    made = push_export(workspace, export, None, repository="anna/mail")  # type: ignore[arg-type]
    save_export(workspace, made)
    assert get_export(workspace, export.id) == export
    remove_export(workspace, export)
    assert not Path(export.path).exists()
    assert list_exports(workspace) == [made]


def test_a_refusal_is_told_in_plain_words(
    workspace: Workspace, hub: FakeHub, export: Export
) -> None:
    hub.refuse = 403
    with pytest.raises(LuthierError) as caught:
        push_export(workspace, export, None, repository="anna/mail")  # type: ignore[arg-type]
    assert caught.value.code == "hub.refused"
    assert "403" in caught.value.why


def test_a_file_that_did_not_arrive_is_noticed(
    workspace: Workspace, hub: FakeHub, export: Export
) -> None:
    hub.lose = "mail-Q8_0.gguf"
    with pytest.raises(LuthierError) as caught:
        push_export(workspace, export, None, repository="anna/mail")  # type: ignore[arg-type]
    assert caught.value.code == "hub.incomplete"
    assert "mail-Q8_0.gguf" in caught.value.why


@pytest.mark.parametrize(
    ("endpoint", "place"),
    [
        ("", "huggingface.co/anna/mail"),
        ("https://hub.example.org/", "hub.example.org/anna/mail"),
        ("https://anna:secret@hub.example.org:8443/hf", "hub.example.org:8443/hf/anna/mail"),
    ],
)
def test_a_yes_is_asked_for_the_place_that_it_goes_to(
    workspace: Workspace,
    export: Export,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    place: str,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    wanted = PushToHub(repository="anna/mail", export=export.id)
    asked = approve_push(ToolContext(workspace, "s", Facts()), wanted)
    assert dict(asked.details)["Where"] == place


@pytest.mark.parametrize(
    "endpoint", ["hub.example.org", "a:secret@b.org", "ftp://b.org", "http://b:x"]
)
def test_an_address_of_the_hub_that_is_none_is_refused_everywhere_before_anything_is_asked(
    workspace: Workspace,
    hub: FakeHub,
    export: Export,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    context = ToolContext(workspace, "s", Facts())
    doors: list[Callable[[], object]] = [
        lambda: approve_push(context, PushToHub(repository="anna/mail", export=export.id)),
        lambda: approve_fetching(context, FetchData(dataset="anna/mail")),
        lambda: approve_model(context, ChooseModel(model="anna/mail")),
        lambda: push_export(workspace, export, None, repository="anna/mail"),  # type: ignore[arg-type]
        lambda: fetch_dataset(workspace, "anna/mail"),
        lambda: find_or_fetch("anna/mail"),
    ]
    for door in doors:
        with pytest.raises(LuthierError) as caught:
            door()
        assert caught.value.code == "hub.bad_address"
        assert "https://" in caught.value.remedy
        assert "secret" not in caught.value.as_text()
    assert hub.repositories == {}


@pytest.mark.parametrize("name", ["mail", "a/b/c", "../x", "a b/c"])
def test_a_name_that_is_none_is_refused_before_anything_is_sent(
    workspace: Workspace, hub: FakeHub, export: Export, name: str
) -> None:
    with pytest.raises(LuthierError) as caught:
        push_export(workspace, export, None, repository=name)  # type: ignore[arg-type]
    assert caught.value.code == "hub.bad_name"
    assert hub.repositories == {}


def test_a_failed_export_is_never_published(
    workspace: Workspace, hub: FakeHub, export: Export
) -> None:
    failed = export.model_copy(update={"state": "failed", "problems": ("NaN",)})
    with pytest.raises(LuthierError) as caught:
        push_export(workspace, failed, None, repository="a/b")  # type: ignore[arg-type]
    assert caught.value.code == "hub.no_files"
    assert Path(export.path).exists()
