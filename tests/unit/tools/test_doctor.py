"""What the doctor finds, and that it never shows a key."""

from __future__ import annotations

import socket
from importlib.metadata import version
from pathlib import Path

import pytest

from luthier.tools import doctor
from luthier.tools.doctor import Check, diagnosis_views, examine
from luthier.tools.views import Table
from luthier.tools.workspace import Workspace


def check(workspace: Workspace, name: str, **options: object) -> Check:
    diagnosis = examine(workspace, network=False, **options)  # type: ignore[arg-type]
    return next(each for each in diagnosis.checks if each.name == name)


def test_this_installation_has_its_packages(workspace: Workspace) -> None:
    assert check(workspace, "Packages").condition == "good"
    assert check(workspace, "Python").condition == "good"
    assert check(workspace, "Home folder").condition == "good"


def test_a_missing_and_an_outdated_package_are_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        doctor, "requires", lambda _name: ["no-such-package>=1", "click>=900", "rich"]
    )

    found = check(workspace, "Packages")

    assert found.condition == "missing"
    assert "no-such-package absent" in found.finding
    assert f"click {version('click')}" in found.finding
    assert "rich" not in found.finding
    assert not examine(workspace, network=False).healthy


def test_versions_other_than_the_tested_are_noted(workspace: Workspace, tmp_path: Path) -> None:
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(f"# tested\nclick==0.0.1\nrich=={version('rich')}+cpu ; x\n")

    found = check(workspace, "Tested versions", constraints=constraints)

    assert found.condition == "note"
    assert "click" in found.finding
    assert "tested: 0.0.1" in found.finding
    assert "rich" not in found.finding


def test_keys_are_shown_by_name_only(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    diagnosis = examine(workspace, network=False)
    assert "OPENAI_API_KEY" in diagnosis.model_dump_json()
    assert "very-secret" not in diagnosis.model_dump_json()


def test_a_missing_starter_model_says_how_to_get_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "find_gguf", lambda _workspace: None)
    found = check(workspace, "Starter model")
    assert found.condition == "missing"
    assert "luthier setup" in found.remedy


def test_a_database_of_a_newer_version_is_told_in_plain_words(workspace: Workspace) -> None:
    with workspace.database() as database:
        database.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) "
            "values ('tools', 'm999_telepathy', '2040-01-01')"
        )
        database.conn.commit()
    found = check(workspace, "Home folder")
    assert found.condition == "missing"
    assert "older than the one" in found.finding
    assert "Update Luthier" in found.remedy


def test_the_hub_is_knocked_at_only_when_allowed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        assert check(workspace, "Model hub").finding == "not tried"
        reached = next(each for each in examine(workspace).checks if each.name == "Model hub")
        assert "can be reached" in reached.finding
    unreached = next(each for each in examine(workspace).checks if each.name == "Model hub")
    assert unreached.condition == "note"
    assert "starter model works without it" in unreached.remedy
    monkeypatch.setenv("HF_ENDPOINT", "hub.example.org")
    misnamed = next(each for each in examine(workspace).checks if each.name == "Model hub")
    assert misnamed.finding == "HF_ENDPOINT is no web address: hub.example.org"
    assert "https://" in misnamed.remedy


def test_the_findings_are_one_table(workspace: Workspace) -> None:
    diagnosis = examine(workspace, network=False)
    (table,) = diagnosis_views(diagnosis)
    assert isinstance(table, Table)
    assert [row[1] for row in table.rows] == [each.name for each in diagnosis.checks]
    assert str(workspace.home) in table.notes[0]
